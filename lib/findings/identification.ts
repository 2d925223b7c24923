import { mean } from 'simple-statistics';
import { FIGURE_TASKS, publishedCurve } from './paper';
import { type MeasuredRun, type RankChoice, type Reading, rankSeries, valueAt } from './series';

/** A way to take the rank, held against the paper's numbers. */
export interface Convention extends RankChoice {
  readonly reading: Reading;
  readonly position: 'prompt' | 'answer';
}

const READINGS: readonly Reading[] = [
  'covariance_rank_centered',
  'covariance_rank',
  'rankme_centered',
  'rankme',
];

/** All that the tables hold: four readings, two positions, levels pooled or one of three. */
export const CONVENTIONS: readonly Convention[] = READINGS.flatMap((reading) =>
  (['answer', 'prompt'] as const).flatMap((position) =>
    [undefined, 1, 2, 3].map((level) => ({ reading, position, level })),
  ),
);

/** One published number beside ours. */
export interface Compared {
  readonly task: string;
  readonly scale: string;
  readonly step: number;
  readonly published: number;
  readonly ours: number;
}

/** How near a convention comes to the published numbers. */
export interface Identified {
  readonly convention: Convention;
  /** Mean of |ours − published| / published. */
  readonly error: number;
  readonly compared: readonly Compared[];
}

/**
 * Which rank is the paper's? Every convention against its numbers at step 0, or along a curve; nearest first.
 * @param runs one of each scale; untrained nets are enough for step 0 (`untrained`).
 * @param steps published steps that count: 0 by default. Micro's points above 0 are left out, since their labels are in
 * doubt.
 * @returns conventions that some published number could be compared with.
 */
export function identification(
  runs: readonly MeasuredRun[],
  steps: (step: number) => boolean = (step) => step === 0,
): Identified[] {
  const found = CONVENTIONS.flatMap((convention) => {
    const compared = runs.flatMap((run) => comparedWith(run, convention, steps));
    if (compared.length === 0) return [];
    const error = mean(
      compared.map(({ published, ours }) => Math.abs(ours - published) / published),
    );
    return [{ convention, error, compared }];
  });
  return found.sort((a, b) => a.error - b.error);
}

function comparedWith(
  run: MeasuredRun,
  convention: Convention,
  steps: (step: number) => boolean,
): Compared[] {
  const { scale } = run.info.training;
  return FIGURE_TASKS.flatMap((task) => {
    const series = run.info.tasks.names.includes(task) && rankSeries(run, task, convention);
    if (!series) return [];
    return (publishedCurve(task, scale) ?? []).flatMap(([step, published]) => {
      const ours = valueAt(series, step);
      if (!steps(step) || ours === undefined || (scale === 'micro' && step > 0)) return [];
      return [{ task, scale, step, published, ours }];
    });
  });
}
