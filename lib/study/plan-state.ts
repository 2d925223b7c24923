import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { median } from 'simple-statistics';
import { type Machine, machine, machineWords, sameMachine } from '../environment/machine';
import { Problem } from '../environment/problem';
import { landscapeDifferences } from './landscape-folder';
import { type LandscapePart, landscapeUnits, unitsMissing } from './landscape-plan';
import { landscapeSettings } from './landscape-settings';
import { shareFolders } from './landscape-shares';
import { PLAN, type PlannedRun } from './plan';
import { paceOf, secondsAfter } from './plan-pace';
import { isRun, loadRun, type Run } from './run-folder';
import { runSettings, settingDifferences } from './run-settings';
import { savedSteps } from './saved-weights';

/** How far one run of the plan is. */
export interface RunState {
  readonly run: PlannedRun;
  /**
   * `whole`: trained and measured as planned; `to measure`: trained, landscape not complete; `no weights`: the
   * same, but the weights for it are not here, so that a replay makes them again; `stopped`: begun; `missing`: nothing there; `other`: made
   * with other settings or by older code, and `damaged`: cannot be read, so that both count for nothing here.
   */
  readonly state:
    | 'whole'
    | 'to measure'
    | 'no weights'
    | 'stopped'
    | 'missing'
    | 'other'
    | 'damaged';
  /** Updates done. */
  readonly step: number;
  /** Checkpoints whose landscape has all planned parts; one that failed, with its reason, counts as there. */
  readonly landscape: number;
  /** Estimate of what is left, at this machine's pace where that is known. */
  readonly secondsLeft: number;
  /** The run's own pace, see {@link paceOf}, or else the median of the plan's others; undefined where none has one. */
  readonly pace: number | undefined;
  /** What to know: what differs, what is measured in part, what cannot be done here. */
  readonly note: string;
}

/** How far each run of the plan is, from the folders of its runs. */
export function planStates(plan: readonly PlannedRun[] = PLAN): RunState[] {
  const here = machine();
  const states = plan.map((run) => stateOf(run, here));
  const paces = states.flatMap(({ pace }) => pace ?? []);
  const usual = paces.length > 0 ? median(paces) : undefined;
  return states.map((state) => {
    const { secondsLeft, pace = usual } = state;
    return { ...state, pace, secondsLeft: secondsLeft * (pace ?? 1) };
  });
}

/** How far one run is; the seconds left are those of its estimate. */
function stateOf(run: PlannedRun, here: Machine): RunState {
  const anewSeconds = secondsAfter(run) + run.landscape * run.cost.landscape;
  const nothing = {
    ...{ run, step: 0, landscape: 0, note: '' },
    ...{ secondsLeft: anewSeconds, pace: undefined },
  };
  if (!isRun(run.folder)) return { ...nothing, state: 'missing' };
  let found: Run;
  let otherLandscape: string;
  try {
    found = loadRun(run.folder);
    otherLandscape = landscapeDifferences(run.folder, landscapeSettings(run.training.scale));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { ...nothing, state: 'damaged', note: error.message };
  }
  const { info } = found;
  const { training, checkpoints } = run;
  const differences = settingDifferences(info, runSettings({ ...training, checkpoints }));
  if (differences.length > 0) return { ...nothing, state: 'other', note: differences.join('; ') };

  const notes: string[] = [];
  if (otherLandscape) notes.push(`its landscape counts for nothing: ${otherLandscape}`);
  const { whole, partial, lacking } = landscapeOf(
    otherLandscape ? { landscape: [], probes: [] } : found,
    run,
  );
  if (partial.length > 0) {
    notes.push(`landscape in part at ${partial.length} checkpoints (without ${lacking})`);
  }
  const shares = shareFolders(run.folder).length;
  if (shares > 0) notes.push(`shares of its landscape still to be brought in: ${shares}`);
  const state = {
    ...{ run, step: info.step, landscape: whole.length },
    pace: paceOf(run, info, here),
  };
  const short = Math.max(0, run.landscape - whole.length);
  if (!info.ended) {
    // What is trained without its last weights cannot be gone on with.
    const anew = info.step > 0 && !existsSync(join(run.folder, 'weights', 'last.safetensors'));
    if (anew) notes.push('its weights are not here, so it begins anew');
    const secondsLeft = anew
      ? anewSeconds
      : secondsAfter(run, info.step) + short * run.cost.landscape;
    return { ...state, state: 'stopped', secondsLeft, note: notes.join('; ') };
  }
  if (short === 0) return { ...state, state: 'whole', secondsLeft: 0, note: notes.join('; ') };
  const reachable = new Set([...whole, ...savedSteps(run.folder)]).size - whole.length;
  if (reachable < short) {
    const made = info.sittings.at(-1)?.facts;
    notes.push(
      `needs the weights of ${short - reachable} more checkpoints, which are not here: a replay makes them again` +
        (made && !sameMachine(made, here) ? `, on ${machineWords(made)}` : ''),
    );
  }
  const {
    cost,
    training: { steps },
  } = run;
  return {
    ...state,
    state: reachable < short ? 'no weights' : 'to measure',
    secondsLeft: short * cost.landscape + (reachable < short ? steps * cost.update : 0),
    note: notes.join('; '),
  };
}

/** Steps whose landscape is as planned, those where a part of it is missing, and which parts these lack. */
function landscapeOf(
  { landscape, probes }: Pick<Run, 'landscape' | 'probes'>,
  { parts }: PlannedRun,
): { whole: number[]; partial: number[]; lacking: string } {
  const units = landscapeUnits({ parts });
  const steps = [...new Set([...landscape, ...probes].map(({ step }) => step))];
  const missing = new Map(
    steps.map((step) => [step, unitsMissing(units, step, { landscape, probes })]),
  );
  const lacking = new Set<LandscapePart>([...missing.values()].flat().map(({ part }) => part));
  const whole = steps.filter((step) => missing.get(step)?.length === 0);
  return {
    whole,
    partial: steps.filter((step) => !whole.includes(step)),
    lacking: [...lacking].join(', '),
  };
}
