import { rankmeSketch } from '../figures/rankme-sketch';
import { IDENTIFIED } from '../findings/series';
import type { Measured } from '../study/run/session';
import type { GeometryRow } from '../study/run/tables';
import { inNotebook, newPlace } from './kernel';

/** Milliseconds between two pictures; each sends all points again. */
const EVERY = 1500;

/** RankMe curves that grow below the cell while a run trains. */
export class LiveCurves {
  private readonly place = inNotebook() ? newPlace() : undefined;
  private readonly rows: GeometryRow[] = [];
  private shown = 0;

  /** @param steps of the whole training; `tasks` to draw. */
  constructor(
    private readonly label: string,
    private readonly steps: number,
    private readonly tasks?: readonly string[],
  ) {}

  /** Takes what was measured; hand it to `train` as `onMeasured`. */
  readonly update = ({ geometry, step }: Measured): void => {
    for (const row of geometry) this.rows.push(row);
    if (!this.place || (Date.now() - this.shown < EVERY && step < this.steps)) return;
    this.shown = Date.now();
    const last = this.rows.reduce((most, { layer }) => Math.max(most, layer), 0);
    const shown = this.rows.filter(
      ({ level, layer, position }) =>
        level === undefined && layer === last && position === IDENTIFIED.position,
    );
    const tasks = [...new Set(shown.map(({ task }) => task))];
    const curves = tasks
      .filter((task) => !this.tasks || this.tasks.includes(task))
      .map((task) => {
        const own = shown.filter((row) => row.task === task);
        const values = own.map((row) => row[IDENTIFIED.reading]);
        return { task, steps: own.map((row) => row.step), values };
      });
    const picture = rankmeSketch(curves, this.label, this.steps);
    this.place.raw('image/svg+xml', picture);
  };
}
