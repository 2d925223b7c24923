import type { AdamWConfig } from './adamw';
import type { LearningRateSchedule } from './schedule';

export type Precision = 'float32' | 'bf16';

/** Everything that, with the model's shape and the task mixture, determines a training. */
export interface TrainingConfig extends LearningRateSchedule, AdamWConfig {
  readonly scale: string;
  /** Seed of the start and of the batches, an integer from 0 to 2³² − 1. */
  readonly seed: number;
  /** Sequences per update. */
  readonly batch: number;
  /** Standard deviation of the initial weights. */
  readonly initialStd: number;
  /** Arithmetic of training: `float32`; runs of before may say `bf16`, which is gone. */
  readonly precision: Precision;
}

/**
 * Learning rates by scale: of the sweep in data/sweep those with the least held-out loss. Nano and micro were swept for a
 * fifth of their runs' updates: at nano 1e-3 leads to 0.062, 2e-3 to 0.090, 4e-3 to 0.119; at micro 5e-4 to
 * 0.150, 2.5e-4 to 0.155, 1e-3 to 0.178. Small was swept for a tenth, and differs little: 3e-4 gives 0.260, 6e-4 0.266,
 * 1.5e-4 0.272. At a twentieth nano's order is the opposite (2e-3 0.238, 1e-3 0.261, 5e-4 0.297), so a sweep much
 * shorter than the run it is for prefers rates that are too high. A warm-up of 100 beats one of 30 at each of three rates of
 * nano. Medium, swept for a tenth as well, has a tie: 0.345 ± 0.011 at 6e-4, 0.349 ± 0.010 at 3e-4 and 0.360 at 1.5e-4; the
 * lower of the two is taken, since short sweeps prefer rates that are too high. Large, swept for 150 of its 1,000 updates,
 * is better the higher the rate: 0.799, 0.638, 0.571 and 0.505 at 1e-4, 2e-4, 4e-4 and 8e-4. Since the optimum falls as
 * the sweep grows, by half at nano for four times the updates, half of the best is taken. Xlarge was not swept.
 */
const LEARNING_RATES: Record<string, number> = {
  nano: 1e-3,
  micro: 5e-4,
  small: 3e-4,
  medium: 3e-4,
  large: 4e-4,
  xlarge: 4e-4,
};

/**
 * Fills in the defaults and checks every value. The paper names AdamW and a cosine schedule only; betas,
 * decay, clip and batch are those customary for small GPTs, and were fixed before any finding was looked at.
 * @throws RangeError naming the value, its range and what was given.
 */
export function trainingConfig(
  given: Partial<TrainingConfig> & Pick<TrainingConfig, 'scale' | 'steps'>,
): TrainingConfig {
  const config: TrainingConfig = {
    seed: 0,
    batch: 128,
    learningRate: LEARNING_RATES[given.scale] ?? 1e-3,
    warmup: 100,
    finalFraction: 0.1,
    betas: [0.9, 0.95],
    epsilon: 1e-8,
    weightDecay: 0.1,
    clip: 1,
    initialStd: 0.02,
    precision: 'float32',
    ...given,
  };
  positiveInteger('steps', config.steps);
  positiveInteger('batch', config.batch);
  if (!Number.isInteger(config.seed) || config.seed < 0 || config.seed > 0xffffffff) {
    throw new RangeError(`seed is ${config.seed}: it must be an integer from 0 to 4294967295.`);
  }
  within('learningRate', config.learningRate, 0, Number.POSITIVE_INFINITY);
  within('clip', config.clip, 0, Number.POSITIVE_INFINITY);
  within('initialStd', config.initialStd, 0, Number.POSITIVE_INFINITY);
  if (!Number.isInteger(config.warmup) || config.warmup < 0) {
    throw new RangeError(`warmup is ${config.warmup}: it must be an integer of 0 or more.`);
  }
  for (const name of ['finalFraction', 'weightDecay'] as const) {
    if (!(config[name] >= 0))
      throw new RangeError(`${name} is ${config[name]}: it must be 0 or more.`);
  }
  if (config.precision !== 'float32') {
    throw new RangeError(`precision is "${config.precision}": training computes in float32.`);
  }
  return Object.freeze(config);
}

function positiveInteger(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${name} is ${value}: it must be a positive integer.`);
  }
}

function within(name: string, value: number, low: number, high: number): void {
  if (!(value > low && value < high)) {
    throw new RangeError(`${name} is ${value}: it must be a positive number.`);
  }
}
