import { rankmeSketch } from '../figures/rankme-sketch';
import { IDENTIFIED } from '../findings/series';
import type { Measured } from '../study/run/session';
import type { GeometryRow } from '../study/run/tables';
import { inNotebook, newPlace } from './kernel';

/** Milliseconds between two pictures; each sends all points again. */
const EVERY = 1500;
/** So many tasks are drawn, the first of these where the run has them. */
const [MOST, FIRST] = [4, ['COPY', 'MOD', 'SORT', 'MUL']];

/** RankMe curves that grow below the cell while a run trains. */
export class LiveCurves {
  private readonly place = inNotebook() ? newPlace() : undefined;
  private shown = -EVERY;

  /** @param steps of the whole training. @param rows measured before, where a run goes on. */
  constructor(
    private readonly label: string,
    private readonly steps: number,
    private rows: readonly GeometryRow[] = [],
  ) {}

  /** Takes what was measured; hand it to `train` as `onMeasured`. */
  readonly update = ({ geometry, step }: Pick<Measured, 'geometry' | 'step'>): void => {
    const { position, reading } = IDENTIFIED;
    const last = Math.max(...geometry.map(({ layer }) => layer));
    // A run that goes on measures again what came after its checkpoint.
    this.rows = [...this.rows.filter((row) => row.step < step), ...geometry].filter(
      (row) => row.level === undefined && row.layer === last && row.position === position,
    );
    const now = performance.now();
    if (!this.place || (now - this.shown < EVERY && step < this.steps)) return;
    this.shown = now;
    const tasks = [...new Set(geometry.map(({ task }) => task))];
    const order = [...FIRST.filter((task) => tasks.includes(task)), ...tasks];
    const curves = [...new Set(order)].slice(0, MOST).map((task) => {
      const own = this.rows.filter((row) => row.task === task);
      return { task, steps: own.map((row) => row.step), values: own.map((row) => row[reading]) };
    });
    this.place.raw('image/svg+xml', rankmeSketch(curves, this.label, this.steps));
  };
}
