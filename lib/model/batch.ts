import { tf } from '../environment/tensorflow';

/** One batch, R rows of T tokens, row by row. */
export interface Batch {
  /** Tokens that the model sees, `R · T`. */
  readonly inputs: Int32Array;
  /** The token that comes next at each position, `R · T`. */
  readonly targets: Int32Array;
  /** 1 where the next token belongs to the answer, else 0, `R · T`. */
  readonly weights: Float32Array;
  /** Each token's place in its sequence, `R · T`, where rows hold several in turn. Without it each row is one. */
  readonly positions?: Int32Array;
}

/**
 * A batch as tensors `[R, T]`: inputs, targets, weights and, where it has them, positions.
 * @param T tokens in a row, the model's context at most.
 * @throws RangeError for a batch without rows.
 */
export function batchTensors(batch: Batch, T: number): tf.Tensor2D[] {
  const { inputs, targets, weights, positions } = batch;
  if (inputs.length === 0) {
    throw new RangeError('A batch needs at least one sequence, and got none: is the task empty?');
  }
  const shape: [number, number] = [inputs.length / T, T];
  const tokens = tf.tensor2d(inputs, shape, 'int32');
  const next = tf.tensor2d(targets, shape, 'int32');
  const answers = tf.tensor2d(weights, shape);
  if (!positions) return [tokens, next, answers];
  return [tokens, next, answers, tf.tensor2d(positions, shape, 'int32')];
}
