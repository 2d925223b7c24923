import { isWhole, mustBe } from '../files/range';
import { GPT2_START, type Initialization } from '../model/parameters';
import type { AdamWConfig } from './adamw';
import type { LearningRateSchedule } from './schedule';

/** Everything that, with the model's shape and the tasks, determines a training. */
export interface TrainingConfig extends LearningRateSchedule, AdamWConfig, Initialization {
  readonly scale: string;
  /** Seed of the start and of the batches, an integer from 0 to 2³² − 1. */
  readonly seed: number;
  /** Updates to make: at most those of the schedule. */
  readonly steps: number;
  /** Lines per update. */
  readonly batch: number;
}

/** Peak learning rate and updates of the whole schedule (the paper, section 3; xlarge in version 4). */
const SMALL = { learningRate: 3e-4, scheduled: 100_000 };
const LARGE = { learningRate: 1e-4, scheduled: 200_000 };
const LARGE_SCALES = ['medium', 'large', 'xlarge'];

/** A batch of more lines fits no machine. */
const MOST_LINES = 65_536;

/**
 * Fills in the paper's settings (section 3) and checks every value. The start is GPT-2's, AdamW's epsilon PyTorch's: the
 * paper says nothing of them. @throws RangeError naming the value, its range and what was given.
 */
export function trainingConfig(
  given: Partial<TrainingConfig> & Pick<TrainingConfig, 'scale'>,
): TrainingConfig {
  const paper = LARGE_SCALES.includes(given.scale) ? LARGE : SMALL;
  const config: TrainingConfig = {
    seed: 0,
    steps: given.scheduled ?? paper.scheduled,
    batch: 64,
    ...paper,
    warmup: 1000,
    finalFraction: 0,
    betas: [0.9, 0.95],
    epsilon: 1e-8,
    weightDecay: 0.1,
    clip: 1,
    ...GPT2_START,
    ...given,
  };
  const check = (name: keyof TrainingConfig, within: boolean, range: string) =>
    mustBe(within, name, config[name], range);
  for (const name of ['steps', 'scheduled', 'batch', 'warmup', 'seed'] as const) {
    const least = name === 'warmup' || name === 'seed' ? 0 : 1;
    check(name, isWhole(config[name], least), `an integer of ${least} or more`);
  }
  check('seed', config.seed <= 0xffffffff, 'an integer from 0 to 4294967295');
  const all = `at most the schedule's (scheduled is ${config.scheduled})`;
  check('steps', config.steps <= config.scheduled, all);
  check('batch', config.batch <= MOST_LINES, `an integer from 1 to ${MOST_LINES}`);
  check('warmup', given.warmup === undefined || config.warmup <= config.scheduled, all);
  for (const name of ['learningRate', 'clip', 'initialStd', 'epsilon'] as const) {
    check(name, config[name] > 0 && config[name] < Number.POSITIVE_INFINITY, 'a positive number');
  }
  check('weightDecay', config.weightDecay >= 0 && Number.isFinite(config.weightDecay), '0 or more');
  check('finalFraction', config.finalFraction >= 0 && config.finalFraction <= 1, 'from 0 to 1');
  const decays = [0, 1].every((i) => config.betas[i] >= 0 && config.betas[i] < 1);
  check('betas', decays, 'two numbers from 0 to below 1');
  return Object.freeze(config);
}
