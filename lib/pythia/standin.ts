import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OUT } from '../environment/paths';
import { Problem, writing } from '../environment/problem';
import type { tf } from '../environment/tensorflow';
import { writeTensorFile } from '../training/safetensors';
import { hubConfig, type NeoXConfig } from './config';
import { CORPUS, readCorpus } from './corpus';
import { StandinTrainer } from './standin-trainer';
import { checkpointSteps, revisionOf } from './steps';
import { readTokenizer } from './tokenizer';

/**
 * The offline stand-in: small GPT-NeoX models trained here on six novels of Jane Austen, with Pythia's
 * architecture and checkpoint schedule, so that everything runs where the hub cannot be reached. They are not
 * Pythia, and what they show is not said of Pythia.
 */
export const STANDINS = {
  'austen-0.2m': { layers: 3, width: 32, heads: 4 },
  'austen-0.5m': { layers: 4, width: 64, heads: 4 },
  'austen-1.7m': { layers: 6, width: 128, heads: 4 },
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
  steps: 4000,
  batch: 16,
  length: 64,
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

/** One row of a stand-in's training table. */
export interface StandinRow {
  readonly step: number;
  /** Mean loss of the updates since the checkpoint before, nats per token. */
  readonly loss: number;
  /** Loss on 16,384 tokens of held-out text, nats per token. */
  readonly held_out: number;
  readonly tokens: number;
  readonly seconds: number;
}

/**
 * Trains a stand-in and saves its checkpoints as `<hub>/standin/<name>/step<N>/`. The model's folder appears
 * when all of it is there.
 * @returns one row a checkpoint, or undefined where the model is there already.
 * @throws Problem where `signal` stops it (nothing is kept), the disk is full, or the training diverges.
 */
export async function makeStandin(
  name: Standin,
  options: {
    readonly hub?: string;
    readonly training?: Partial<StandinTraining>;
    readonly signal?: AbortSignal;
    readonly onProgress?: (progress: StandinProgress) => void;
  } = {},
): Promise<StandinRow[] | undefined> {
  const { hub = STANDIN_HUB, signal, onProgress } = options;
  const training = { ...STANDIN_TRAINING, ...options.training };
  const folder = join(hub, STANDIN_OWNER, name);
  if (existsSync(folder)) return undefined;
  const fresh = `${folder}.partial`;
  rmSync(fresh, { recursive: true, force: true });
  const config = standinConfig(name);
  const trainer = new StandinTrainer(config, training, readCorpus(readTokenizer(CORPUS)));
  const rows: StandinRow[] = [];
  const scheduled = new Set(checkpointSteps(training.steps));
  const start = Date.now();
  let losses: number[] = [];
  try {
    for (;;) {
      const { step } = trainer;
      if (scheduled.has(step)) {
        save(join(fresh, revisionOf(step)), config, trainer.parameters, step);
        const heldOut = trainer.heldOutLoss();
        const mean = losses.reduce((sum, value) => sum + value, 0) / losses.length;
        rows.push({
          step,
          loss: step === 0 ? heldOut : mean,
          held_out: heldOut,
          tokens: step * training.batch * training.length,
          seconds: Math.round((Date.now() - start) / 1000),
        });
        losses = [];
      }
      if (step === training.steps) break;
      if (signal?.aborted) {
        throw new Problem(`Stopped at step ${step}: nothing of ${name} is kept. Run it again.`);
      }
      const loss = trainer.advance();
      losses.push(loss);
      const seconds = (Date.now() - start) / 1000;
      onProgress?.({
        ...{ step: step + 1, steps: training.steps, loss },
        secondsLeft: (seconds / (step + 1)) * (training.steps - step - 1),
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
    writing(folder, () => renameSync(fresh, folder));
  } finally {
    trainer.dispose();
    rmSync(fresh, { recursive: true, force: true });
  }
  return rows;
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
