import { compile } from '../compile';
import { Problem } from '../environment/problem';
import { tf } from '../environment/tensorflow';
import { type Batch, batchTensors } from '../model/batch';
import { initialParameters, parameterSpecs } from '../model/parameters';
import type { ModelConfig } from '../model/scales';
import { answerLoss, forward } from '../model/transformer';
import { adamwUpdate, type Moments } from './adamw';
import type { TrainingConfig } from './config';
import type { TensorFile } from './safetensors';
import { learningRateAt } from './schedule';

/** What one update did. */
export interface Update {
  /** Number of the update, from 1. */
  readonly step: number;
  /** Mean cross-entropy of the answers before the update, in nats per token. */
  readonly loss: number;
  readonly learningRate: number;
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm: number;
}

/** A training whose loss is this many times that of guessing evenly has diverged. */
const EXPLODED = 5;

/** Where a trainer gets its data and its random start; both must depend on their arguments alone. */
export interface TrainingSource {
  /** The batch of update `step`. It depends on the step alone, so resuming needs no replay. */
  batchAt(step: number): Batch;
  /** A fresh generator of standard normal numbers for the initial weights. */
  gaussian(): () => number;
}

/**
 * One training in progress: the weights, AdamW's moments and the number of updates done. Two trainers with
 * the same model, config and source go through the same weights, bit by bit, on the same machine and number
 * of threads, whether or not one of them was stored and restored on the way.
 */
export class Trainer {
  /** The weights, updated in place. */
  readonly parameters: Record<string, tf.Variable> = {};
  private readonly moments: Moments = { first: {}, second: {} };
  private readonly compiled: ReturnType<typeof compile>;
  private done = 0;

  private constructor(
    readonly model: ModelConfig,
    readonly config: TrainingConfig,
    private readonly source: TrainingSource,
    stored?: TensorFile,
  ) {
    const start = stored
      ? undefined
      : initialParameters(model, source.gaussian(), config.initialStd);
    for (const { name, shape } of parameterSpecs(model)) {
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
      const own = (value: tf.Tensor) => {
        const variable = tf.variable(value);
        value.dispose();
        return variable;
      };
      this.parameters[name] = own(start ? tf.tensor(start[name], [...shape]) : load('model'));
      this.moments.first[name] = own(load('adamw.first'));
      this.moments.second[name] = own(load('adamw.second'));
    }
    this.done = stored ? Number(stored.metadata.step) : 0;
    this.compiled = compile(
      (learningRate, step, ...batch) => this.plainStep(learningRate, step, batch),
      { name: `training step (${model.scale})` },
    );
  }

  /** A training at its start, before any update. */
  static start(model: ModelConfig, config: TrainingConfig, source: TrainingSource): Trainer {
    return new Trainer(model, config, source);
  }

  /**
   * A training as {@link Trainer.store} left it.
   * @throws Problem where the stored tensors are not those of the model.
   */
  static restore(
    model: ModelConfig,
    config: TrainingConfig,
    source: TrainingSource,
    stored: TensorFile,
  ): Trainer {
    return new Trainer(model, config, source, stored);
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
    const step = this.done + 1;
    const batch = this.source.batchAt(step);
    const learningRate = learningRateAt(step, this.config);
    const [loss, gradientNorm] = tf.tidy(() => {
      const result = this.compiled(
        tf.scalar(learningRate),
        tf.scalar(step),
        ...batchTensors(batch, this.model.context),
      ) as tf.Tensor[];
      return result.map((tensor) => tensor.dataSync()[0]);
    });
    const limit = EXPLODED * Math.log(this.model.vocabulary);
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm) || loss > limit) {
      throw new Problem(
        `Training diverged at step ${step} (loss ${loss}, gradient norm ${gradientNorm}): lower ` +
          `learningRate (${this.config.learningRate}) or lengthen warmup (${this.config.warmup}) and start anew.`,
      );
    }
    this.done = step;
    return { step, loss, learningRate, gradientNorm };
  }

  /** All that {@link Trainer.restore} needs. The generators need no state: they are keyed by seed and step. */
  store(): TensorFile {
    const tensors: TensorFile['tensors'] = {};
    const kinds = {
      model: this.parameters,
      'adamw.first': this.moments.first,
      'adamw.second': this.moments.second,
    };
    for (const [kind, variables] of Object.entries(kinds)) {
      for (const [name, variable] of Object.entries(variables)) {
        tensors[`${kind}.${name}`] = {
          shape: variable.shape,
          values: variable.dataSync() as Float32Array,
        };
      }
    }
    return {
      tensors,
      metadata: {
        step: String(this.done),
        generator: JSON.stringify({ seed: this.config.seed, nextBatch: this.done + 1 }),
        model: JSON.stringify(this.model),
        training: JSON.stringify(this.config),
      },
    };
  }

  /** Frees the weights and everything compiled for them. */
  dispose(): void {
    this.compiled.dispose();
    const kinds = [this.parameters, this.moments.first, this.moments.second];
    for (const variables of kinds) tf.dispose(Object.values(variables));
  }

  private plainStep(learningRate: tf.Tensor, step: tf.Tensor, batch: tf.Tensor[]): tf.Tensor[] {
    const { value, grads } = tf.variableGrads(() => {
      const [inputs, targets, weights, positions] = batch as tf.Tensor2D[];
      const { logits } = forward(this.model, this.parameters, inputs, positions);
      return answerLoss(logits, targets, weights);
    }, Object.values(this.parameters));
    const gradients: Record<string, tf.Tensor> = {};
    for (const [name, variable] of Object.entries(this.parameters))
      gradients[name] = grads[variable.name];
    const norm = adamwUpdate(
      this.parameters,
      this.moments,
      gradients,
      learningRate as tf.Scalar,
      step as tf.Scalar,
      this.config,
    );
    return [value, norm];
  }
}
