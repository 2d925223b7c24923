import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { OUT } from '../environment/paths';
import { Problem, writing } from '../environment/problem';
import type { tf } from '../environment/tensorflow';
import { LOCK, lockRun } from '../study/run-lock';
import { readTensorFile, writeTensorFile } from '../training/safetensors';
import { hubConfig, type NeoXConfig } from './config';
import { CORPUS, type Corpus, readCorpus } from './corpus';
import { StandinTrainer } from './standin-trainer';
import { checkpointSteps, revisionOf } from './steps';
import { readPythiaTable, type StandinTrainingRow, writePythiaTable } from './tables';
import { readTokenizer } from './tokenizer';

/**
 * The offline stand-in: small GPT-NeoX models trained here on six novels of Jane Austen, with Pythia's
 * architecture and checkpoint schedule, so that everything runs where the hub cannot be reached. They are not
 * Pythia, and what they show is not said of Pythia.
 */
export const STANDINS = {
  'austen-0.2m': { layers: 3, width: 32, heads: 4 },
  'austen-1.1m': { layers: 6, width: 96, heads: 4 },
  'austen-2.1m': { layers: 6, width: 144, heads: 6 },
} as const;
export type Standin = keyof typeof STANDINS;

/** Where stand-ins are kept, in the layout of the hub's own addresses: owner, model, revision. */
export const STANDIN_HUB = join(OUT, 'pythia', 'standin');
export const STANDIN_OWNER = 'standin';

/** How a stand-in is trained. */
export interface StandinTraining {
  readonly steps: number;
  /** Sequences per update, of `length` tokens each. */
  readonly batch: number;
  readonly length: number;
  readonly learningRate: number;
  readonly seed: number;
}

export const STANDIN_TRAINING: StandinTraining = {
  steps: 8000,
  batch: 8,
  length: 128,
  learningRate: 2e-3,
  seed: 0,
};

/** True where `name` is a stand-in. */
export function isStandin(name: string): name is Standin {
  return Object.hasOwn(STANDINS, name);
}

/** The stand-in's shape. Its context is longer than what it is trained on: rotary positions need no table. */
export function standinConfig(name: Standin): NeoXConfig {
  const { layers, width, heads } = STANDINS[name];
  return {
    ...{ layers, width, heads, inner: 4 * width },
    ...{
      vocabulary: 2048,
      context: 512,
      rotary: Math.trunc(width / heads / 4),
      rotaryBase: 10_000,
    },
    ...{ parallel: true, epsilon: 1e-5, gelu: 'erf', tied: false },
  };
}

/** What training tells: the loss of the latest update and, at checkpoints, that on held-out text. */
export interface StandinProgress {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly secondsLeft: number;
}

/**
 * Trains a stand-in and saves its checkpoints as `<hub>/standin/<name>/step<N>/`, with the table of its losses
 * (`training.csv`) beside them. Until all of it is there the folder's name ends in `.partial`; the same call goes
 * on from its last checkpoint, along the same trajectory.
 * @returns the model's folder.
 * @throws Problem where `signal` stops it, another process trains it, the disk is full, or the training diverges.
 */
export async function makeStandin(
  name: Standin,
  options: {
    readonly hub?: string;
    readonly training?: Partial<StandinTraining>;
    /** What it reads; the novels by default. */
    readonly corpus?: Corpus;
    readonly signal?: AbortSignal;
    readonly onProgress?: (progress: StandinProgress) => void;
  } = {},
): Promise<string> {
  const { hub = STANDIN_HUB, signal, onProgress } = options;
  const training = { ...STANDIN_TRAINING, ...options.training };
  const folder = join(hub, STANDIN_OWNER, name);
  if (existsSync(folder)) return folder;
  const config = standinConfig(name);
  const work = new Unfinished(`${folder}.partial`, { config, training });
  let trainer: StandinTrainer | undefined;
  try {
    const { corpus = readCorpus(readTokenizer(CORPUS)) } = options;
    trainer = new StandinTrainer(config, training, corpus);
    const rows = work.resume(trainer);
    const scheduled = new Set(checkpointSteps(training.steps));
    const first = trainer.step;
    const before = rows.at(-1)?.seconds ?? 0;
    const start = Date.now();
    let losses: number[] = [];
    for (;;) {
      const { step } = trainer;
      if (scheduled.has(step) && rows.at(-1)?.step !== step) {
        const heldOut = trainer.heldOutLoss();
        const mean = losses.reduce((sum, value) => sum + value, 0) / losses.length;
        rows.push({
          step,
          loss: step === 0 ? heldOut : mean,
          held_out: heldOut,
          tokens: step * training.batch * training.length,
          seconds: before + Math.round((Date.now() - start) / 1000),
        });
        losses = [];
        save(join(work.folder, revisionOf(step)), config, trainer.parameters, step);
        work.keep(trainer, rows);
      }
      if (step === training.steps) break;
      if (signal?.aborted) {
        throw new Problem(
          `Stopped at step ${step} of ${name}'s training; the checkpoints by step ${rows.at(-1)!.step} are kept. ` +
            'Run the same again to go on.',
        );
      }
      const loss = trainer.advance();
      losses.push(loss);
      const pace = (Date.now() - start) / 1000 / (step + 1 - first);
      onProgress?.({
        ...{ step: step + 1, steps: training.steps, loss },
        secondsLeft: pace * (training.steps - step - 1),
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
    work.finish(folder);
  } finally {
    trainer?.dispose();
    work.release();
  }
  return folder;
}

/** The folder of a training that has not ended: checkpoints, losses, and what to go on from. */
class Unfinished {
  readonly release: () => void;

  /** @param settings of the training; what another one has left is deleted. */
  constructor(
    readonly folder: string,
    private readonly settings: object,
  ) {
    writing(folder, () => mkdirSync(folder, { recursive: true }));
    this.release = lockRun(folder);
  }

  /** Takes the training up where it was left, and tells its losses so far; none where there is nothing to go on from. */
  resume(trainer: StandinTrainer): StandinTrainingRow[] {
    if (existsSync(this.statePath)) {
      const { tensors, metadata } = readTensorFile(this.statePath);
      if (metadata.settings === JSON.stringify(this.settings)) {
        const step = Number(metadata.step);
        trainer.restore(step, tensors);
        return readPythiaTable(this.folder, 'training').filter((row) => row.step <= step);
      }
    }
    for (const name of readdirSync(this.folder)) {
      if (name !== LOCK) rmSync(join(this.folder, name), { recursive: true });
    }
    return [];
  }

  /** Losses first: a state without its row could not go on. */
  keep(trainer: StandinTrainer, rows: StandinTrainingRow[]): void {
    writePythiaTable(this.folder, 'training', rows);
    const metadata = { step: String(trainer.step), settings: JSON.stringify(this.settings) };
    writeTensorFile(this.statePath, { tensors: trainer.state(), metadata });
  }

  finish(place: string): void {
    rmSync(this.statePath);
    this.release();
    writing(place, () => renameSync(this.folder, place));
  }

  private get statePath(): string {
    return join(this.folder, 'state.safetensors');
  }
}

/** One checkpoint, with the files that a checkpoint on the hub has. */
function save(
  folder: string,
  config: NeoXConfig,
  parameters: Record<string, tf.Variable>,
  step: number,
): void {
  writing(folder, () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.json'), `${JSON.stringify(hubConfig(config), null, 2)}\n`);
    writeFileSync(join(folder, 'tokenizer_config.json'), '{"eos_token": "<|endoftext|>"}\n');
    copyFileSync(join(CORPUS, 'tokenizer.json'), join(folder, 'tokenizer.json'));
  });
  const tensors = Object.entries(parameters).map(([name, variable]) => [
    name,
    { shape: variable.shape, values: variable.dataSync() as Float32Array },
  ]);
  writeTensorFile(join(folder, 'model.safetensors'), {
    tensors: Object.fromEntries(tensors),
    metadata: { format: 'pt', step: String(step) },
  });
}
