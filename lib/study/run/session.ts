import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { facts } from '../../environment/facts';
import { Pace } from '../../environment/pace';
import type { Progress } from '../../environment/progress';
import { Problem } from '../../files/problem';
import { readTensorFile, writeTensorFile } from '../../files/safetensors';
import { Acting } from '../../interventions/acting';
import type { Intervention } from '../../interventions/intervention';
import { parameterCount } from '../../model/parameters';
import type { TaskSet } from '../../tasks';
import { leanSteps, measuredSteps, paperSteps } from '../../training/schedule';
import { Trainer } from '../../training/trainer';
import { studyLesson } from './lesson';
import { type MeasuredRows, Measurer } from './measurer';
import type { RunFolder } from './run-folder';
import type { RunInfo, RunSettings } from './run-info';
import { hasTrainingRow } from './tables';

/** What a run measured at one step. */
export interface Measured extends MeasuredRows {
  readonly step: number;
  /** The live weights, by name: read them, do not change or keep them. */
  readonly weights: Trainer['parameters'];
}

/**
 * Seconds of work that a killed process may lose, besides one step: the last checkpoint is older only where saving takes
 * so long (a gigabyte at large) that it would take more than its share of the time.
 */
const SAVE_EVERY = 20;
const SAVING_SHARE = 0.05;

/** One stretch of work on a run, from its start or its last checkpoint until it ends or is stopped. */
export class Session {
  private readonly lesson: ReturnType<typeof studyLesson>;
  private readonly trainer: Trainer;
  private readonly measurer: Measurer;
  private info: Omit<RunInfo, 'tables'>;
  /** Latest step whose measurements are in the tables, −1 before the first. */
  private measured = -1;
  /** Tokens of the lines of all updates. */
  private tokens = 0;
  private readonly since = performance.now();
  private readonly secondsBefore: number;
  private saved = performance.now();
  /** Milliseconds from the latest save to the next. */
  private saveAfter = SAVE_EVERY * 1000;
  private readonly pace = new Pace();

  constructor(
    private readonly folder: RunFolder,
    settings: RunSettings,
    set: TaskSet,
    private readonly keep: ReadonlySet<number>,
    intervention?: Intervention,
  ) {
    const before = folder.isRun ? folder.info() : undefined;
    const stored =
      before && existsSync(folder.checkpointPath)
        ? readTensorFile(folder.checkpointPath)
        : undefined;
    if (stored && stored.metadata.run !== keyOf(settings)) {
      throw new Problem(
        `${folder.checkpointPath} is the state of another run: delete it to start this one anew.`,
      );
    }
    if (before && before.step > 0 && !stored) {
      throw new Problem(
        `${folder.path} holds ${before.step} steps of the run without the weights to go on from: ` +
          'give another folder, or train anew with fresh (--fresh), which deletes its tables.',
      );
    }
    this.lesson = studyLesson(settings, set, intervention);
    this.trainer = new Trainer(this.lesson, stored);
    if (stored) {
      this.measured = Number(stored.metadata.measured);
      this.tokens = Number(stored.metadata.tokens);
    }
    const { step } = this.trainer;
    folder.cutBack(
      (table) => (stored ? (table === 'training' ? step : this.measured) : -1),
      stored ? JSON.parse(stored.metadata.tables) : {},
    );
    const { model, samples, training } = settings;
    const acting = new Acting(intervention, { model, seed: training.seed, set });
    this.measurer = new Measurer(model, this.trainer.parameters, set, samples, acting);
    this.secondsBefore = stored && before ? before.seconds : 0;
    const sessions = stored && before ? before.sessions : [];
    const session = { started: new Date().toISOString(), from: step, facts: facts() };
    this.info = {
      ...{ model, training, tasks: settings.tasks, samples, intervention: settings.intervention },
      parameters: parameterCount(settings.model),
      step,
      ended: false,
      seconds: this.secondsBefore,
      sessions: [...sessions, session],
    };
    folder.save(this.info);
  }

  /** @throws Problem where `signal` stops the work, which is saved, or the training diverges. */
  async work(
    signal?: AbortSignal,
    onProgress?: (progress: Progress) => void,
    onMeasured?: (measured: Measured) => void,
  ): Promise<void> {
    const { steps } = this.info.training;
    const scheduled = this.info.samples.lean ? leanSteps(steps) : measuredSteps(steps);
    const toMeasure = new Set(scheduled.filter((step) => step > this.measured));
    const papers = new Set([...paperSteps(steps), steps]);
    const label = basename(this.folder.path);
    const detail = 'compiling';
    onProgress?.({ label, done: this.trainer.step, of: steps, secondsLeft: Number.NaN, detail });
    for (;;) {
      const { step } = this.trainer;
      if (toMeasure.has(step) && !signal?.aborted) {
        const start = performance.now();
        const rows = await this.measurer.measure(step, !papers.has(step), signal);
        if (rows) {
          this.pace.took('measure', start);
          this.folder.append('geometry', rows.geometry);
          this.folder.append('behavior', rows.behavior);
          this.measured = step;
          toMeasure.delete(step);
          onMeasured?.({ step, weights: this.trainer.parameters, ...rows });
        }
      }
      if (signal?.aborted) {
        this.save();
        throw new Problem(
          `Stopped at step ${step} of ${steps}; all work is saved in ${this.folder.path}. ` +
            'Run the same again (in a notebook: the same cell) to go on from there.',
        );
      }
      if (this.keep.has(step)) this.keepWeights(step);
      if (step >= steps) break;
      const start = performance.now();
      const { loss, learningRate, gradientNorm } = this.trainer.advance();
      this.pace.took('update', start);
      this.tokens += this.lesson.tokensAt(step + 1);
      if (hasTrainingRow(step + 1)) {
        const row = { step: step + 1, loss, learning_rate: learningRate, grad_norm: gradientNorm };
        this.folder.append('training', [{ ...row, tokens: this.tokens, seconds: this.seconds() }]);
      }
      onProgress?.({
        ...{ label, done: step + 1, of: steps, detail: `loss ${loss.toFixed(3)}` },
        secondsLeft:
          (steps - step - 1) * (this.pace.usual('update', 3) ?? Number.NaN) +
          toMeasure.size * (this.pace.usual('measure') ?? 0),
      });
      if (performance.now() - this.saved > this.saveAfter) this.save();
      // Lets interrupts, progress and notebook output through between updates.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.info = { ...this.info, ended: true };
    this.save();
  }

  dispose(): void {
    this.measurer.dispose();
    this.trainer.dispose();
  }

  private save(): void {
    const start = performance.now();
    const { tensors, metadata } = this.trainer.store();
    writeTensorFile(this.folder.checkpointPath, {
      tensors,
      metadata: {
        ...metadata,
        run: keyOf(this.info),
        measured: String(this.measured),
        tokens: String(this.tokens),
        tables: JSON.stringify(this.folder.lengths),
      },
    });
    this.info = { ...this.info, step: this.trainer.step, seconds: this.seconds() };
    this.folder.save(this.info);
    this.saved = performance.now();
    this.saveAfter = Math.max(SAVE_EVERY * 1000, (this.saved - start) / SAVING_SHARE);
  }

  private keepWeights(step: number): void {
    if (existsSync(this.folder.weightsPath(step))) return;
    const weights = Object.entries(this.trainer.store().tensors)
      .filter(([name]) => name.startsWith('model.'))
      .map(([name, tensor]) => [name.slice('model.'.length), tensor]);
    this.folder.writeWeights(step, Object.fromEntries(weights));
  }

  private seconds(): number {
    const seconds = this.secondsBefore + (performance.now() - this.since) / 1000;
    return Math.round(seconds * 100) / 100;
  }
}

/** What a checkpoint must agree in with the run that goes on from it. */
function keyOf({ model, training, tasks, intervention }: RunSettings): string {
  return JSON.stringify([
    model,
    { ...training, steps: undefined },
    tasks.fingerprint,
    intervention,
  ]);
}
