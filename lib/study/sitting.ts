import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { facts } from '../environment/facts';
import { Problem } from '../environment/problem';
import { parameterCount } from '../model/parameters';
import { readTensorFile, type TensorFile, writeTensorFile } from '../training/safetensors';
import { measuredSteps } from '../training/schedule';
import { Trainer } from '../training/trainer';
import { Landscape } from './landscape';
import { LandscapeFolder } from './landscape-folder';
import { type LandscapePlan, landscapeUnits } from './landscape-plan';
import { type LandscapeSettings, landscapeSettings } from './landscape-settings';
import { takeShares } from './landscape-shares';
import { Measurer } from './measurer';
import { Pace } from './pace';
import { isRun, type RunInfo, readRunInfo, writeRunInfo } from './run-folder';
import type { RunSettings } from './run-settings';
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

/**
 * Seconds of work that a killed process may lose, besides one step: the last checkpoint is older only where saving takes
 * so long (a gigabyte at large) that it would take more than its share of the time.
 */
const SAVE_EVERY = 20;
const SAVING_SHARE = 0.05;

/** One stretch of work on a run, from its start or its last checkpoint until it ends or is stopped. */
export class Sitting {
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
    takeShares(this.folder, true);
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
