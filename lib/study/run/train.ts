import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { facts } from '../../environment/facts';
import { breathe, Pace } from '../../environment/pace';
import type { Progress } from '../../environment/progress';
import { lockFolder } from '../../files/lock';
import { Problem } from '../../files/problem';
import { isWhole } from '../../files/range';
import { readTensorFile, writeTensorFile } from '../../files/safetensors';
import { makeFolder } from '../../files/whole';
import { parameterCount } from '../../model/parameters';
import { fullSteps, stepsOf } from '../../training/schedule';
import { storedTensors, Trainer } from '../../training/trainer';
import { studyLesson } from './lesson';
import { type MeasuredRows, Measurer } from './measurer';
import { LIVE, nameOfRun, type Run, RunFolder } from './run-folder';
import {
  type RunChoices,
  type RunInfo,
  type RunSettings,
  runSettings,
  settingDifferences,
} from './run-info';
import { hasTrainingRow } from './tables';

/** What a run measured at one step. */
export interface Measured extends MeasuredRows {
  readonly step: number;
  /** The live weights, by name: read them, do not change or keep them. */
  readonly weights: Trainer['parameters'];
}

/** Whom to tell of the work on a run, and what stops it. */
export interface Listeners {
  /** Abort it to stop: the work is saved, and a Problem says how to go on. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Told after each measured step, with the live weights. */
  readonly onMeasured?: (measured: Measured) => void;
}

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
  const settings = runSettings(choices);
  const { steps } = settings.training;
  const wrong = keep.find((step) => !isWhole(step, 0, steps));
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
    await work(folder, settings, keep, options);
  } finally {
    unlock();
  }
  return folder.load();
}

/** Seconds of work that a killed process may lose, and the largest share of the time that saving may take. */
const [SAVE_EVERY, SAVING_SHARE] = [20, 0.05];

/** One stretch of work on a run, from its start or its last checkpoint until it ends or is stopped. */
async function work(
  folder: RunFolder,
  { set, acting, ...settings }: ReturnType<typeof runSettings>,
  keep: readonly number[],
  { signal, onProgress, onMeasured }: Listeners,
): Promise<void> {
  const since = performance.now();
  const { stored, ...past } = checkpointOf(folder, settings);
  const lesson = studyLesson(settings, set, acting);
  const trainer = new Trainer(lesson, stored);
  const { step: from, parameters } = trainer;
  /** Latest step whose measurements are in the tables, −1 before the first. */
  let measured = Number(stored?.metadata.measured ?? -1);
  /** Tokens of the lines of all updates. */
  let tokens = Number(stored?.metadata.tokens ?? 0);
  folder.cutBack(
    (table) => (stored && table === 'training' ? from : measured),
    JSON.parse(stored?.metadata.tables ?? '{}'),
  );
  const measurer = new Measurer(settings.model, parameters, set, settings.samples, lesson.acting);
  const session = { started: new Date().toISOString(), from, facts: facts() };
  const parameterNumber = parameterCount(settings.model);
  let info: Omit<RunInfo, 'tables'> = {
    ...{ ...settings, parameters: parameterNumber, step: from, ended: false },
    ...{ seconds: past.seconds, sessions: [...past.sessions, session] },
  };
  folder.save(info);
  const pace = new Pace();
  const seconds = () => {
    const all = past.seconds + (performance.now() - since) / 1000;
    return Math.round(all * 100) / 100;
  };
  let nextSave = since + SAVE_EVERY * 1000;
  const save = () => {
    const start = performance.now();
    const { tensors, metadata } = trainer.store();
    const done = { measured: String(measured), tokens: String(tokens) };
    const texts = { run: keyOf(settings), ...done, tables: JSON.stringify(folder.lengths) };
    writeTensorFile(folder.checkpointPath, { tensors, metadata: { ...metadata, ...texts } });
    info = { ...info, step: trainer.step, seconds: seconds() };
    folder.save(info);
    const now = performance.now();
    nextSave = now + Math.max(SAVE_EVERY * 1000, (now - start) / SAVING_SHARE);
  };

  const { steps } = settings.training;
  const scheduled = stepsOf(settings.samples.lean, steps);
  const toMeasure = new Set(scheduled.filter((step) => step > measured));
  const full = fullSteps(steps);
  const told = { label: basename(folder.path), of: steps };
  onProgress?.({ ...told, done: from, secondsLeft: Number.NaN, detail: 'compiling' });
  try {
    for (;;) {
      const { step } = trainer;
      if (toMeasure.has(step) && !signal?.aborted) {
        const start = performance.now();
        const rows = await measurer.measure(step, !full.has(step), signal);
        if (rows) {
          pace.took('measure', start);
          folder.append('geometry', rows.geometry);
          folder.append('behavior', rows.behavior);
          measured = step;
          toMeasure.delete(step);
          onMeasured?.({ step, weights: parameters, ...rows });
        }
      }
      if (signal?.aborted) {
        save();
        throw new Problem(
          `Stopped at step ${step} of ${steps}; all work is saved in ${folder.path}. ` +
            'Run the same again (in a notebook: the same cell) to go on from there.',
        );
      }
      if (keep.includes(step)) keepWeights(folder, step, parameters);
      if (step >= steps) break;
      const start = performance.now();
      const { loss, learningRate, gradientNorm } = trainer.advance();
      pace.took('update', start);
      tokens += lesson.tokensAt(step + 1);
      if (hasTrainingRow(step + 1)) {
        const row = { step: step + 1, loss, learning_rate: learningRate, grad_norm: gradientNorm };
        folder.append('training', [{ ...row, tokens, seconds: seconds() }]);
      }
      const training = (steps - step - 1) * (pace.usual('update', 3) ?? Number.NaN);
      const secondsLeft = training + toMeasure.size * (pace.usual('measure') ?? 0);
      onProgress?.({ ...told, done: step + 1, secondsLeft, detail: `loss ${loss.toFixed(3)}` });
      if (performance.now() > nextSave) save();
      await breathe();
    }
    info = { ...info, ended: true };
    save();
  } finally {
    measurer.dispose();
    trainer.dispose();
  }
}

/** The last checkpoint of a run, if there is one, and what run.json says of the work until then. */
function checkpointOf(folder: RunFolder, settings: RunSettings) {
  const begins = { stored: undefined, seconds: 0, sessions: [] };
  if (!folder.isRun) return begins;
  const { step, seconds, sessions } = folder.info();
  const path = folder.checkpointPath;
  if (!existsSync(path)) {
    if (step === 0) return begins;
    throw new Problem(
      `${folder.path} holds ${step} steps of the run without the weights to go on from: ` +
        'give another folder, or train anew with fresh (--fresh), which deletes its tables.',
    );
  }
  const stored = readTensorFile(path);
  if (stored.metadata.run === keyOf(settings)) return { stored, seconds, sessions };
  throw new Problem(`${path} is the state of another run: delete it to start this one anew.`);
}

function keepWeights(folder: RunFolder, step: number, parameters: Trainer['parameters']): void {
  if (existsSync(folder.weightsPath(step))) return;
  folder.writeWeights(step, storedTensors(parameters));
}

/** What a checkpoint must agree in with the run that goes on from it. */
function keyOf({ model, training, tasks, intervention }: RunSettings): string {
  const { steps, ...trained } = training;
  return JSON.stringify([model, trained, tasks.fingerprint, intervention]);
}
