import { rankmeSketch } from '../figures/rankme-sketch';
import { rankSeries } from '../findings/floors';
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
    const picture = rankmeSketch(rankSeries(this.rows), {
      label: this.label,
      tasks: this.tasks,
      lastStep: this.steps,
    });
    this.place.raw('image/svg+xml', picture);
  };
}
