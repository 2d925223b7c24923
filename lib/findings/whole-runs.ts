import { diagnosticsFingerprint } from '../tasks';
import { WHOLE_RUN } from './definitions';
import { runName } from './emergence';
import type { MeasuredRun } from './signals';

/** Runs that findings are made of, and those that are not, each with the reason. */
export interface Selection<T> {
  readonly whole: readonly T[];
  readonly leftOut: readonly { readonly run: T; readonly why: string }[];
}

/**
 * Chooses the runs that findings are made of, so that what does not compare is not mixed: ended, with enough
 * updates, on this code's tasks, and one of each scale and seed (the first), since two would count one start twice.
 * @param least updates that a run must have.
 */
export function selectRuns<T extends Pick<MeasuredRun, 'info'>>(
  runs: readonly T[],
  least: number = WHOLE_RUN,
): Selection<T> {
  const whole: T[] = [];
  const leftOut: { run: T; why: string }[] = [];
  for (const run of runs) {
    const why = fault(run, whole, least);
    if (why === undefined) whole.push(run);
    else leftOut.push({ run, why });
  }
  return { whole, leftOut };
}

/** The runs of {@link selectRuns} alone. */
export function wholeRuns<T extends Pick<MeasuredRun, 'info'>>(
  runs: readonly T[],
  least: number = WHOLE_RUN,
): T[] {
  return [...selectRuns(runs, least).whole];
}

function fault(
  run: Pick<MeasuredRun, 'info'>,
  before: readonly Pick<MeasuredRun, 'info'>[],
  least: number,
): string | undefined {
  const { tasks, ended, step } = run.info;
  const updates = (count: number) => count.toLocaleString('en-US');
  if (tasks !== diagnosticsFingerprint())
    return "made by other code: its tasks are not this code's";
  if (!ended)
    return `not ended: at ${updates(step)} of ${updates(run.info.training.steps)} updates`;
  if (step < least)
    return `only ${updates(step)} updates of the ${updates(least)} that count as whole`;
  if (before.some((other) => runName(other) === runName(run))) {
    return 'a second run of this scale and seed';
  }
  return undefined;
}
