import { isWhole, mustBe } from '../files/range';

/** How the learning rate runs over a training: a linear warm-up, then half a cosine down to a remainder. */
export interface LearningRateSchedule {
  /** Highest learning rate, reached at the end of the warm-up. */
  readonly learningRate: number;
  /** Updates of linear warm-up. */
  readonly warmup: number;
  /** Updates of the whole schedule; a run may stop before. */
  readonly scheduled: number;
  /** Share of `learningRate` left at the last update, in 0…1. */
  readonly finalFraction: number;
}

/** Learning rate of update `step` (1 … `scheduled`), as the paper's section 3 (Loshchilov & Hutter 2017, section 3). */
export function learningRateAt(step: number, schedule: LearningRateSchedule): number {
  const { learningRate, warmup, scheduled, finalFraction } = schedule;
  if (step <= warmup) return (learningRate * step) / warmup;
  const progress = Math.min(1, (step - warmup) / Math.max(1, scheduled - warmup));
  const cosine = (1 + Math.cos(Math.PI * progress)) / 2;
  return learningRate * (finalFraction + (1 - finalFraction) * cosine);
}

/** The paper's checkpoints up to a step: every 100 to 10,000, every 500 to 50,000, every 2,000 after. */
export function paperSteps(until: number): number[] {
  return grid(until, [10_000, 100], [50_000, 500], [until, 2000]);
}

/**
 * The steps up to `until` at which the paper measured RankMe: all its checkpoints at nano and micro; for larger models
 * every 1,000 from 0 to 50,000, every 2,000 after (its figures; version 4, appendix H).
 */
export function paperRankSteps(scale: string, until: number): number[] {
  if (scale === 'nano' || scale === 'micro') return paperSteps(until);
  return grid(until, [50_000, 1000], [until, 2000]);
}

/** The steps up to `until` that are measured in full: the paper's, and the last. */
export const fullSteps = (until: number) => new Set([...paperSteps(until), until]);

/**
 * The steps at which a run is measured: the paper's checkpoints, and ours, since floors come and go within hundreds of
 * updates: each of the first 20, then about evenly on a log scale to 1,000. Only the last depends on how long the run is.
 * @param until last step, 0 or more. @throws RangeError for what is no step.
 */
export function measuredSteps(until: number): number[] {
  return stepsOf(false, until);
}

/** The same, or for lean runs about 70 steps: a fall within the first 1,000 is met to 10 %, a later acquisition to 200. */
export function stepsOf(lean: boolean | undefined, until: number): number[] {
  mustBe(isWhole(until, 0), 'The last step', until, 'an integer of 0 or more');
  // After 20 updates the collapse of large models is half over; after 1,000 the paper's steps are dense enough.
  const steps = lean ? [0, 5, 10, 20, 40, 60, 80] : [...Array(20).keys()];
  const [from, growth] = lean ? [100, 1.1] : [20, 1.06];
  for (let step = from; step <= 1000; step *= growth) steps.push(Math.round(step));
  const late = lean ? grid(until, [until, 200]) : paperSteps(until);
  const all = new Set([...steps, ...late, until]);
  return [...all].filter((step) => step <= until).sort((a, b) => a - b);
}

/** Step 0, then every so many up to each end. */
function grid(until: number, ...parts: readonly [end: number, every: number][]): number[] {
  const steps = [0];
  for (const [end, every] of parts) {
    for (let step = steps.at(-1)! + every; step <= Math.min(until, end); step += every) {
      steps.push(step);
    }
  }
  return steps;
}
