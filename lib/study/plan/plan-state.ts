import { existsSync } from 'node:fs';
import { type Machine, machine, machineWords, sameMachine } from '../../environment/machine';
import { Problem } from '../../files/problem';
import { type Run, RunFolder } from '../run/run-folder';
import { type RunInfo, runSettings, settingDifferences } from '../run/run-info';
import { keptSteps, type PlannedRun } from './plan';

/** How far one run of a plan is. */
export interface RunState {
  readonly run: PlannedRun;
  /**
   * `whole`: trained and measured as planned; `to measure`: trained, landscape not complete; `stopped`: begun, or
   * fewer updates than planned; `missing`: nothing there; `other`: made with other settings or by the former study, and
   * `damaged`: cannot be read, so that both count for nothing here.
   */
  readonly state: 'whole' | 'to measure' | 'stopped' | 'missing' | 'other' | 'damaged';
  /** Updates done. */
  readonly step: number;
  /** Checkpoints whose landscape or probes are measured. */
  readonly landscape: number;
  /** What to know: what differs, what cannot be done here, and machines whose sums round otherwise. */
  readonly note: string;
}

/** How far each run of a plan is, from the folders of its runs. */
export function planStates(plan: readonly PlannedRun[]): RunState[] {
  const here = machine();
  return plan.map((run) => stateOf(run, here));
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
    const former = error.message.includes('former study');
    return { ...nothing, state: former ? 'other' : 'damaged', note: error.message };
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
