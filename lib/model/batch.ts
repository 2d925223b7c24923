import { tf } from '../environment/tensorflow';

/** One batch, R rows of T tokens, row by row. */
export interface Batch {
  /** Tokens that the model sees, `R · T`. */
  readonly inputs: Int32Array;
  /** The token that comes next at each position, `R · T`. */
  readonly targets: Int32Array;
  /** 1 where the next token belongs to the answer, else 0, `R · T`. */
  readonly weights: Float32Array;
  /**
   * Each token's place in its sequence, `R · T`, where rows hold several sequences one after another. Without
   * it each row is one sequence.
   */
  readonly positions?: Int32Array;
}

/**
 * A batch as tensors `[R, T]`: inputs, targets, weights and, where it has them, positions.
 * @param T tokens in a row, the model's context at most.
 * @throws RangeError for a batch without rows.
 */
export function batchTensors(
  { inputs, targets, weights, positions }: Batch,
  T: number,
): tf.Tensor2D[] {
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

/**
 * Chosen rows as tensors, of rows that hold one sequence each.
 * @param T tokens in a row. @param rows which. @param used of their tokens, the first ones.
 * @throws RangeError for no rows, or one that is not there.
 */
export function sequenceTensors(
  { inputs, targets, weights }: Batch,
  T: number,
  rows: readonly number[],
  used = T,
): tf.Tensor2D[] {
  const available = inputs.length / T;
  const missing = rows.find((row) => !(row >= 0 && row < available));
  if (missing !== undefined) {
    throw new RangeError(`Sequence ${missing} is asked for, and there are ${available}.`);
  }
  const pick = <A extends Int32Array | Float32Array>(values: A, into: A): A => {
    rows.forEach((row, i) => {
      into.set(values.subarray(row * T, row * T + used), i * used);
    });
    return into;
  };
  const size = rows.length * used;
  const picked = {
    inputs: pick(inputs, new Int32Array(size)),
    targets: pick(targets, new Int32Array(size)),
    weights: pick(weights, new Float32Array(size)),
  };
  return batchTensors(picked, used);
}

/**
 * Each sequence as a batch of its own, as the Fisher matrix takes them. Most end before half of T and are cut
 * there: what comes after an answer does not change its loss, and each shape is compiled, so there are two only.
 * @param T tokens in a row.
 */
export function singleTensors(sequences: Batch, T: number): tf.Tensor2D[][] {
  const { inputs, weights } = sequences;
  const half = Math.ceil(T / 2);
  return Array.from({ length: inputs.length / T }, (_, row) => {
    const later = weights.subarray(row * T + half, (row + 1) * T);
    return sequenceTensors(sequences, T, [row], later.some((weight) => weight > 0) ? T : half);
  });
}
