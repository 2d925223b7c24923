import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hubConfig, type NeoXConfig, readTokenizer } from './config';
import {
  breathe,
  compile,
  generator,
  lockFolder,
  logProbOf,
  makeFolder,
  OUT,
  type ParameterSpec,
  type Phase,
  Problem,
  type Progress,
  readTensorFile,
  storedTensors,
  type TensorFile,
  Trainer,
  tf,
  writeJson,
  writeTensorFile,
  writeWhole,
  writing,
} from './core';
import { neoxForward, neoxShapes } from './gpt-neox';
import { CORPUS, type Corpus, readCorpus } from './probes';
import { checkpointSteps, revisionOf } from './steps';
import { readPythiaTable, writePythiaTable } from './tables';

/**
 * The stand-ins: small GPT-NeoX models trained here on six novels of Jane Austen, with Pythia's architecture and steps
 * of checkpoints, so that everything runs without the hub. What they show is not said of Pythia.
 */
export const STANDINS = {
  'austen-0.2m': { layers: 3, width: 32, heads: 4 },
  'austen-0.5m': { layers: 4, width: 64, heads: 4 },
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
  ...{ steps: 1000, batch: 4, length: 128, learningRate: 2e-3, seed: 0 },
};
/** Pythia's own, but for the learning rate (Biderman et al. 2023, appendix A): 1 % warm-up, cosine to a tenth. */
const ADAMW = { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.1, clip: 1 } as const;
const WARMUP = 0.01;
const FINAL_FRACTION = 0.1;
/** Held-out sequences behind a loss. */
const HELD_OUT_SEQUENCES = 128;

export function isStandin(name: string): name is Standin {
  return Object.hasOwn(STANDINS, name);
}

/** The stand-in's shape. Its context is longer than what it is trained on: rotary positions need no table. */
export function standinConfig(name: Standin): NeoXConfig {
  const { layers, width, heads } = STANDINS[name];
  const rotary = Math.trunc(width / heads / 4);
  return {
    ...{ layers, width, heads, inner: 4 * width, vocabulary: 2048, context: 512 },
    ...{ rotary, rotaryBase: 10_000, epsilon: 1e-5 },
  };
}

/**
 * Trains a stand-in and saves its checkpoints as `<hub>/standin/<name>/step<N>/`, the table of its losses beside them.
 * Until all is there the folder's name ends in `.partial`; the same call goes on, along the same trajectory.
 *
 * ```ts
 * await makeStandin('austen-0.5m'); // some minutes the first time
 * show(pythiaRank([await measureTrajectory(standinModel('austen-0.5m'), [0, 8, 64, 500])]));
 * ```
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
    readonly onProgress?: (progress: Progress) => void;
  } = {},
): Promise<string> {
  const { hub = STANDIN_HUB, signal, onProgress } = options;
  const training = { ...STANDIN_TRAINING, ...options.training };
  const { steps, batch, length } = training;
  const folder = join(hub, STANDIN_OWNER, name);
  if (existsSync(folder)) {
    // Left where a former call was killed at its very end.
    for (const rest of LEFTOVERS) rmSync(join(folder, rest), { force: true });
    return folder;
  }
  const config = standinConfig(name);
  const unfinished = `${folder}.partial`;
  makeFolder(unfinished);
  const release = lockFolder(unfinished, 'the training');
  const state = join(unfinished, STATE);
  const settings = JSON.stringify({ config, training });
  let school: ReturnType<typeof pretraining> | undefined;
  try {
    const stored = existsSync(state) ? readTensorFile(state) : undefined;
    const known = stored?.metadata.settings === settings ? stored : undefined;
    const { corpus = readCorpus(readTokenizer(CORPUS)) } = options;
    school = pretraining(config, training, corpus, known);
    const { trainer } = school;
    // Of a training with other settings nothing is taken.
    const rows = known
      ? readPythiaTable(unfinished, 'training').filter(({ step }) => step <= trainer.step)
      : [];
    const scheduled = new Set(checkpointSteps(steps));
    const first = trainer.step;
    const before = rows.at(-1)?.seconds ?? 0;
    const start = performance.now();
    let losses: number[] = [];
    for (;;) {
      const { step } = trainer;
      const seconds = (performance.now() - start) / 1000;
      if (scheduled.has(step) && rows.at(-1)?.step !== step) {
        const held_out = school.heldOutLoss();
        const mean = losses.reduce((sum, value) => sum + value, 0) / losses.length;
        rows.push({
          ...{ step, loss: step === 0 ? held_out : mean, held_out, tokens: step * batch * length },
          seconds: before + Math.round(seconds),
        });
        losses = [];
        save(join(unfinished, revisionOf(step)), config, trainer);
        // Losses first: a state without its row could not go on.
        writePythiaTable(unfinished, 'training', rows);
        const { tensors, metadata } = trainer.store();
        writeTensorFile(state, { tensors, metadata: { ...metadata, settings } });
      }
      if (step === steps) break;
      if (signal?.aborted) {
        throw new Problem(
          `Stopped at step ${step} of ${name}'s training; the checkpoints by step ${rows.at(-1)!.step} are kept. ` +
            'Run the same again to go on.',
        );
      }
      const { loss } = trainer.advance();
      losses.push(loss);
      onProgress?.({
        ...{ label: name, done: step + 1, of: steps, detail: `loss ${loss.toFixed(3)}` },
        secondsLeft: (seconds / (step + 1 - first)) * (steps - step - 1),
      });
      await breathe();
    }
    // In its place first: killed before it is there, it goes on; killed after, only leftovers remain.
    writing(folder, () => renameSync(unfinished, folder));
    for (const rest of LEFTOVERS) rmSync(join(folder, rest), { force: true });
  } finally {
    school?.dispose();
    release();
  }
  return folder;
}

/** Next-token prediction on random windows of the corpus. @param stored what a former training goes on from. */
function pretraining(
  config: NeoXConfig,
  { batch, length, steps, seed, learningRate }: StandinTraining,
  corpus: Corpus,
  stored?: TensorFile,
) {
  /** `[batch, length + 1]`: each row starts where `start(room, row)` says, below `room`. */
  const windows = (tokens: Int32Array, start: (room: number, row: number) => number) => {
    const size = length + 1;
    const values = new Int32Array(batch * size);
    for (let row = 0; row < batch; row++) {
      const at = start(tokens.length - size, row);
      values.set(tokens.subarray(at, at + size), row * size);
    }
    return tf.tensor2d(values, [batch, size], 'int32');
  };
  const phase: Phase = {
    loss: (weights, [given]) => nextTokenLoss(config, weights, given as tf.Tensor2D),
  };
  const warmup = Math.max(1, Math.round(WARMUP * steps));
  const lesson = {
    ...{ name: 'the stand-in', specs: startingSpecs(config), phaseAt: () => phase },
    config: { ...ADAMW, learningRate, scheduled: steps, warmup, finalFraction: FINAL_FRACTION },
    gaussian: () => {
      const random = generator(seed, 'stand-in weights');
      return () => random.gaussian();
    },
    batchAt: (step: number): tf.Tensor[] => {
      const draw = generator(seed, 'stand-in batch', step);
      return [windows(corpus.training, (room) => draw.below(room))];
    },
    largestLoss: 3 * Math.log(config.vocabulary),
  };
  const trainer = new Trainer(lesson, stored);
  const name = 'stand-in loss';
  const loss = compile((given) => phase.loss(trainer.parameters, [given]), { name });
  /** Loss on windows spread evenly over the held-out text, nats per token. */
  const heldOutLoss = (): number => {
    const calls = Math.ceil(HELD_OUT_SEQUENCES / batch);
    const losses = Array.from({ length: calls }, (_, call) => {
      const place = (room: number, row: number) =>
        Math.floor(((call * batch + row) / (calls * batch)) * room);
      return tf.tidy(() => loss(windows(corpus.heldOut, place)).dataSync()[0]);
    });
    return losses.reduce((a, b) => a + b) / calls;
  };
  const dispose = () => {
    loss.dispose();
    trainer.dispose();
  };
  return { trainer, heldOutLoss, dispose };
}

/** Mean cross-entropy of each window's next tokens, nats per token. */
function nextTokenLoss(
  config: NeoXConfig,
  weights: Record<string, tf.Tensor>,
  windows: tf.Tensor2D,
): tf.Scalar {
  const [rows, size] = windows.shape;
  const inputs = tf.slice(windows, [0, 0], [rows, size - 1]);
  const targets = tf.slice(windows, [0, 1], [rows, size - 1]);
  const { logits } = neoxForward(config, weights, inputs);
  return tf.neg(tf.mean(logProbOf(logits, targets))) as tf.Scalar;
}

/**
 * Starting weights as in GPT-NeoX's configs for Pythia: normal with √(2/5D) (Nguyen & Salazar 2019), and 2/(L√D) for the
 * layers that write into the residual stream (Wang & Komatsuzaki 2021).
 */
function startingSpecs(config: NeoXConfig): ParameterSpec[] {
  const { layers, width } = config;
  return Object.entries(neoxShapes(config)).map(([name, shape]) => {
    if (shape.length < 2)
      return { name, shape, start: { fill: name.endsWith('norm.weight') ? 1 : 0 } };
    const residual = /attention\.dense|4h_to_h/.test(name);
    const std = residual ? 2 / (layers * Math.sqrt(width)) : Math.sqrt(2 / (5 * width));
    return { name, shape, start: { std } };
  });
}

/** What a training goes on from, and what else is of no use once it has ended. */
const STATE = 'state.safetensors';
const LEFTOVERS = [STATE, 'lock'];

/** One checkpoint, with the files that a checkpoint on the hub has. */
function save(folder: string, config: NeoXConfig, { parameters, step }: Trainer): void {
  writeJson(join(folder, 'config.json'), hubConfig(config));
  writeJson(join(folder, 'tokenizer_config.json'), { eos_token: '<|endoftext|>' });
  writeWhole(join(folder, 'tokenizer.json'), readFileSync(join(CORPUS, 'tokenizer.json')));
  const metadata = { format: 'pt', step: String(step) };
  const tensors = storedTensors(parameters);
  writeTensorFile(join(folder, 'model.safetensors'), { tensors, metadata });
}
