import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Machine, machine, machineWords, sameMachine } from '../../environment/machine';
import { Problem } from '../../files/problem';
import { isWhole, mustBe } from '../../files/range';
import { PAPER_TASKS } from '../../tasks';
import { measuredSteps } from '../../training/schedule';
import { type Run, RunFolder, STUDY } from '../run/run-folder';
import { type RunChoices, type RunInfo, runSettings, settingDifferences } from '../run/run-info';

/** What is said of a run to plan it: what it is trained with, and what is measured of it afterwards. */
export interface RunPlan extends RunChoices {
  readonly steps: number;
  /** `<scale>-s<seed>` by default. */
  readonly name?: string;
  /** Checkpoints whose weights are kept and measured: none by default. */
  readonly landscape?: number;
  /** Parts of the landscape that are measured there; those of the catalog by default. */
  readonly parts?: readonly string[];
}

/** One run of a plan, checked. */
export type PlannedRun = ReturnType<typeof plannedRun>;

/** Steps that a run makes before the first goes on, a look at its floors; none where they take hours, and for lean runs. */
export function firstLook({ scale, steps, choices }: PlannedRun): number {
  const slow = ['medium', 'large', 'xlarge'].includes(scale);
  return slow || choices.samples?.lean ? 0 : Math.min(2000, steps);
}

/** A run as planned, in its folder in `home`. @throws RangeError naming the value that is out of range. */
export function plannedRun(plan: RunPlan, home: string) {
  const { name: called, landscape = 0, parts, ...rest } = plan;
  const choices: RunChoices = { tasks: PAPER_TASKS, ...rest };
  const { training } = runSettings(choices);
  const name = called ?? `${training.scale}-s${training.seed}`;
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) {
    const remedy = 'it names a folder, so use letters, digits, "-", "." and "_"';
    throw new RangeError(`name is "${name}": ${remedy}.`);
  }
  mustBe(isWhole(landscape, 0), 'landscape', landscape, 'an integer of 0 or more');
  const { scale, steps } = training;
  return { name, scale, folder: join(home, name), steps, landscape, parts, choices };
}

/** Measured steps whose weights a run keeps: about evenly over ln(1 + step), the first and the last among them. */
export function keptSteps({ steps, landscape }: PlannedRun): number[] {
  if (landscape === 0) return [];
  const measured = measuredSteps(steps);
  const kept = Array.from({ length: landscape }, (_, i) => {
    const wanted = (Math.log1p(steps) * i) / Math.max(1, landscape - 1);
    const apart = (step: number) => Math.abs(Math.log1p(step) - wanted);
    return measured.reduce((a, b) => (apart(b) < apart(a) ? b : a));
  });
  return [...new Set([...kept, steps])].sort((a, b) => a - b);
}

/**
 * The study's runs, on the paper's schedules, which most of them leave early: large models cost hours a thousand steps.
 * Their order is that of the work: what shows most for least time first.
 */
const RUNS: readonly RunPlan[] = [
  { scale: 'nano', seed: 0, steps: 100_000, landscape: 44 },
  { scale: 'micro', seed: 0, steps: 60_000, landscape: 18 },
  { scale: 'small', seed: 0, steps: 60_000 },
  { scale: 'nano', seed: 1, steps: 100_000, landscape: 18 },
  { scale: 'nano', seed: 2, steps: 100_000, landscape: 18 },
  { scale: 'medium', seed: 0, steps: 12_000, landscape: 22, parts: ['probes'] },
  { scale: 'large', seed: 0, steps: 4000 },
  { scale: 'xlarge', seed: 0, steps: 1000 },
  { scale: 'nano', seed: 3, steps: 20_000 },
  { scale: 'nano', seed: 4, steps: 20_000 },
  { scale: 'micro', seed: 1, steps: 20_000 },
  { scale: 'micro', seed: 2, steps: 20_000 },
  { scale: 'small', seed: 1, steps: 20_000 },
  { scale: 'small', seed: 2, steps: 20_000 },
  { scale: 'medium', seed: 1, steps: 3000 },
  { scale: 'large', seed: 1, steps: 1000 },
];
export const PLAN: readonly PlannedRun[] = RUNS.map((run) => plannedRun(run, STUDY));

/**
 * How far each run of a plan is, from the folders of its runs: `step` updates done and, of `landscape` checkpoints, the
 * landscape or probes measured. `note` says what to know: what differs, what cannot be done here, and machines whose
 * sums round otherwise.
 */
export function planStates(plan: readonly PlannedRun[]): RunState[] {
  const here = machine();
  return plan.map((run) => stateOf(run, here));
}

export interface RunState {
  readonly run: PlannedRun;
  /**
   * `whole`: trained and measured as planned; `to measure`: trained, landscape not complete; `stopped`: begun, or
   * fewer updates than planned; `missing`: nothing there; `other`: made with other settings; `damaged`: cannot be read.
   */
  readonly state: 'whole' | 'to measure' | 'stopped' | 'missing' | 'other' | 'damaged';
  readonly step: number;
  readonly landscape: number;
  readonly note: string;
}

function stateOf(run: PlannedRun, here: Machine): RunState {
  const nothing = { run, step: 0, landscape: 0, note: '' };
  const folder = new RunFolder(run.folder);
  if (!folder.isRun) return { ...nothing, state: 'missing' };
  let found: Run;
  try {
    found = folder.load();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { ...nothing, state: 'damaged', note: error.message };
  }
  const { info } = found;
  const differences = settingDifferences(info, runSettings(run.choices));
  if (differences.length > 0) return { ...nothing, state: 'other', note: differences.join('; ') };
  const measured = new Set([...found.landscape, ...found.probes].map(({ step }) => step));
  const state = { run, step: info.step, landscape: measured.size };
  if (!info.ended || info.step < run.steps) {
    const lost = info.step > 0 && !existsSync(folder.checkpointPath);
    const words = 'its last weights are not here: it cannot go on on this machine';
    return { ...state, state: 'stopped', note: lost ? words : machinesNote(info, here) };
  }
  const missing = keptSteps(run).filter((step) => !measured.has(step));
  const lost = missing.filter((step) => !existsSync(folder.weightsPath(step))).length;
  const note = lost > 0 ? `the weights of ${lost} checkpoints are not here` : machinesNote(info);
  return { ...state, state: missing.length === 0 ? 'whole' : 'to measure', note };
}

/** Names the machines of a run where there are several, this one among them where it is to go on here. */
function machinesNote({ sessions }: RunInfo, here?: Machine): string {
  const all = [...sessions.map(({ facts }) => facts), ...(here ? [here] : [])];
  const others = all.filter((one, i) => all.findIndex((before) => sameMachine(before, one)) === i);
  if (others.length < 2) return '';
  const what = here ? 'going on here mixes machines, which round otherwise:' : 'made on';
  return `${what} ${others.map(machineWords).join('; ')}`;
}
