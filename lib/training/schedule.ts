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

/**
 * Learning rate of update `step` (1 … `scheduled`): warm-up and cosine, as the paper's section 3 (Loshchilov & Hutter
 * 2017, section 3).
 */
export function learningRateAt(step: number, schedule: LearningRateSchedule): number {
  const { learningRate, warmup, scheduled, finalFraction } = schedule;
  if (step <= warmup) return (learningRate * step) / warmup;
  const progress = Math.min(1, (step - warmup) / Math.max(1, scheduled - warmup));
  const cosine = (1 + Math.cos(Math.PI * progress)) / 2;
  return learningRate * (finalFraction + (1 - finalFraction) * cosine);
}

/** The paper's checkpoints up to a step: every 100 to 10,000, every 500 to 50,000, every 2,000 after. */
export function paperSteps(until: number): number[] {
  return grid(until, [
    [10_000, 100],
    [50_000, 500],
    [Number.POSITIVE_INFINITY, 2000],
  ]);
}

/**
 * The steps up to `until` at which the paper measured RankMe: all its checkpoints at nano and micro; for larger models
 * step 0 and then every 1,000 to 50,000, every 2,000 after (its figures; 76 and 126 points, version 4, appendix H).
 */
export function paperRankSteps(scale: string, until: number): number[] {
  if (scale === 'nano' || scale === 'micro') return paperSteps(until);
  return grid(until, [
    [50_000, 1000],
    [Number.POSITIVE_INFINITY, 2000],
  ]);
}

/** Updates each of which is measured: the collapse of large models is half over by then. */
const EACH_UNTIL = 20;
/** Up to here measured steps grow by so much: 80 and more in all. Later the paper's own are dense enough. */
const DENSE_UNTIL = 1000;
const GROWTH = 1.06;

/**
 * The steps at which a run is measured: the paper's checkpoints, and, since floors come and go within hundreds of
 * updates, ours: each of the first 20, then about evenly on a log scale to 1,000. They do not depend on how long the run
 * is, but that its last step is among them; so a run can be prolonged.
 * @param until last step, 0 or more.
 * @throws RangeError for what is no step.
 */
export function measuredSteps(until: number): number[] {
  checkStep(until);
  const steps = new Set([...paperSteps(until), until]);
  for (let step = 0; step <= Math.min(until, EACH_UNTIL); step++) steps.add(step);
  for (let step = EACH_UNTIL; step <= Math.min(until, DENSE_UNTIL); step *= GROWTH) {
    steps.add(Math.round(step));
  }
  return [...steps].sort((a, b) => a - b);
}

/**
 * About 70 steps for runs of which there are many: a fall within the first 1,000 steps is met to 10 %, a later
 * acquisition to 200 steps. Like {@link measuredSteps} they do not depend on the run's length, but for its last step.
 * @param until last step, 0 or more.
 * @throws RangeError for what is no step.
 */
export function leanSteps(until: number): number[] {
  checkStep(until);
  const early = [0, 5, 10, 20, 40, 60, 80];
  for (let step = 100; step < DENSE_UNTIL; step *= 1.1) early.push(Math.round(step));
  const steps = new Set([...early, ...grid(until, [[until, 200]]), until]);
  return [...steps].filter((step) => step <= until).sort((a, b) => a - b);
}

function checkStep(until: number): void {
  if (!Number.isInteger(until) || until < 0) {
    throw new RangeError(`The last step is ${until}: it must be an integer of 0 or more.`);
  }
}

function grid(until: number, parts: readonly (readonly [number, number])[]): number[] {
  const steps = [0];
  for (const [end, every] of parts) {
    for (let step = steps.at(-1)! + every; step <= Math.min(until, end); step += every) {
      steps.push(step);
    }
  }
  return steps;
}
