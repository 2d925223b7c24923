import { compile } from '../compile';
import { Problem } from '../environment/problem';
import { tf } from '../environment/tensorflow';
import { generator } from '../tasks/random';
import { type AdamWConfig, adamwUpdate, type Moments } from '../training/adamw';
import type { StoredTensor } from '../training/safetensors';
import { learningRateAt } from '../training/schedule';
import type { NeoXConfig } from './config';
import type { Corpus } from './corpus';
import { neoxForward, neoxShapes } from './gpt-neox';
import type { StandinTraining } from './standin';

/** Pythia's own, but for the learning rate (Biderman et al. 2023, appendix A): 1 % warm-up, cosine to a tenth. */
const ADAMW: AdamWConfig = { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.1, clip: 1 };
const WARMUP = 0.01;
const FINAL_FRACTION = 0.1;
/** Held-out sequences behind a loss. */
const HELD_OUT_SEQUENCES = 128;

/** The training of a stand-in: next-token prediction on random windows of the corpus, compiled, in float32. */
export class StandinTrainer {
  readonly parameters: Record<string, tf.Variable>;
  private readonly moments: Moments;
  private readonly update: ReturnType<typeof compile>;
  private readonly loss: ReturnType<typeof compile>;
  private done = 0;

  constructor(
    private readonly config: NeoXConfig,
    private readonly training: StandinTraining,
    private readonly corpus: Corpus,
  ) {
    this.parameters = initialWeights(config, training.seed);
    const zeros = () =>
      Object.fromEntries(
        Object.entries(this.parameters).map(([name, { shape }]) => [
          name,
          tf.tidy(() => tf.variable(tf.zeros(shape))),
        ]),
      );
    this.moments = { first: zeros(), second: zeros() };
    this.loss = compile((windows) => this.plainLoss(windows as tf.Tensor2D), {
      name: 'stand-in loss',
    });
    this.update = compile(
      (windows, learningRate, step) => {
        const { value, grads } = tf.variableGrads(
          () => this.plainLoss(windows as tf.Tensor2D),
          Object.values(this.parameters),
        );
        const gradients = Object.fromEntries(
          Object.entries(this.parameters).map(([name, own]) => [name, grads[own.name]]),
        );
        const [rate, at] = [learningRate as tf.Scalar, step as tf.Scalar];
        adamwUpdate(this.parameters, this.moments, gradients, rate, at, ADAMW);
        return value;
      },
      { name: 'stand-in training step' },
    );
  }

  /** Updates done so far. */
  get step(): number {
    return this.done;
  }

  /**
   * Makes one update.
   * @returns the loss before it, nats per token.
   * @throws Problem where the loss is no longer a number.
   */
  advance(): number {
    const step = this.done + 1;
    const { batch, steps, learningRate, seed } = this.training;
    const random = generator(seed, 'stand-in batch', step);
    const rate = learningRateAt(step, {
      ...{ learningRate, steps, finalFraction: FINAL_FRACTION },
      warmup: Math.max(1, Math.round(WARMUP * steps)),
    });
    const loss = tf.tidy(() => {
      const windows = this.windows(this.corpus.training, batch, (room) => random.below(room));
      return (this.update(windows, tf.scalar(rate), tf.scalar(step)) as tf.Tensor).dataSync()[0];
    });
    if (!Number.isFinite(loss)) {
      throw new Problem(`The stand-in's loss is ${loss} at step ${step}: lower its learning rate.`);
    }
    this.done = step;
    return loss;
  }

  /** Loss on windows spread evenly over the held-out text, nats per token. */
  heldOutLoss(): number {
    const { batch } = this.training;
    const calls = Math.ceil(HELD_OUT_SEQUENCES / batch);
    let sum = 0;
    for (let call = 0; call < calls; call++) {
      sum += tf.tidy(() => {
        const windows = this.windows(this.corpus.heldOut, batch, (room, row) =>
          Math.floor(((call * batch + row) / (calls * batch)) * room),
        );
        return (this.loss(windows) as tf.Tensor).dataSync()[0];
      });
    }
    return sum / calls;
  }

  /** Weights and moments, by name: with the number of updates all that the training goes on from. */
  state(): Record<string, StoredTensor> {
    return Object.fromEntries(
      this.variables().map(([name, variable]) => [
        name,
        { shape: variable.shape, values: variable.dataSync() as Float32Array },
      ]),
    );
  }

  /**
   * Goes on from a {@link state}, as if it had never stopped.
   * @param step updates that were done by then.
   */
  restore(step: number, state: Record<string, StoredTensor>): void {
    for (const [name, variable] of this.variables()) {
      const { shape, values } = state[name] ?? { shape: [], values: [] };
      if (String(shape) !== String(variable.shape)) {
        throw new Problem(`The saved state is of another stand-in: ${name} has shape [${shape}].`);
      }
      tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
    }
    this.done = step;
  }

  private variables(): [string, tf.Variable][] {
    const { first, second } = this.moments;
    return Object.entries({ weights: this.parameters, first, second }).flatMap(([kind, own]) =>
      Object.entries(own).map(([name, variable]): [string, tf.Variable] => [
        `${kind} ${name}`,
        variable as tf.Variable,
      ]),
    );
  }

  dispose(): void {
    this.update.dispose();
    this.loss.dispose();
    for (const kind of [this.parameters, this.moments.first, this.moments.second]) {
      tf.dispose(Object.values(kind));
    }
  }

  /** `[rows, length + 1]`: each row starts where `start(room, row)` says, below `room`. */
  private windows(
    tokens: Int32Array,
    rows: number,
    start: (room: number, row: number) => number,
  ): tf.Tensor2D {
    const size = this.training.length + 1;
    const values = new Int32Array(rows * size);
    for (let row = 0; row < rows; row++) {
      const at = start(tokens.length - size, row);
      values.set(tokens.subarray(at, at + size), row * size);
    }
    return tf.tensor2d(values, [rows, size], 'int32');
  }

  private plainLoss(windows: tf.Tensor2D): tf.Scalar {
    const [rows, size] = windows.shape;
    const inputs = tf.slice(windows, [0, 0], [rows, size - 1]);
    const targets = tf.slice(windows, [0, 1], [rows, size - 1]);
    const { logits } = neoxForward(this.config, this.parameters, inputs);
    const chosen = tf.oneHot(targets, this.config.vocabulary);
    return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), chosen), -1))) as tf.Scalar;
  }
}

/**
 * Starting weights as in GPT-NeoX's configs for Pythia: normal with √(2/5D) (small init, Nguyen & Salazar
 * 2019), and 2/(L√D) for the layers that write into the residual stream (Wang & Komatsuzaki 2021).
 */
function initialWeights(config: NeoXConfig, seed: number): Record<string, tf.Variable> {
  const random = generator(seed, 'stand-in weights');
  const { layers, width } = config;
  const small = Math.sqrt(2 / (5 * width));
  const residual = 2 / (layers * Math.sqrt(width));
  return Object.fromEntries(
    Object.entries(neoxShapes(config)).map(([name, shape]) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b));
      if (name.endsWith('norm.weight')) values.fill(1);
      else if (shape.length === 2) {
        const std = /attention\.dense|4h_to_h/.test(name) ? residual : small;
        for (let i = 0; i < values.length; i++) values[i] = std * random.gaussian();
      }
      return [name, tf.tidy(() => tf.variable(tf.tensor(values, shape)))];
    }),
  );
}
