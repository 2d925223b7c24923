import { join } from 'node:path';
import { lockFolder } from '../../files/lock';
import { Problem } from '../../files/problem';
import { makeFolder } from '../../files/whole';
import { LIVE, nameOfRun, type Run, RunFolder } from './run-folder';
import { type RunChoices, runSettings, settingDifferences } from './run-info';
import { type Listeners, work } from './session';

/** What to train, where, and whom to tell. */
export interface TrainOptions extends RunChoices, Listeners {
  /** Where the run lives; `out/runs/<scale>-s<seed>`, and the intervention, by default. */
  readonly folder?: string;
  /** Steps whose weights are kept, for measuring them later (`measureRun`, `loadWeights`). */
  readonly keep?: readonly number[];
  /** True to delete what the run in the folder holds and start anew. */
  readonly fresh?: boolean;
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
  const usual = join(LIVE, nameOfRun(settings.training, settings.intervention));
  const folder = new RunFolder(given ?? usual);
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
  makeFolder(join(folder.path, 'weights'));
  const unlock = lockFolder(folder.path, 'the run');
  try {
    if (fresh) folder.clear();
    await work(folder, settings, set, acting, keep, options);
  } finally {
    unlock();
  }
  return folder.load();
}
