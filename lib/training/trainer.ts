import { compile } from '../compile';
import { tf } from '../environment/tensorflow';
import { Problem } from '../files/problem';
import type { TensorFile } from '../files/safetensors';
import { initialParameters, type ParameterSpec } from '../model/parameters';
import { type AdamWConfig, adamwUpdate, type Moments } from './adamw';
import { type LearningRateSchedule, learningRateAt } from './schedule';

/** What one update did. */
export interface Update {
  /** Number of the update, from 1. */
  readonly step: number;
  /** The loss before the update: of the study, mean cross-entropy of the answers, nats per token. */
  readonly loss: number;
  readonly learningRate: number;
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm: number;
}

/** What is minimized, and what of the model may move. */
export interface Phase {
  /** A scalar of the weights, by name, and a batch's tensors. */
  loss(parameters: Record<string, tf.Tensor>, batch: tf.Tensor[]): tf.Scalar;
  /** True for a parameter that stays as it is; none by default. */
  readonly frozen?: (name: string) => boolean;
}

/** All that a training is made of. What depends on a step must depend on nothing else, so that resuming needs no replay. */
export interface Lesson {
  /** For messages: `nano, seed 0`. */
  readonly name: string;
  readonly specs: readonly ParameterSpec[];
  readonly config: AdamWConfig & LearningRateSchedule;
  /** Standard normal numbers for the start, always the same ones. */
  gaussian(): () => number;
  /** The batch of an update, as new tensors. */
  batchAt(step: number): tf.Tensor[];
  /** Each phase is compiled once, so give the same object while it lasts. */
  phaseAt(step: number): Phase;
  /** A loss above this has diverged. */
  readonly largestLoss: number;
}

/**
 * One training in progress: the weights, AdamW's moments and the number of updates done. Two trainers with the same
 * lesson go through the same weights, bit by bit, on the same kind of processor and number of threads, whether or not
 * one of them was stored and restored on the way.
 */
export class Trainer {
  /** The weights, updated in place. */
  readonly parameters: Record<string, tf.Variable> = {};
  private readonly moments: Moments = { first: {}, second: {} };
  private readonly compiled = new Map<Phase, ReturnType<typeof compile>>();
  private done = 0;

  /**
   * @param stored what {@link Trainer.store} gave, to go on from there; a fresh start without.
   * @throws Problem where the stored tensors are not those of the model.
   */
  constructor(
    private readonly lesson: Lesson,
    stored?: TensorFile,
  ) {
    const start = stored ? undefined : initialParameters(lesson.specs, lesson.gaussian());
    for (const { name, shape } of lesson.specs) {
      const load = (kind: string) => {
        // Filled by TensorFlow: tf.zeros would make an array of JavaScript's first.
        if (!stored) return tf.fill([...shape], 0);
        const { values, shape: found } = stored.tensors[`${kind}.${name}`] ?? { shape: [] };
        if (!values || String(found) !== String(shape)) {
          throw new Problem(
            `The checkpoint does not fit the model: ${kind}.${name} should be [${shape}] and is ` +
              `${values ? `[${found}]` : 'missing'}. Use the checkpoint's own scale or start a new run.`,
          );
        }
        return tf.tensor(values, [...shape]);
      };
      const variable = (value: tf.Tensor) => {
        const made = tf.variable(value);
        value.dispose();
        return made;
      };
      this.parameters[name] = variable(start ? tf.tensor(start[name], [...shape]) : load('model'));
      this.moments.first[name] = variable(load('adamw.first'));
      this.moments.second[name] = variable(load('adamw.second'));
    }
    this.done = stored ? Number(stored.metadata.step) : 0;
  }

  /** Updates done so far. */
  get step(): number {
    return this.done;
  }

  /**
   * Makes one update.
   * @throws Problem where the loss or the gradient is no longer a number (the weights are then as before), or
   * the loss has exploded.
   */
  advance(): Update {
    const { lesson } = this;
    const step = this.done + 1;
    const learningRate = learningRateAt(step, lesson.config);
    const update = this.updateOf(lesson.phaseAt(step));
    const [loss, gradientNorm] = tf.tidy(() => {
      const result = update(tf.scalar(learningRate), tf.scalar(step), ...lesson.batchAt(step));
      return (result as tf.Tensor[]).map((tensor) => tensor.dataSync()[0]);
    });
    if (!(loss <= lesson.largestLoss) || !Number.isFinite(gradientNorm)) {
      throw new Problem(
        `${lesson.name} diverged at step ${step} (loss ${loss}, gradient norm ${gradientNorm}): lower ` +
          `learningRate (${lesson.config.learningRate}) or lengthen warmup (${lesson.config.warmup}) and start anew.`,
      );
    }
    this.done = step;
    return { step, loss, learningRate, gradientNorm };
  }

  /** All that the constructor needs to go on. The generators need no state: they are keyed by seed and step. */
  store(): TensorFile {
    const tensors: TensorFile['tensors'] = {};
    const kinds = {
      model: this.parameters,
      'adamw.first': this.moments.first,
      'adamw.second': this.moments.second,
    };
    for (const [kind, variables] of Object.entries(kinds)) {
      for (const [name, variable] of Object.entries(variables)) {
        const values = variable.dataSync() as Float32Array;
        tensors[`${kind}.${name}`] = { shape: variable.shape, values };
      }
    }
    return { tensors, metadata: { step: String(this.done) } };
  }

  /** Frees the weights and everything compiled for them. */
  dispose(): void {
    for (const compiled of this.compiled.values()) compiled.dispose();
    const kinds = [this.parameters, this.moments.first, this.moments.second];
    for (const variables of kinds) tf.dispose(Object.values(variables));
  }

  private updateOf(phase: Phase): ReturnType<typeof compile> {
    let update = this.compiled.get(phase);
    if (!update) {
      update = compile(
        (learningRate, step, ...batch) =>
          this.plainUpdate(phase, learningRate as tf.Scalar, step as tf.Scalar, batch),
        { name: `training step (${this.lesson.name})` },
      );
      this.compiled.set(phase, update);
    }
    return update;
  }

  private plainUpdate(
    { loss, frozen = () => false }: Phase,
    learningRate: tf.Scalar,
    step: tf.Scalar,
    batch: tf.Tensor[],
  ): tf.Tensor[] {
    const moving = Object.fromEntries(
      Object.entries(this.parameters).filter(([name]) => !frozen(name)),
    );
    const { value, grads } = tf.variableGrads(
      () => loss(this.parameters, batch),
      Object.values(moving),
    );
    const gradients = Object.fromEntries(
      Object.entries(moving).map(([name, variable]) => [name, grads[variable.name]]),
    );
    const { config } = this.lesson;
    return [value, adamwUpdate(moving, this.moments, gradients, learningRate, step, config)];
  }
}
