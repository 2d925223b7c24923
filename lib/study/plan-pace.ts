import { type Machine, sameMachine } from '../environment/machine';
import { measuredSteps } from '../training/schedule';
import type { PlannedRun } from './plan';
import type { RunInfo } from './run-folder';

/** Estimated seconds of work that a run must have behind it to say how fast it is. */
const ENOUGH = 60;

/** Estimated seconds of a run's updates and measured steps, all of them or those after a step. */
export function secondsAfter(run: PlannedRun, step?: number): number {
  const { cost, training, checkpoints } = run;
  const measured = measuredSteps(training.steps, checkpoints);
  const left = measured.filter((at) => step === undefined || at > step);
  return (training.steps - (step ?? 0)) * cost.update + left.length * cost.measured;
}

/**
 * Seconds that a run took for each second of its estimate.
 * @returns undefined where it was made on another kind of machine, even in part, or has only begun.
 */
export function paceOf(
  run: PlannedRun,
  { step, seconds, sittings }: RunInfo,
  here: Machine,
): number | undefined {
  const estimate = secondsAfter(run) - secondsAfter(run, step);
  if (estimate < ENOUGH || sittings.length === 0) return undefined;
  return sittings.every(({ facts }) => sameMachine(facts, here)) ? seconds / estimate : undefined;
}
