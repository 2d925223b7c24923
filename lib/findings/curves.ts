import { mean } from 'simple-statistics';
import { FIGURE_TASKS, publishedCurve } from './paper';
import { type MeasuredRun, type RankChoice, rankSeries, valueAt } from './series';
import { bootstrap, type Estimate } from './statistics';

/** One point of a published curve beside a run's value at that step. */
export interface CurvePoint {
  readonly task: string;
  readonly scale: string;
  readonly seed: number;
  readonly step: number;
  readonly published: number;
  readonly ours: number;
}

/**
 * How micro's published labels are read: its points at steps 0 and 100 are the same to the last digit, so that either
 * one point is doubled, or all labels from 100 to 1,000 are 100 too high.
 */
export type MicroLabels = 'as printed' | '100 too high';

/** A published curve by one reading of micro's labels. */
export function publishedPoints(
  task: string,
  scale: string,
  labels: MicroLabels = 'as printed',
): readonly (readonly [step: number, rank: number])[] | undefined {
  const points = publishedCurve(task, scale);
  if (scale !== 'micro' || labels === 'as printed') return points;
  return points?.flatMap(([step, rank]) => (step === 0 ? [] : [[step - 100, rank] as const]));
}

/** Every published point at which a run of that scale was measured. */
export function curvePoints(
  runs: readonly MeasuredRun[],
  choice: RankChoice = {},
  labels: MicroLabels = 'as printed',
): CurvePoint[] {
  return runs.flatMap((run) => {
    const { scale, seed } = run.info.training;
    return FIGURE_TASKS.flatMap((task) => {
      const series = rankSeries(run, task, choice);
      return (publishedPoints(task, scale, labels) ?? []).flatMap(([step, published]) => {
        const ours = series && valueAt(series, step);
        return ours === undefined ? [] : [{ task, scale, seed, step, published, ours }];
      });
    });
  });
}

/** Mean factor between two sides of some points, 1 or more: exp of the mean of |ln(ours / published)|. */
export function meanFactor(points: readonly Pick<CurvePoint, 'published' | 'ours'>[]): number {
  return Math.exp(mean(points.map(({ published, ours }) => Math.abs(Math.log(ours / published)))));
}

/** The mean factor, with an interval over curves, since the points of a curve go together. */
export function curveFactor(points: readonly CurvePoint[]): Estimate | undefined {
  const curves = new Map<string, CurvePoint[]>();
  for (const point of points) {
    const key = `${point.task} ${point.scale} ${point.seed}`;
    curves.set(key, [...(curves.get(key) ?? []), point]);
  }
  return bootstrap([...curves.values()], (drawn) => meanFactor(drawn.flat()));
}
