import type { MeasuredRun } from './series';
import { counted } from './words';

/** Updates from which a run counts for floors and layers: the paper's first measured step of its larger sizes. */
export const SETTLED = 1000;

/** How findings name a run: `nano, seed 0`. */
export function runName({ info }: Pick<MeasuredRun, 'info'>): string {
  return `${info.training.scale}, seed ${info.training.seed}`;
}

/** Runs that a finding is made of, and those that are not, each with the reason. */
export interface Selection<T> {
  readonly runs: readonly T[];
  readonly leftOut: readonly { readonly run: T; readonly why: string }[];
}

/**
 * Chooses the runs that compare: plain ones, with enough updates, one of each scale and seed (the first), smallest
 * model first. A run that stopped early keeps the schedule of the whole, so that it counts as far as it goes.
 * @param least updates that a run must have.
 */
export function selectRuns<T extends Pick<MeasuredRun, 'info'>>(
  given: readonly T[],
  least: number = SETTLED,
): Selection<T> {
  const runs: T[] = [];
  const leftOut: { run: T; why: string }[] = [];
  for (const run of given) {
    const { intervention, step } = run.info;
    const why = intervention
      ? `trained under an intervention (${intervention.name})`
      : step < least
        ? `has ${counted(step, 'update')} of the ${least.toLocaleString('en-US')} that this takes`
        : runs.some((other) => runName(other) === runName(run))
          ? 'is a second run of this scale and seed'
          : undefined;
    if (why === undefined) runs.push(run);
    else leftOut.push({ run, why });
  }
  runs.sort((a, b) => a.info.parameters - b.info.parameters);
  return { runs, leftOut };
}

/** The scales of some runs, in their order. */
export function scalesOf(runs: readonly Pick<MeasuredRun, 'info'>[]): string[] {
  return [...new Set(runs.map(({ info }) => info.training.scale))];
}
