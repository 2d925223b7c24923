import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Problem, writing } from '../../environment/problem';
import type { Progress } from '../../environment/progress';
import { lockFolder } from '../../files/lock';
import { LIVE, nameOfRun, type Run, RunFolder } from './run-folder';
import { type RunChoices, runSettings, settingDifferences } from './run-info';
import { type Measured, Session } from './session';

/** What to train, where, and whom to tell. */
export interface TrainOptions extends RunChoices {
  /** Where the run lives; `out/runs/<scale>-s<seed>`, and the intervention, by default. */
  readonly folder?: string;
  /** Steps whose weights are kept, for measuring them later (`measureRun`, `loadWeights`). */
  readonly keep?: readonly number[];
  /** True to delete what the run in the folder holds and start anew. */
  readonly fresh?: boolean;
  /** Abort it to stop: the run is saved and {@link train} throws a Problem that says how to go on. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Told after each measured step, with the live weights. */
  readonly onMeasured?: (measured: Measured) => void;
}

/**
 * Trains a model on the tasks and measures it on the way; leaves tables and weights in its folder. A run that has made
 * its updates is returned as it is; one that was stopped, or made fewer than are wanted now, goes on from its last
 * checkpoint, along the same trajectory as if it had never been stopped.
 *
 * ```ts
 * const run = await train({ scale: 'nano', seed: 7, steps: 2000 }); // on the paper's schedule of 100,000
 * table(run.behavior.filter(({ step }) => step === 2000));
 * ```
 *
 * @throws RangeError for settings out of range, Problem where the folder holds another run, files of yours, or is in
 * use, the checkpoint is damaged, the disk is full, the training diverges, or `signal` stops it.
 */
export async function train(options: TrainOptions = {}): Promise<Run> {
  const { folder: given, keep = [], fresh, signal, onProgress, onMeasured, ...choices } = options;
  const { set, acting, ...settings } = runSettings(choices);
  const { steps } = settings.training;
  const wrong = keep.find((step) => !Number.isInteger(step) || step < 0 || step > steps);
  if (wrong !== undefined) {
    throw new RangeError(
      `keep names step ${wrong}: the run's steps are the integers from 0 to ${steps}.`,
    );
  }
  const folder = new RunFolder(
    given ?? join(LIVE, nameOfRun(settings.training, settings.intervention)),
  );
  folder.refuseForeign();
  if (!fresh && folder.isRun) {
    const info = folder.info();
    const differences = settingDifferences(info, settings);
    if (differences.length > 0) {
      throw new Problem(
        `${folder.path} holds a run with other settings (${differences.join('; ')}): give another folder, or delete it ` +
          'by training with fresh (--fresh).',
      );
    }
    if (info.step >= steps && info.ended) return folder.load();
  }
  writing(folder.path, () => mkdirSync(join(folder.path, 'weights'), { recursive: true }));
  const unlock = lockFolder(folder.path, 'the run');
  try {
    if (fresh) {
      folder.clear();
      writing(folder.path, () => mkdirSync(join(folder.path, 'weights'), { recursive: true }));
    }
    const session = new Session(folder, settings, set, new Set(keep), acting);
    try {
      await session.work(signal, onProgress, onMeasured);
    } finally {
      session.dispose();
    }
  } finally {
    unlock();
  }
  return folder.load();
}
