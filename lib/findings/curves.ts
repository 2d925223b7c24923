import { logAverage, mean } from 'simple-statistics';
import { FIGURE_TASKS, type Points, publishedCurve } from './paper';
import { groupBy, type MeasuredRun, type RankChoice, rankSeries, valueAt } from './series';
import { bootstrap, type Estimate, factorOf } from './statistics';

type MicroLabels = 'as printed' | '100 too high';

/**
 * A published curve by one reading of micro's labels. Its points at steps 0 and 100 are equal to the last digit: either
 * one is doubled, or all labels from 100 to 1,000 are 100 too high (C11).
 */
export function publishedPoints(
  task: string,
  scale: string,
  labels: MicroLabels = 'as printed',
): Points | undefined {
  const points = publishedCurve(task, scale);
  if (scale !== 'micro' || labels === 'as printed') return points;
  return points?.flatMap(([step, rank]) => (step === 0 ? [] : [[step - 100, rank] as const]));
}

/**
 * Every published point beside a run's value, of runs of that scale that were measured at that step.
 *
 * ```ts
 * curvePoints(studyRuns(), { reading: 'rankme' }); // beside the printed formula
 * ```
 */
export function curvePoints(
  runs: readonly MeasuredRun[],
  choice: RankChoice = {},
  labels: MicroLabels = 'as printed',
) {
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
export function meanFactor(points: readonly { published: number; ours: number }[]): number {
  return logAverage(points.map(({ published, ours }) => factorOf(ours / published)));
}

/**
 * The mean factor, with an interval over curves, since the points of a curve go together.
 *
 * ```ts
 * note(say.curveFactor(curveFactor(curvePoints(studyRuns()))!));
 * ```
 */
export function curveFactor(points: ReturnType<typeof curvePoints>): Estimate | undefined {
  const curves = groupBy(points, ({ task, scale, seed }) => `${task} ${scale} ${seed}`);
  return bootstrap([...curves.values()], (drawn) => meanFactor(drawn.flat()));
}

/** Ways to take the rank, all that the tables hold: four readings, two positions, levels pooled or one of three. */
export const CONVENTIONS = (
  ['covariance_rank_centered', 'covariance_rank', 'rankme_centered', 'rankme'] as const
).flatMap((reading) =>
  (['answer', 'prompt'] as const).flatMap((position) =>
    [undefined, 1, 2, 3].map((level) => ({ reading, position, level })),
  ),
);

/**
 * Which rank is the paper's? Every convention against its numbers at step 0, or along a curve; nearest first.
 *
 * ```ts
 * const found = identification([await untrained({ scale: 'nano' })]);
 * note(say.identified(found, 'its numbers at nano'));
 * ```
 * @param runs one of each scale; untrained nets are enough for step 0.
 * @param steps published steps that count: 0 by default; of micro, whose other labels are in doubt, 0 alone.
 * @returns of conventions that can be compared, `error`: the mean of |ours − published| / published over `compared`.
 */
export function identification(
  runs: readonly MeasuredRun[],
  steps: (step: number) => boolean = (step) => step === 0,
) {
  const found = CONVENTIONS.flatMap((convention) => {
    const compared = curvePoints(runs, convention).filter(
      ({ step, scale }) => steps(step) && (scale !== 'micro' || step === 0),
    );
    const errors = compared.map(({ published, ours }) => Math.abs(ours - published) / published);
    return errors.length > 0 ? [{ convention, error: mean(errors), compared }] : [];
  });
  return found.sort((a, b) => a.error - b.error);
}
export type Identified = ReturnType<typeof identification>[number];
