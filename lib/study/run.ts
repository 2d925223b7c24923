import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { facts } from '../environment/facts';
import { Problem, writing } from '../environment/problem';
import { parameterCount } from '../model/parameters';
import { readTensorFile, type TensorFile, writeTensorFile } from '../training/safetensors';
import { measuredSteps } from '../training/schedule';
import { Trainer } from '../training/trainer';
import { Landscape } from './landscape';
import { LandscapeFolder } from './landscape-folder';
import { type LandscapePlan, landscapeUnits } from './landscape-plan';
import { type LandscapeSettings, landscapeSettings } from './landscape-settings';
import { checkedSteps, landscapeSteps } from './landscape-steps';
import { Measurer } from './measurer';
import {
  isRun,
  liveFolder,
  loadRun,
  type Run,
  type RunInfo,
  readRunInfo,
  writeRunInfo,
} from './run-folder';
import { lockRun } from './run-lock';
import { type RunChoices, type RunSettings, runSettings, settingDifferences } from './run-settings';
import { weightsPath } from './saved-weights';
import { studySource } from './source';
import {
  appendRows,
  type BehaviorRow,
  cutTable,
  type GeometryRow,
  hasTrainingRow,
  TABLE_NAMES,
} from './tables';

/** How far a run is; given after every update. */
export interface Progress {
  readonly step: number;
  readonly steps: number;
  /** Loss of the latest update, nats per answer token; NaN before the first. */
  readonly loss: number;
  /** Estimate of the seconds until the run has ended. */
  readonly secondsLeft: number;
}

/** What a run measured at one step. */
export interface Measured {
  readonly step: number;
  readonly behavior: readonly BehaviorRow[];
  readonly geometry: readonly GeometryRow[];
}

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
 * Seconds of work that a killed process may lose, besides one step: the last checkpoint is older only where saving takes
 * so long (a gigabyte at large) that it would take more than its share of the time.
 */
const SAVE_EVERY = 20;
const SAVING_SHARE = 0.05;

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

/** One stretch of work on a run, from its start or its last checkpoint until it ends or is stopped. */
class Sitting {
  private readonly trainer: Trainer;
  private readonly measurer: Measurer;
  private readonly schedule: number[];
  private info: RunInfo;
  /** Latest step whose measurements are in the tables, −1 before the first. */
  private measured = -1;
  private landscape: { of: Landscape; tables: LandscapeFolder } | undefined;
  private readonly since = Date.now();
  private readonly secondsBefore: number;
  private saved = Date.now();
  /** Milliseconds from the latest save to the next. */
  private saveAfter = SAVE_EVERY * 1000;

  constructor(
    private readonly folder: string,
    wanted: RunSettings,
    private readonly keep: Set<number>,
    fresh: boolean,
    private readonly plan: LandscapePlan & {
      readonly steps: readonly number[];
      readonly settings?: LandscapeSettings;
    },
  ) {
    const { model, training } = wanted;
    if (fresh) this.clear();
    const source = studySource(training);
    const before = isRun(folder) ? readRunInfo(folder) : undefined;
    const checkpoint = this.checkpointPath();
    let stored: TensorFile | undefined;
    if (before && existsSync(checkpoint)) stored = readTensorFile(checkpoint);
    this.trainer = stored
      ? Trainer.restore(model, training, source, stored)
      : Trainer.start(model, training, source);
    if (stored) this.measured = Number(stored.metadata.measured);
    for (const table of TABLE_NAMES) {
      const withMeasurer = table === 'behavior' || table === 'geometry';
      cutTable(folder, table, withMeasurer ? this.measured : this.trainer.step);
    }
    this.measurer = new Measurer(model, this.trainer.parameters, wanted.samples);
    this.schedule = measuredSteps(training.steps, wanted.checkpoints);
    this.secondsBefore = stored && before ? before.seconds : 0;
    this.info = {
      ...wanted,
      parameters: parameterCount(model),
      step: this.trainer.step,
      ended: false,
      seconds: this.secondsBefore,
      sittings: [
        ...(stored && before ? before.sittings : []),
        { started: new Date().toISOString(), facts: facts() },
      ],
    };
    writeRunInfo(folder, this.info);
  }

  async work(
    signal?: AbortSignal,
    onProgress?: (progress: Progress) => void,
    onMeasured?: (measured: Measured) => void,
  ): Promise<void> {
    const { steps } = this.info.training;
    const scheduled = new Set(this.schedule);
    const pace = new Pace(steps, this.schedule);
    let loss = Number.NaN;
    for (;;) {
      const { step } = this.trainer;
      if (scheduled.has(step) && this.measured < step && !signal?.aborted) {
        const rows = await pace.timed('measure', () => this.measurer.measure(step, signal));
        if (rows) {
          appendRows(this.folder, 'geometry', rows.geometry);
          appendRows(this.folder, 'behavior', rows.behavior);
          this.measured = step;
          onMeasured?.({ step, ...rows });
        }
      }
      if (this.plan.steps.includes(step) && !signal?.aborted) {
        await this.measureLandscape(step, signal);
      }
      if (signal?.aborted) {
        this.save();
        throw new Problem(
          `Stopped at step ${step} of ${steps}; all work is saved in ${this.folder}. ` +
            'Run the same again (in a notebook: the same cell) to go on from there.',
        );
      }
      if (this.keep.has(step)) this.saveWeights(step);
      if (step === steps) break;
      const update = await pace.timed('step', async () => this.trainer.advance());
      loss = update.loss;
      if (hasTrainingRow(update.step, steps)) {
        appendRows(this.folder, 'training', [
          {
            step: update.step,
            loss,
            learning_rate: update.learningRate,
            grad_norm: update.gradientNorm,
            tokens: update.step * this.info.training.batch * this.info.model.context,
            seconds: this.seconds(),
          },
        ]);
      }
      onProgress?.({ step: update.step, steps, loss, secondsLeft: pace.secondsLeft(update.step) });
      if (Date.now() - this.saved > this.saveAfter) this.save();
      // Lets interrupts, progress and notebook output through between updates.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.info = { ...this.info, ended: true };
    this.save();
  }

  dispose(): void {
    this.measurer.dispose();
    this.landscape?.of.dispose();
    this.trainer.dispose();
  }

  /** Measures what is not in the tables yet, and saves, since it is costly. */
  private async measureLandscape(step: number, signal?: AbortSignal): Promise<void> {
    const { model } = this.info;
    const { settings = landscapeSettings(model.scale) } = this.plan;
    this.landscape ??= {
      of: new Landscape(model, settings),
      tables: new LandscapeFolder(this.folder, settings),
    };
    const { of, tables } = this.landscape;
    const missing = tables.missing(landscapeUnits(this.plan), step);
    if (missing.length === 0) return;
    const rows = await of.measure(step, this.trainer.parameters, missing, signal);
    if (!rows) return;
    tables.add(rows);
    this.save();
  }

  private save(): void {
    const start = Date.now();
    const stored = this.trainer.store();
    writeTensorFile(this.checkpointPath(), {
      ...stored,
      metadata: { ...stored.metadata, measured: String(this.measured) },
    });
    this.info = { ...this.info, step: this.trainer.step, seconds: this.seconds() };
    writeRunInfo(this.folder, this.info);
    this.saved = Date.now();
    this.saveAfter = Math.max(SAVE_EVERY * 1000, (this.saved - start) / SAVING_SHARE);
  }

  private saveWeights(step: number): void {
    const path = weightsPath(this.folder, step);
    if (existsSync(path)) return;
    const { tensors, metadata } = this.trainer.store();
    const weights = Object.entries(tensors).filter(([name]) => name.startsWith('model.'));
    writeTensorFile(path, { tensors: Object.fromEntries(weights), metadata });
  }

  private clear(): void {
    const tables = TABLE_NAMES.map((table) => `${table}.csv`);
    for (const name of ['run.json', 'landscape.json', 'weights', ...tables]) {
      rmSync(join(this.folder, name), { recursive: true, force: true });
    }
    mkdirSync(join(this.folder, 'weights'), { recursive: true });
  }

  private checkpointPath(): string {
    return join(this.folder, 'weights', 'last.safetensors');
  }

  private seconds(): number {
    return Math.round((this.secondsBefore + (Date.now() - this.since) / 1000) * 100) / 100;
  }
}

/** Estimates the time left from what updates and measurements have lately taken. */
class Pace {
  private readonly recent = { step: [] as number[], measure: [] as number[] };

  constructor(
    private readonly steps: number,
    private readonly schedule: readonly number[],
  ) {}

  async timed<T>(kind: 'step' | 'measure', work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      const times = this.recent[kind];
      times.push(performance.now() - start);
      if (times.length > 20) times.shift();
    }
  }

  secondsLeft(step: number): number {
    // The median, because the first of each kind includes compilation.
    const median = (times: number[]) => [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0;
    const measurements = this.schedule.filter((at) => at > step).length;
    return (
      ((this.steps - step) * median(this.recent.step) +
        measurements * median(this.recent.measure)) /
      1000
    );
  }
}
