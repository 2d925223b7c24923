import { compile } from '../../compile';
import { tf } from '../../environment/tensorflow';
import type { StoredTensor } from '../../files/safetensors';
import { type ParameterSpec, parameterSpecs } from '../../model/parameters';
import type { ModelConfig } from '../../model/scales';
import { answerLoss, forward, type Parameters } from '../../model/transformer';

/** One named block of a point's numbers. */
type ParameterShape = Pick<ParameterSpec, 'name' | 'shape'>;

/** A point's blocks by name. */
type Blocks = Record<string, tf.Tensor>;
/** P numbers. */
type Point = ArrayLike<number>;

/**
 * A loss as a function of one flat vector of parameters, compiled once for each shape of batch. All methods are
 * deterministic and free what they use.
 */
export class Objective {
  /** Numbers in a point, P. */
  readonly size: number;
  private readonly compiled: Record<'loss' | 'gradient', ReturnType<typeof compile>>;

  /** @param shapes the parameters, in the order in which a point lists them. @param name for messages. */
  constructor(
    readonly shapes: readonly ParameterShape[],
    private readonly tensorLoss: (blocks: Blocks, ...batch: tf.Tensor[]) => tf.Scalar,
    private readonly name: string,
  ) {
    this.size = sizeOf(shapes);
    const slope = { name: `gradient of ${name}` };
    this.compiled = {
      loss: compile((flat, ...batch) => tensorLoss(this.split(flat), ...batch), { name }),
      gradient: compile((flat, ...batch) => this.plainGradient(flat, batch), slope),
    };
  }

  /** The loss alone, at a third of the gradient's cost. @throws RangeError for a point of another size. */
  loss(point: Point, batch: readonly tf.Tensor[]): number {
    return tf.tidy(() => (this.run('loss', point, batch) as tf.Tensor).dataSync()[0]);
  }

  /** Loss and gradient, P numbers in the order of the parameters. @throws RangeError for a point of another size. */
  gradient(point: Point, batch: readonly tf.Tensor[]): { loss: number; gradient: Float32Array } {
    // Arrays leave the tidy by the side: it would search a returned one for tensors, number by number.
    let gradient = new Float32Array(0);
    const loss = tf.tidy(() => {
      const [value, flat] = this.run('gradient', point, batch) as tf.Tensor[];
      gradient = flat.dataSync() as typeof gradient;
      return value.dataSync()[0];
    });
    return { loss, gradient };
  }

  /** A point on the device; the caller disposes it. @throws RangeError for a point of another size. */
  upload(point: Point): tf.Tensor1D {
    if (point.length !== this.size) {
      throw new RangeError(
        `The point has ${point.length} numbers and the ${this.name} takes ${this.size}: ` +
          'measure a checkpoint with the model it belongs to.',
      );
    }
    return tf.tensor1d(point instanceof Float32Array ? point : new Float32Array(point));
  }

  /** Frees what was compiled. */
  dispose(): void {
    this.compiled.loss.dispose();
    this.compiled.gradient.dispose();
  }

  /** Value and flat gradient as operations, for functions that are compiled with more around them. */
  plainGradient(flat: tf.Tensor, batch: readonly tf.Tensor[]): tf.Tensor[] {
    const names = this.shapes.map(({ name }) => name);
    const blocks = this.split(flat);
    const differentiate = tf.valueAndGrads((...values: tf.Tensor[]) =>
      this.tensorLoss(Object.fromEntries(names.map((name, i) => [name, values[i]])), ...batch),
    );
    const { value, grads } = differentiate(names.map((name) => blocks[name]));
    return [value, tf.concat(grads.map((grad) => grad.reshape([-1])))];
  }

  /** A flat point's blocks by name, as operations. */
  split(flat: tf.Tensor): Blocks {
    let at = 0;
    return Object.fromEntries(
      this.shapes.map(({ name, shape }) => {
        const size = tf.util.sizeFromShape([...shape]);
        const block = tf.slice(flat as tf.Tensor1D, at, size).reshape([...shape]);
        at += size;
        return [name, block];
      }),
    );
  }

  private run(kind: 'loss' | 'gradient', point: Point, batch: readonly tf.Tensor[]) {
    return this.compiled[kind](this.upload(point), ...batch);
  }
}

/**
 * A model's weights, as a checkpoint stores them, as one flat point.
 * @throws RangeError where one is missing, has another shape than `config` gives it, or is not finite.
 */
export function modelPoint(
  config: ModelConfig,
  weights: Readonly<Record<string, StoredTensor>>,
): Float32Array {
  const shapes = parameterSpecs(config);
  const point = new Float32Array(sizeOf(shapes));
  let at = 0;
  for (const { name, shape } of shapes) {
    const found = weights[name];
    if (!found || String(found.shape) !== String(shape)) {
      throw new RangeError(
        `Parameter ${name} should be [${shape}] and is ${found ? `[${found.shape}]` : 'missing'}: ` +
          'the checkpoint is of another architecture; measure it with its own.',
      );
    }
    const broken = found.values.find((value) => !Number.isFinite(value));
    if (broken !== undefined) {
      throw new RangeError(`Parameter ${name} holds ${broken}: the checkpoint is broken.`);
    }
    point.set(found.values, at);
    at += found.values.length;
  }
  return point;
}

function sizeOf(shapes: readonly ParameterShape[]): number {
  return shapes.reduce((sum, { shape }) => sum + tf.util.sizeFromShape([...shape]), 0);
}

/**
 * The transformer's training loss, mean cross-entropy of answer tokens in nats, as an {@link Objective}; its batches are
 * those of `batchTensors`.
 */
export function answerObjective(config: ModelConfig): Objective {
  const loss = (parameters: Parameters, ...batch: tf.Tensor[]) => {
    const [inputs, targets, weights, positions] = batch as tf.Tensor2D[];
    return answerLoss(forward(config, parameters, inputs, positions).logits, targets, weights);
  };
  return new Objective(parameterSpecs(config), loss, `answer loss (${config.scale})`);
}
