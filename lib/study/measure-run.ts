import { Problem } from '../environment/problem';
import { diagnosticsFingerprint } from '../tasks';
import { caught } from './failure';
import { Landscape } from './landscape';
import { LandscapeFolder, landscapeRows } from './landscape-folder';
import {
  type LandscapePlan,
  type LandscapeUnit,
  landscapeUnits,
  unitsMissing,
} from './landscape-plan';
import { type LandscapeSettings, landscapeSettings } from './landscape-settings';
import { type Share, shareFolder, stepsOfShare, takeShares } from './landscape-shares';
import { landscapeSteps } from './landscape-steps';
import { loadRun, type Run, readRunInfo } from './run-folder';
import { lockRun } from './run-lock';
import { readWeights, savedSteps } from './saved-weights';

/** How far the measuring is; given before and after everything that is measured. */
export interface MeasureProgress {
  /** Checkpoint at work. */
  readonly step: number;
  /** Checkpoints done and to do in this sitting. */
  readonly done: number;
  readonly of: number;
  /** What is being measured, in words. */
  readonly what: string;
  /** Share of this sitting's work that is done, 0…1. */
  readonly share: number;
  /** Estimate of the seconds left; NaN before there is one. */
  readonly secondsLeft: number;
}

/** What of a run to measure, and whom to tell. */
export interface MeasureOptions extends LandscapePlan {
  /** Checkpoints to measure; their weights must be there. `count` well placed ones by default. */
  readonly steps?: readonly number[];
  /** How many checkpoints to choose where `steps` are not given; 60 by default. */
  readonly count?: number;
  /** Steps that attract the choice; `turningPoints` gives them. See {@link landscapeSteps}. */
  readonly events?: readonly number[];
  /** The scale's own by default. */
  readonly settings?: LandscapeSettings;
  /** True to drop what was measured before; with `share`, by this share. */
  readonly fresh?: boolean;
  /**
   * Of the checkpoints only a share, for several processes at once on one run. Its tables wait in a folder of
   * their own inside the run's; the next call without `share` takes them in.
   */
  readonly share?: Share;
  /** Abort it to stop: {@link measureRun} throws a Problem that says how to go on. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: MeasureProgress) => void;
}

/**
 * Measures the landscape and probes of saved checkpoints of a run and adds them to its tables. What is there
 * already is not measured again, so an interrupted call is resumed by the same call. A measure that fails is
 * recorded as missing with its reason; a checkpoint that cannot be read is left out, and the rest is measured.
 *
 * @returns the run with its tables (landscape and probes of a share are those it has measured itself), and the
 *   checkpoints left out with the reasons.
 * @throws Problem where there is no run or no such checkpoint, the run is in use, was made with other tasks
 * or measured with other settings, or `signal` stops the work; RangeError for settings out of range.
 */
export async function measureRun(
  folder: string,
  options: MeasureOptions = {},
): Promise<{ readonly run: Run; readonly unread: readonly { step: number; reason: string }[] }> {
  const { model, tasks, ended } = readRunInfo(folder);
  if (tasks !== diagnosticsFingerprint()) {
    throw new Problem(
      `The run in ${folder} was trained on other tasks than this code's: measure it with the code that made it.`,
    );
  }
  const { share: own } = options;
  const steps = chosenSteps(folder, options, ended);
  const home = own ? shareFolder(folder, own) : folder;
  const unlock = lockRun(home);
  const unread: { step: number; reason: string }[] = [];
  try {
    if (!own) takeShares(folder, options.fresh);
    const settings = options.settings ?? landscapeSettings(model.scale);
    const tables = new LandscapeFolder(home, settings, options.fresh);
    // What the run has itself, no share measures again.
    const known = own ? landscapeRows(folder) : { landscape: [], probes: [] };
    const units = landscapeUnits(options);
    const missingAt = (step: number) => unitsMissing(tables.missing(units, step), step, known);
    const todo = steps.filter((step) => missingAt(step).length > 0);
    const landscape = new Landscape(model, settings);
    const pace = new Pace();
    const of = todo.length;
    try {
      for (const [done, step] of todo.entries()) {
        const missing = missingAt(step);
        const tell = (unit: number, { part, at }: LandscapeUnit) => {
          const share = (done + unit / missing.length) / of;
          const what = at ? `${part} of ${at.task} ${at.level}` : part;
          const secondsLeft = pace.secondsLeft(of - done);
          options.onProgress?.({ step, done, of, what, share, secondsLeft });
        };
        const weights = caught(() => readWeights(folder, step, model));
        if (typeof weights === 'string') {
          unread.push({ step, reason: weights });
          continue;
        }
        const rows = await landscape.measure(step, weights, missing, options.signal, tell);
        if (!rows) {
          throw new Problem(
            `Stopped at checkpoint ${step} (${done} of ${of} done); all work up to there is in ${home}. ` +
              'Run the same again to go on.',
          );
        }
        tables.add(rows);
        pace.did();
      }
      const step = todo.at(-1) ?? steps.at(-1) ?? 0;
      options.onProgress?.({ step, done: of, of, what: 'done', share: 1, secondsLeft: 0 });
    } finally {
      landscape.dispose();
    }
  } finally {
    unlock();
  }
  const run = loadRun(folder);
  return { run: own ? { ...run, ...landscapeRows(home) } : run, unread };
}

/** The checkpoints to measure; of a share, its own. */
function chosenSteps(folder: string, options: MeasureOptions, ended: boolean): number[] {
  const { share } = options;
  if (share && !options.steps && !ended) {
    throw new Problem(
      `The run in ${folder} has not ended, so its shares would not choose the same checkpoints: name them with ` +
        'steps (--steps), or wait.',
    );
  }
  const all = allSteps(folder, options);
  return share ? stepsOfShare(all, share) : all;
}

function allSteps(folder: string, { steps, count = 60, events }: MeasureOptions): number[] {
  const saved = savedSteps(folder);
  if (saved.length === 0) {
    throw new Problem(
      `${folder} holds no weights to measure: train with keep (--keep 0,100,…), or let the training ` +
        'measure with landscape (--landscape 60).',
    );
  }
  if (!steps) return landscapeSteps(saved, count, events);
  const missing = steps.find((step) => !saved.includes(step));
  if (missing !== undefined) {
    const nearest = saved.reduce((a, b) => (Math.abs(b - missing) < Math.abs(a - missing) ? b : a));
    throw new Problem(
      `The weights of step ${missing} are not in ${folder} (the nearest are those of step ${nearest}): ` +
        'choose steps that were kept.',
    );
  }
  return [...new Set(steps)].sort((a, b) => a - b);
}

/** Estimates the time left from the checkpoints done; the first, which includes compilation, only if alone. */
class Pace {
  private readonly ends: number[] = [Date.now()];

  did(): void {
    this.ends.push(Date.now());
  }

  /** NaN before the first checkpoint is done. */
  secondsLeft(checkpoints: number): number {
    const from = this.ends.length > 2 ? 1 : 0;
    const each = (this.ends.at(-1)! - this.ends[from]) / (this.ends.length - 1 - from);
    return (checkpoints * each) / 1000;
  }
}
