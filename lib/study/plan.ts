import { join } from 'node:path';
import { type TrainingConfig, trainingConfig } from '../training/config';
import { measuredSteps } from '../training/schedule';
import { LANDSCAPE_PARTS, type LandscapePart } from './landscape-plan';
import { landscapeSteps } from './landscape-steps';
import { STUDY } from './run-folder';

/** One run of the study, as it is meant to be. */
export interface PlannedRun {
  /** `nano-s0`: its name, and that of its folder. */
  readonly name: string;
  /** Where it lives; below data/runs for the study's own. */
  readonly folder: string;
  /** Scale, seed, updates, precision and all else that the training is made with. */
  readonly training: TrainingConfig;
  /** Measured steps at least. */
  readonly checkpoints: number;
  /** Checkpoints at which the landscape is measured afterwards: 0, or 2 and more. */
  readonly landscape: number;
  /** Parts of it that a checkpoint must have to count as measured. */
  readonly parts: readonly LandscapePart[];
  /** Of so many measured steps one keeps its weights until the landscape is measured; see {@link keptSteps}. */
  readonly keepEvery: number;
  /** Seconds of an update, of a measured step and of a landscape checkpoint; see {@link COSTS}. */
  readonly cost: { readonly update: number; readonly measured: number; readonly landscape: number };
}

/** What is said of a run to plan it: its scale and updates, and what else is not as usual. */
export interface RunPlan extends Partial<TrainingConfig> {
  readonly scale: string;
  readonly steps: number;
  /** `<scale>-s<seed>` by default. */
  readonly name?: string;
  /** 220 by default. */
  readonly checkpoints?: number;
  /** None by default. */
  readonly landscape?: number;
  /** All but `task-llc` by default, as {@link LandscapePart} lists them. */
  readonly parts?: readonly LandscapePart[];
  /** 1 by default: all. */
  readonly keepEvery?: number;
}

interface Costs {
  /** An update of 128 sequences. */
  readonly float32: number;
  readonly bf16: number;
  readonly measured: number;
  /** A landscape checkpoint with all usual parts, and one with probes alone. */
  readonly landscape: number;
  readonly probes?: number;
}

/**
 * Seconds on two cores of an AMD EPYC with AVX-512, for the estimate of what is left before a run has its own
 * pace. Float32 updates of nano to small are measured, packed and on the quiet machine; those of larger models and
 * of bf16 are what they took unpacked times the same gain, 0.55. Measured steps up to small and landscape checkpoints of
 * all parts at nano were measured before samples were packed and the Fisher matrix was made without gradients; what that
 * saves at micro, 15 % and 25 %, is taken off. The rest, as all of xlarge, follows from the parameters. Probes of large are
 * half of the processor time that two task-levels took, times twelve, less the third that packing prompts saves.
 */
const COSTS: Record<string, Costs> = {
  nano: { float32: 0.02, bf16: 0.016, measured: 0.5, landscape: 13 },
  micro: { float32: 0.12, bf16: 0.075, measured: 1.9, landscape: 51 },
  small: { float32: 0.31, bf16: 0.2, measured: 4.6, landscape: 150 },
  medium: { float32: 0.72, bf16: 0.42, measured: 9.2, landscape: 340 },
  large: { float32: 2.3, bf16: 1.3, measured: 26, landscape: 980, probes: 160 },
  xlarge: { float32: 4.1, bf16: 2.3, measured: 46, landscape: 1700 },
};
/** Updates are timed with so many sequences. */
const TIMED_BATCH = 128;

const USUAL_PARTS = LANDSCAPE_PARTS.filter((part) => part !== 'task-llc');

/**
 * A run as it is meant to be, in a folder of its name.
 * @param home the folder that holds the runs' folders.
 * @throws RangeError naming the value that is out of range.
 */
export function plannedRun(given: RunPlan, home: string): PlannedRun {
  const {
    checkpoints = 220,
    landscape = 0,
    parts = USUAL_PARTS,
    keepEvery = 1,
    name: called,
    ...rest
  } = given;
  const training = trainingConfig(rest);
  const costs = COSTS[training.scale];
  if (!costs) {
    throw new RangeError(
      `Unknown scale "${training.scale}": use one of ${Object.keys(COSTS).join(', ')}.`,
    );
  }
  const name = called ?? `${training.scale}-s${training.seed}`;
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) {
    throw new RangeError(
      `name is "${name}": it names a folder, so use letters, digits, "-", "." and "_".`,
    );
  }
  atLeast('checkpoints', checkpoints, 1);
  atLeast('landscape', landscape, 0);
  atLeast('keepEvery', keepEvery, 1);
  if (landscape === 1) throw new RangeError('landscape is 1: it must be 0, or 2 and more.');
  const run: PlannedRun = {
    ...{ name, folder: join(home, name), training, checkpoints, landscape, parts, keepEvery },
    cost: {
      update: (costs[training.precision] * training.batch) / TIMED_BATCH,
      measured: costs.measured,
      landscape: (parts.every((part) => part === 'probes') && costs.probes) || costs.landscape,
    },
  };
  const kept = keptSteps(run).length;
  if (landscape > kept) {
    throw new RangeError(
      `landscape is ${landscape}, and the weights of only ${kept} steps are kept: ` +
        'lower keepEvery, or ask for more checkpoints.',
    );
  }
  return run;
}

/**
 * Measured steps of a run whose weights are kept: one of `keepEvery`, spread evenly over ln(1 + step), so that
 * the first updates, through which representations collapse, are among them.
 */
export function keptSteps({ training, checkpoints, keepEvery }: PlannedRun): number[] {
  const measured = measuredSteps(training.steps, checkpoints);
  return landscapeSteps(measured, Math.max(2, Math.ceil(measured.length / keepEvery)));
}

/**
 * The study's runs. Large models have probes as their only landscape measure: the others would take longer than
 * the training. The first of all runs was measured before the LLC was, and its weights are gone; a fourth seed of nano
 * makes up for it.
 */
const RUNS: readonly RunPlan[] = [
  {
    ...{ scale: 'nano', seed: 0, steps: 20_000, keepEvery: 2 },
    ...{ landscape: 20, parts: USUAL_PARTS.filter((part) => part !== 'llc') },
  },
  { scale: 'nano', seed: 1, steps: 20_000, landscape: 60, keepEvery: 1 },
  { scale: 'nano', seed: 2, steps: 20_000, landscape: 20, keepEvery: 2 },
  { scale: 'nano', seed: 3, steps: 20_000, landscape: 20, keepEvery: 2 },
  { scale: 'micro', seed: 0, steps: 10_000, landscape: 40, keepEvery: 2 },
  { scale: 'micro', seed: 1, steps: 10_000, landscape: 12, keepEvery: 4 },
  { scale: 'micro', seed: 2, steps: 10_000, landscape: 12, keepEvery: 4 },
  { scale: 'small', seed: 0, steps: 6_000, landscape: 15, keepEvery: 5 },
  { scale: 'medium', seed: 0, steps: 3_000, checkpoints: 160, landscape: 6, keepEvery: 8 },
  {
    ...{ scale: 'large', seed: 0, steps: 1_000, checkpoints: 110 },
    ...{ landscape: 12, parts: ['probes'], keepEvery: 5 },
  },
];

/** The whole plan, in the order in which it is worked off: what shows most for least time first. */
export const PLAN: readonly PlannedRun[] = RUNS.map((run) => plannedRun(run, STUDY));

function atLeast(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`${name} is ${value}: it must be an integer of ${least} or more.`);
  }
}
