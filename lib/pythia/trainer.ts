import {
  type AdamWConfig,
  adamwUpdate,
  compile,
  type LearningRateSchedule,
  learningRateAt,
  type Moments,
  Problem,
  type StoredTensor,
  tf,
} from './core';

/** What a {@link Trainer} trains, and on what. */
export interface TrainerOptions {
  /** Weights by name, with their shapes. */
  readonly specs: Readonly<Record<string, readonly number[]>>;
  /** Starting values of one of them. */
  readonly initial: (name: string, shape: readonly number[]) => Float32Array;
  /** Loss of a batch, a scalar; its weights are the trainer's `parameters`. */
  readonly loss: (weights: Record<string, tf.Tensor>, batch: tf.Tensor) => tf.Scalar;
  readonly config: AdamWConfig & LearningRateSchedule;
  /** The batch of update `step`, from 1; it depends on the step alone. */
  readonly batchAt: (step: number) => tf.Tensor;
}

/** One training in progress, compiled, in float32: weights, AdamW's moments and the number of updates done. */
export class Trainer {
  readonly parameters: Record<string, tf.Variable> = {};
  private readonly moments: Moments = { first: {}, second: {} };
  private readonly update: ReturnType<typeof compile>;
  private done = 0;

  constructor(private readonly options: TrainerOptions) {
    for (const [name, shape] of Object.entries(options.specs)) {
      const own = (values: Float32Array) =>
        tf.tidy(() => tf.variable(tf.tensor(values, [...shape])));
      const initial = options.initial(name, shape);
      this.parameters[name] = own(initial);
      this.moments.first[name] = own(new Float32Array(initial.length));
      this.moments.second[name] = own(new Float32Array(initial.length));
    }
    this.update = compile(
      (batch, rate, step) => {
        const weights = Object.values(this.parameters);
        const { value, grads } = tf.variableGrads(
          () => options.loss(this.parameters, batch),
          weights,
        );
        const gradients = Object.fromEntries(
          Object.entries(this.parameters).map(([name, own]) => [name, grads[own.name]]),
        );
        const [at, count] = [rate as tf.Scalar, step as tf.Scalar];
        adamwUpdate(this.parameters, this.moments, gradients, at, count, options.config);
        return value;
      },
      { name: 'training step' },
    );
  }

  /** Updates done so far. */
  get step(): number {
    return this.done;
  }

  /**
   * Makes one update.
   * @returns the loss before it.
   * @throws Problem where the loss is no longer a number.
   */
  advance(): number {
    const step = this.done + 1;
    const rate = learningRateAt(step, this.options.config);
    const [loss] = tf.tidy(() => {
      const result = this.update(this.options.batchAt(step), tf.scalar(rate), tf.scalar(step));
      return (result as tf.Tensor).dataSync();
    });
    if (!Number.isFinite(loss)) {
      throw new Problem(`The loss is ${loss} at step ${step}: lower the learning rate.`);
    }
    this.done = step;
    return loss;
  }

  /** Weights and moments, by name: with the number of updates all that the training goes on from. */
  store(): Record<string, StoredTensor> {
    return Object.fromEntries(
      this.variables().map(([name, variable]) => [
        name,
        { shape: variable.shape, values: variable.dataSync() as Float32Array },
      ]),
    );
  }

  /**
   * Goes on from what {@link store} gave, as if it had never stopped.
   * @param step updates that were done by then.
   */
  restore(step: number, stored: Record<string, StoredTensor>): void {
    for (const [name, variable] of this.variables()) {
      const { shape, values } = stored[name] ?? { shape: [] };
      if (String(shape) !== String(variable.shape)) {
        throw new Problem(`The saved state is of another model: ${name} has shape [${shape}].`);
      }
      tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
    }
    this.done = step;
  }

  dispose(): void {
    this.update.dispose();
    tf.dispose(this.variables().map(([, variable]) => variable));
  }

  private variables(): [string, tf.Variable][] {
    const { first, second } = this.moments;
    return Object.entries({ weights: this.parameters, first, second }).flatMap(([kind, own]) =>
      Object.entries(own).map(([name, variable]): [string, tf.Variable] => [
        `${kind} ${name}`,
        variable,
      ]),
    );
  }
}
