import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Problem, writing } from '../environment/problem';
import { measuredSteps } from '../training/schedule';
import type { LandscapePlan } from './landscape-plan';
import type { LandscapeSettings } from './landscape-settings';
import { checkedSteps, landscapeSteps } from './landscape-steps';
import { isRun, liveFolder, loadRun, type Run, type RunInfo, readRunInfo } from './run-folder';
import { lockRun } from './run-lock';
import { type RunChoices, type RunSettings, runSettings, settingDifferences } from './run-settings';
import { type Measured, type Progress, Sitting } from './sitting';

/** What to train, where, and whom to tell. */
export interface TrainOptions extends RunChoices {
  /** Where the run lives; `out/runs/<scale>-s<seed>-<steps>` by default. */
  readonly folder?: string;
  /** Steps whose weights are kept beside the last ones, for measuring them later. */
  readonly keep?: readonly number[];
  /**
   * Steps at which the run measures its loss landscape and probes too, or how many to choose, dense early.
   * A nano step costs as much as several hundred updates; `measureRun` measures kept weights afterwards.
   */
  readonly landscape?: readonly number[] | number;
  /** What of the landscape to measure, and how; all parts with the scale's settings by default. */
  readonly landscapePlan?: LandscapePlan & { readonly settings?: LandscapeSettings };
  /** True to delete what the folder holds and start anew. */
  readonly fresh?: boolean;
  /** Abort it to stop: the run is saved and {@link train} throws a Problem that says how to go on. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  readonly onMeasured?: (measured: Measured) => void;
}

/**
 * Trains a model on the task mixture and measures it on the way; leaves tables and weights in its folder.
 * A run that has ended with the same settings is returned as it is; one that was stopped goes on from its
 * last checkpoint, along the same trajectory as if it had never been stopped.
 *
 * @throws RangeError for settings out of range, Problem where the folder holds another run or is in use,
 * the checkpoint is damaged, the disk is full, the training diverges, or `signal` stops it.
 */
export async function train(options: TrainOptions): Promise<Run> {
  const {
    folder: given,
    keep = [],
    landscape = [],
    landscapePlan = {},
    fresh,
    signal,
    onProgress,
    onMeasured,
    ...choices
  } = options;
  const wanted = runSettings(choices);
  const { training, checkpoints } = wanted;
  const folder = given ?? liveFolder(training);

  const landscapeAt = checkedSteps(
    typeof landscape === 'number'
      ? landscapeSteps(measuredSteps(training.steps, checkpoints), landscape)
      : landscape,
    training.steps,
  );

  if (!fresh && isRun(folder)) {
    const info = readRunInfo(folder);
    refuseOther(folder, info, wanted);
    if (info.ended) return whole(loadRun(folder), landscapeAt);
  }
  writing(folder, () => mkdirSync(join(folder, 'weights'), { recursive: true }));
  const unlock = lockRun(folder);
  try {
    const run = new Sitting(folder, wanted, new Set(keep), fresh ?? false, {
      ...landscapePlan,
      steps: landscapeAt,
    });
    try {
      await run.work(signal, onProgress, onMeasured);
    } finally {
      run.dispose();
    }
  } finally {
    unlock();
  }
  return loadRun(folder);
}

/** The run, if its landscape was measured where it is wanted. */
function whole(run: Run, steps: readonly number[]): Run {
  const known = new Set([...run.landscape, ...run.probes].map(({ step }) => step));
  const missing = steps.filter((step) => !known.has(step));
  if (missing.length === 0) return run;
  throw new Problem(
    `The run in ${run.folder} has ended without measuring its landscape at step ${missing[0]} ` +
      `(${missing.length} such steps): measure its kept weights ("npm run measure"), or train anew with fresh (--fresh).`,
  );
}

function refuseOther(folder: string, info: RunInfo, wanted: RunSettings): void {
  const differences = settingDifferences(info, wanted);
  if (differences.length === 0) return;
  throw new Problem(
    `${folder} holds a run with other settings (${differences.join('; ')}): give another folder, or delete it ` +
      'by training with fresh (--fresh).',
  );
}
