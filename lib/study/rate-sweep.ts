import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Papa from 'papaparse';
import { Problem, writing } from '../environment/problem';
import { answerObjective, modelPoint } from '../measures/operators/answer-loss';
import { batchTensors } from '../model/batch';
import { type ModelConfig, modelConfig } from '../model/scales';
import { batchAt, CONTEXT, VOCABULARY } from '../tasks';
import { type TrainingConfig, trainingConfig } from '../training/config';
import { Trainer } from '../training/trainer';
import { LANDSCAPE_SEED } from './landscape';
import { studySource } from './source';
import { readRows, rounded } from './tables';

/** One training of the sweep: settings, and the loss they lead to. */
export interface RateRecord {
  readonly scale: string;
  readonly learning_rate: number;
  readonly warmup: number;
  /** Updates of the whole training: the budget, over which the cosine runs. */
  readonly steps: number;
  readonly batch: number;
  readonly precision: string;
  readonly seed: number;
  /** Mean cross-entropy of answers never trained on, nats per token; undefined where the training diverged. */
  readonly loss: number | undefined;
  /** Standard error of `loss` over its batches. */
  readonly spread: number | undefined;
  /** Seconds of the training. */
  readonly seconds: number;
  /** Why there is no loss; empty where there is one. */
  readonly note: string;
}

const COLUMNS = [
  ...['scale', 'learning_rate', 'warmup', 'steps', 'batch', 'precision', 'seed'],
  ...['loss', 'spread', 'seconds', 'note'],
] as const satisfies readonly (keyof RateRecord)[];
const TEXT = new Set(['scale', 'precision', 'note']);
/** What makes two trainings the same one. */
const IDENTITY = COLUMNS.slice(0, 7);

/** Batches of the held-out loss, and their number in the seed that no run can have. */
const HELD_OUT = { batches: 8, draw: 5 } as const;

/**
 * Trains every pair of learning rate and warm-up for the same few updates, each with its whole schedule, and
 * writes what loss on fresh draws of the mixture it leads to. Nothing else is measured, so that the choice of a
 * learning rate sees no finding. Pairs that the table has are not trained again; a training that diverges is a
 * row with the reason.
 *
 * @param path of the CSV file; rows of other scales in it are kept.
 * @throws RangeError for settings out of range, Problem where `signal` stops the sweep.
 */
export async function sweepRates(
  given: Partial<TrainingConfig> & Pick<TrainingConfig, 'scale' | 'steps'>,
  {
    path,
    learningRates,
    warmups,
    signal,
    onRow,
    onProgress,
  }: {
    readonly path: string;
    readonly learningRates: readonly number[];
    readonly warmups: readonly number[];
    readonly signal?: AbortSignal;
    readonly onRow?: (row: RateRecord) => void;
    /** Told before each update, over all trainings of the sweep. */
    readonly onProgress?: (done: number, of: number) => void;
  },
): Promise<RateRecord[]> {
  const configs = learningRates.flatMap((learningRate) =>
    warmups.map((warmup) => trainingConfig({ ...given, learningRate, warmup })),
  );
  const rows = existsSync(path) ? readRates(path) : [];
  const known = new Set(rows.map(keyOf));
  const todo = configs.filter((config) => !known.has(keyOf(settingsOf(config))));
  for (const [at, config] of todo.entries()) {
    const told = (step: number) =>
      onProgress?.(at * config.steps + step, todo.length * config.steps);
    const result = await outcome(config, told, signal);
    if (!result) {
      throw new Problem(
        `Stopped after ${at} of ${todo.length} trainings, which are in ${path}. Run the same again to go on.`,
      );
    }
    const row = { ...settingsOf(config), ...result };
    rows.push(row);
    writeRates(path, rows);
    onRow?.(row);
  }
  return rows;
}

/**
 * Reads the table of a sweep.
 * @throws Problem where there is none, it has other columns, or a row is damaged.
 */
export function readRates(path: string): RateRecord[] {
  if (!existsSync(path)) {
    throw new Problem(
      `There is no sweep in ${path}: "npm run train -- --help" tells how to make one.`,
    );
  }
  return readRows(path, COLUMNS, TEXT, ['loss', 'spread']) as unknown as RateRecord[];
}

function writeRates(path: string, rows: readonly RateRecord[]): void {
  const text = Papa.unparse(
    { fields: [...COLUMNS], data: rows as RateRecord[] },
    { newline: '\n' },
  );
  writing(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.partial`, `${text}\n`);
    renameSync(`${path}.partial`, path);
  });
}

type Settings = Omit<RateRecord, 'loss' | 'spread' | 'seconds' | 'note'>;

function settingsOf(config: TrainingConfig): Settings {
  const { scale, learningRate, warmup, steps, batch, precision, seed } = config;
  return { scale, learning_rate: learningRate, warmup, steps, batch, precision, seed };
}

function keyOf(row: Settings): string {
  return IDENTITY.map((field) => row[field as keyof Settings]).join(' ');
}

/** Loss on fresh draws after a training, or undefined where `signal` stopped it. */
async function outcome(
  config: TrainingConfig,
  onStep: (step: number) => void,
  signal?: AbortSignal,
): Promise<Omit<RateRecord, keyof Settings> | undefined> {
  const model = modelConfig(config.scale, VOCABULARY, CONTEXT);
  const start = Date.now();
  const seconds = () => Math.round((Date.now() - start) / 100) / 10;
  const trainer = Trainer.start(model, config, studySource(config));
  try {
    for (let step = 0; step < config.steps; step++) {
      onStep(step);
      // Lets an interrupt through.
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted) return undefined;
      trainer.advance();
    }
    const taken = seconds();
    return { ...heldOut(model, trainer, config.batch), seconds: taken, note: '' };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { loss: undefined, spread: undefined, seconds: seconds(), note: error.message };
  } finally {
    trainer.dispose();
  }
}

function heldOut(model: ModelConfig, trainer: Trainer, size: number) {
  const objective = answerObjective(model);
  const point = modelPoint(model, trainer.parameters);
  const losses = Array.from({ length: HELD_OUT.batches }, (_, i) => {
    const batch = batchTensors(batchAt(LANDSCAPE_SEED, HELD_OUT.draw + i, size), CONTEXT);
    try {
      return objective.loss(point, batch);
    } finally {
      for (const tensor of batch) tensor.dispose();
    }
  });
  objective.dispose();
  const loss = losses.reduce((sum, one) => sum + one, 0) / losses.length;
  const variance = losses.reduce((sum, one) => sum + (one - loss) ** 2, 0) / (losses.length - 1);
  return { loss: rounded(loss), spread: rounded(Math.sqrt(variance / losses.length)) };
}
