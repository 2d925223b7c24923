/** How the learning rate runs over a training: a linear warm-up, then half a cosine down to a remainder. */
export interface LearningRateSchedule {
  /** Highest learning rate, reached at the end of the warm-up. */
  readonly learningRate: number;
  /** Updates of linear warm-up. */
  readonly warmup: number;
  /** Updates of the whole training. */
  readonly steps: number;
  /** Share of `learningRate` left at the last update, in 0…1. */
  readonly finalFraction: number;
}

/**
 * Learning rate of update `step` (1 … `steps`). Cosine with warm-up after Loshchilov & Hutter 2017
 * (SGDR, section 3); the paper says "cosine schedule" and no more.
 */
export function learningRateAt(step: number, schedule: LearningRateSchedule): number {
  const { learningRate, warmup, steps, finalFraction } = schedule;
  if (step <= warmup) return (learningRate * step) / warmup;
  const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  const cosine = (1 + Math.cos(Math.PI * progress)) / 2;
  return learningRate * (finalFraction + (1 - finalFraction) * cosine);
}

/** Updates after each of which a run is measured while the collapse is under way. */
const DENSE = 50;

/**
 * The steps at which a run is measured: 0, each of the first 50 updates (half of a large model's collapse is
 * over by update 4 to 8), then evenly spaced on a log scale up to the end.
 * The paper says "dense early on, more than 200"; 220 is our default.
 * @param steps updates of the whole training, a positive integer.
 * @param count how many steps to give at least; a shorter training is measured at every update. None for 0.
 * @returns increasing integers from 0 to `steps`.
 */
export function measuredSteps(steps: number, count = 220): number[] {
  if (count === 0) return [];
  if (steps < count) return Array.from({ length: steps + 1 }, (_, step) => step);
  const grid = (points: number) => {
    const chosen = Array.from({ length: Math.min(DENSE, steps) + 1 }, (_, step) => step);
    for (let i = 1; i <= points; i++) {
      const step = Math.round(DENSE * (steps / DENSE) ** (i / points));
      if (step > chosen[chosen.length - 1]) chosen.push(step);
    }
    return chosen;
  };
  // Neighbors on the log scale can round to the same step, so points are added until enough are distinct.
  let points = Math.max(1, count - DENSE - 1);
  while (grid(points).length < count) points++;
  return grid(points);
}
