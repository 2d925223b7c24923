import { diagnosticsFingerprint } from '../tasks';
import { trainingConfig } from '../training/config';
import { measuredSteps } from '../training/schedule';
import { isRun, loadRun, type RunInfo, readRunInfo, studyFolder } from './run-folder';

/** One run of the study, as it is meant to be. */
export interface PlannedRun {
  /** `nano-s0`: its name, and that of its folder in data/runs. */
  readonly name: string;
  readonly scale: string;
  readonly seed: number;
  readonly steps: number;
  /** Measured steps at least. */
  readonly checkpoints: number;
  /** Checkpoints at which the landscape is measured afterwards. */
  readonly landscape: number;
  /** Of the measured steps, every how-manieth keeps its weights until the landscape is measured. */
  readonly keepEvery: number;
  /** Seconds of an update, of a measured step and of a landscape checkpoint; see {@link COSTS}. */
  readonly cost: Costs;
}

interface Costs {
  readonly update: number;
  readonly measured: number;
  readonly landscape: number;
}

/**
 * Seconds on two quiet cores of an AMD EPYC with AVX-512, for the estimate of what is left before a run has
 * its own pace. Nano's are measured; the others follow from the parameters, as the benchmark's do.
 */
const COSTS: Record<string, Costs> = {
  nano: { update: 0.09, measured: 0.9, landscape: 65 },
  micro: { update: 0.35, measured: 2.5, landscape: 260 },
  small: { update: 1, measured: 6, landscape: 750 },
  medium: { update: 2.3, measured: 12, landscape: 1700 },
  large: { update: 7, measured: 35, landscape: 5000 },
};

/** Scale, seed, updates, measured steps, landscape checkpoints, and which weights are kept. */
const RUNS: readonly [string, number, number, number, number, number][] = [
  ['nano', 0, 20_000, 220, 60, 1],
  ['nano', 1, 20_000, 220, 20, 2],
  ['nano', 2, 20_000, 220, 20, 2],
  ['micro', 0, 10_000, 220, 40, 2],
  ['micro', 1, 10_000, 220, 12, 4],
  ['micro', 2, 10_000, 220, 12, 4],
  ['small', 0, 6_000, 220, 15, 5],
  ['medium', 0, 3_000, 160, 6, 8],
  ['large', 0, 1_000, 110, 0, 10],
];

/** The whole plan, in the order in which it is worked off: what shows most for least time first. */
export const PLAN: readonly PlannedRun[] = RUNS.map(
  ([scale, seed, steps, checkpoints, landscape, keepEvery]) => ({
    name: `${scale}-s${seed}`,
    ...{ scale, seed, steps, checkpoints, landscape, keepEvery },
    cost: COSTS[scale],
  }),
);

/** How far one run of the plan is. */
export interface RunState {
  readonly run: PlannedRun;
  readonly folder: string;
  /**
   * `whole`: trained and measured as planned; `to measure`: trained, landscape not complete; `stopped`: begun;
   * `other`: made with other settings or by older code, so that it counts for nothing here.
   */
  readonly state: 'whole' | 'to measure' | 'stopped' | 'missing' | 'other';
  readonly step: number;
  readonly landscape: number;
  /** Estimate from the run's own pace where it has one. */
  readonly secondsLeft: number;
  /** What differs, for `other`. */
  readonly note: string;
}

/** How far each run of the plan is, from the folders in data/runs. */
export function planStates(plan: readonly PlannedRun[] = PLAN): RunState[] {
  return plan.map((run) => stateOf(run, studyFolder(run.scale, run.seed)));
}

function stateOf(run: PlannedRun, folder: string): RunState {
  const nothing = { run, folder, step: 0, landscape: 0, note: '' };
  if (!isRun(folder)) return { ...nothing, state: 'missing', secondsLeft: secondsFor(run, 0, 0) };
  const info = readRunInfo(folder);
  const note = differences(run, info).join('; ');
  if (note) return { ...nothing, state: 'other', secondsLeft: secondsFor(run, 0, 0), note };
  const { landscape: rows } = loadRun(folder);
  const landscape = new Set(rows.map(({ step }) => step)).size;
  const secondsLeft = secondsFor(run, info.step, landscape, info);
  const state = !info.ended ? 'stopped' : landscape < run.landscape ? 'to measure' : 'whole';
  return { run, folder, state, step: info.step, landscape, secondsLeft, note: '' };
}

/** What a run's settings have that the plan's have not, in words. */
function differences(run: PlannedRun, info: RunInfo): string[] {
  const wanted = trainingConfig({ scale: run.scale, seed: run.seed, steps: run.steps });
  const found: string[] = [];
  if (info.tasks !== diagnosticsFingerprint()) found.push('made with other tasks');
  for (const [key, value] of Object.entries(wanted)) {
    const theirs = info.training[key as keyof typeof wanted];
    if (String(theirs) !== String(value)) found.push(`${key} is ${theirs}, not ${value}`);
  }
  if (info.checkpoints < run.checkpoints) {
    found.push(`checkpoints is ${info.checkpoints}, not ${run.checkpoints}`);
  }
  return found;
}

function secondsFor(run: PlannedRun, step: number, landscape: number, info?: RunInfo): number {
  const { cost, steps, checkpoints } = run;
  const measured = measuredSteps(steps, checkpoints).filter((at) => at > step).length;
  const ours = (steps - step) * cost.update + measured * cost.measured;
  // A run that is well under way knows its own pace.
  const own = info && step > 200 ? (info.seconds / step) * (steps - step) : ours;
  return own + Math.max(0, run.landscape - landscape) * cost.landscape;
}

/** Measured steps of a run whose weights are kept. */
export function keptSteps({ steps, checkpoints, keepEvery }: PlannedRun): number[] {
  const measured = measuredSteps(steps, checkpoints);
  return measured.filter((step, i) => i % keepEvery === 0 || step === steps);
}
