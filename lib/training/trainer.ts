import { compile } from '../compile';
import { tf } from '../environment/tensorflow';
import { Problem } from '../files/problem';
import type { StoredTensor, TensorFile } from '../files/safetensors';
import { initialParameters, type ParameterSpec } from '../model/parameters';
import { type AdamWConfig, adamwUpdate, type Moments } from './adamw';
import { type LearningRateSchedule, learningRateAt } from './schedule';

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

/** Variables as files keep them, by name. */
export function storedTensors(variables: Record<string, tf.Variable>) {
  return Object.fromEntries(
    Object.entries(variables).map(([name, variable]): [string, StoredTensor] => {
      return [name, { shape: variable.shape, values: variable.dataSync() as Float32Array }];
    }),
  );
}

/**
 * One training in progress: the weights, AdamW's moments and the number of updates done. The same lesson gives the same
 * weights, bit by bit, on the same kind of processor and number of threads, stored and restored on the way or not.
 */
export class Trainer {
  /** The weights, updated in place. */
  readonly parameters: Record<string, tf.Variable> = {};
  /** Updates done so far. */
  step = 0;
  private readonly moments: Moments = { first: {}, second: {} };
  /** All that is stored, by kind and name. */
  private readonly kinds = {
    model: this.parameters,
    'adamw.first': this.moments.first,
    'adamw.second': this.moments.second,
  };
  private readonly compiled = new Map<Phase, ReturnType<typeof compile>>();

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
      for (const [kind, variables] of Object.entries(this.kinds)) {
        const found = stored?.tensors[`${kind}.${name}`];
        if (stored && String(found?.shape) !== String(shape)) {
          throw new Problem(
            `The checkpoint does not fit the model: ${kind}.${name} should be [${shape}] and is ` +
              `${found ? `[${found.shape}]` : 'missing'}. Use the checkpoint's own scale or start a new run.`,
          );
        }
        const values = found?.values ?? (kind === 'model' ? start?.[name] : undefined);
        // Filled by TensorFlow: tf.zeros would make an array of JavaScript's first.
        const value = values ? tf.tensor(values, [...shape]) : tf.fill([...shape], 0);
        variables[name] = tf.variable(value);
        value.dispose();
      }
    }
    if (stored) this.step = Number(stored.metadata.step);
  }

  /**
   * Makes one update.
   * @returns the loss before it (of the study, mean cross-entropy of the answers, nats per token), its learning rate, and
   * the global norm of the gradient before clipping.
   * @throws Problem where the loss or the gradient is no longer a number (the weights are then as before), or
   * the loss has exploded.
   */
  advance() {
    const { lesson } = this;
    const step = this.step + 1;
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
    this.step = step;
    return { loss, learningRate, gradientNorm };
  }

  /** All that the constructor needs to go on. The generators need no state: they are keyed by seed and step. */
  store(): TensorFile {
    const tensors = Object.entries(this.kinds).flatMap(([kind, variables]) =>
      Object.entries(storedTensors(variables)).map(([name, one]) => [`${kind}.${name}`, one]),
    );
    return { tensors: Object.fromEntries(tensors), metadata: { step: String(this.step) } };
  }

  dispose(): void {
    for (const compiled of this.compiled.values()) compiled.dispose();
    tf.dispose(this.kinds);
  }

  private updateOf(phase: Phase): ReturnType<typeof compile> {
    const known = this.compiled.get(phase);
    if (known) return known;
    const { name, config } = this.lesson;
    const all = Object.entries(this.parameters);
    const some = all.filter(([name]) => !phase.frozen?.(name));
    const moving = Object.fromEntries(some);
    const update = compile(
      (learningRate, step, ...batch) => {
        const loss = () => phase.loss(this.parameters, batch);
        const { value, grads } = tf.variableGrads(loss, Object.values(moving));
        const own = some.map(([name, variable]) => [name, grads[variable.name]]);
        const gradients = Object.fromEntries(own);
        const [rate, now] = [learningRate as tf.Scalar, step as tf.Scalar];
        return [value, adamwUpdate(moving, this.moments, gradients, rate, now, config)];
      },
      { name: `training step (${name})` },
    );
    this.compiled.set(phase, update);
    return update;
  }
}
