import { tf } from '../../environment/tensorflow';
import { parameterSpecs } from '../../model/parameters';
import type { ModelConfig } from '../../model/scales';
import { answerLoss, forward, type Parameters } from '../../model/transformer';
import { flatPoint, Objective } from './objective';

/** Sequences of T tokens, row by row, as the study lays them out. */
export interface SequenceArrays {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  /** 1 where the next token belongs to the answer, else 0. */
  readonly weights: Float32Array;
}

/**
 * The transformer's loss on answers as an {@link Objective}; its batches are `[inputs, targets, weights]`, or
 * several such triples of sequences of different lengths.
 *
 * @param reduction `mean` over answer tokens is the training loss; `sum` over them and mean over sequences is
 * the negative log-probability of whole answers, whose gradients per sequence make the empirical Fisher.
 */
export function answerObjective(
  config: ModelConfig,
  reduction: 'mean' | 'sum' = 'mean',
): Objective {
  const loss = (parameters: Parameters, ...batch: tf.Tensor[]) => {
    const parts = Array.from({ length: batch.length / 3 }, (_, i) => {
      const [inputs, targets, weights] = batch.slice(3 * i, 3 * i + 3) as tf.Tensor2D[];
      const { logits } = forward(config, parameters, inputs);
      const tokens = tf.sum(weights);
      // Rows without weight only fill a batch up.
      const sequences = tf.sum(tf.sign(tf.sum(weights, -1)));
      return { sum: tf.mul(answerLoss(logits, targets, weights), tokens), tokens, sequences };
    });
    const total = (of: 'sum' | 'tokens' | 'sequences') => tf.addN(parts.map((part) => part[of]));
    return tf.div(total('sum'), total(reduction === 'mean' ? 'tokens' : 'sequences')).asScalar();
  };
  const shapes = parameterSpecs(config).map(({ name, shape }) => ({ name, shape }));
  return new Objective(shapes, loss, `${reduction} answer loss (${config.scale})`);
}

/**
 * A model's weights as one flat point.
 * @param weights live tensors, or arrays as a checkpoint stores them.
 * @throws RangeError where they are not those of `config`, or not finite.
 */
export function modelPoint(
  config: ModelConfig,
  weights: Record<string, tf.Tensor | { shape: readonly number[]; values: Float32Array }>,
): Float32Array {
  const arrays = Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => [
      name,
      { shape: weight.shape, values: 'values' in weight ? weight.values : weight.dataSync() },
    ]),
  );
  return flatPoint(parameterSpecs(config), arrays as never);
}

/**
 * Batches of chosen rows as the tensors that {@link answerObjective} takes, with less to compute: most sequences end
 * before half of T, so those make a triple of their own, cut there. What comes after an answer does not
 * change its loss. Rows without weight fill triples up to few common shapes, since each shape is compiled.
 * @param batches rows of each batch.
 * @throws RangeError for a batch without rows, or a row that is not there.
 */
export function trimmedBatches(
  arrays: SequenceArrays,
  T: number,
  batches: readonly (readonly number[])[],
): tf.Tensor[][] {
  const half = Math.ceil(T / 2);
  const isShort = (row: number) =>
    arrays.weights.subarray(row * T + half, (row + 1) * T).every((weight) => weight === 0);
  const parts = batches.map((rows) => ({
    all: rows,
    short: rows.filter(isShort),
    long: rows.filter((row) => !isShort(row)),
  }));
  // Batches with the same parts get the same shapes.
  const kind = ({ short, long }: (typeof parts)[number]) =>
    `${short.length > 0} ${long.length > 0}`;
  return parts.map((part) => {
    const alike = parts.filter((other) => kind(other) === kind(part));
    if (part.all.length === 0) return sequenceTensors(arrays, T, part.all);
    return (['short', 'long'] as const).flatMap((name) => {
      if (part[name].length === 0) return [];
      const most = Math.max(...alike.map((other) => other[name].length));
      return sequenceTensors(arrays, T, part[name], name === 'short' ? half : T, most);
    });
  });
}

/**
 * Chosen rows as the tensors that {@link answerObjective} takes.
 * @param T tokens in a row. @param rows which, all by default. @param used of their tokens, the first ones.
 * @param count of rows to fill up to, with such without weight.
 * @throws RangeError for no rows, or one that is not there.
 */
export function sequenceTensors(
  { inputs, targets, weights }: SequenceArrays,
  T: number,
  rows: readonly number[] = Array.from({ length: inputs.length / T }, (_, i) => i),
  used = T,
  count = rows.length,
): tf.Tensor[] {
  const available = inputs.length / T;
  const missing = rows.find((row) => !(row >= 0 && row < available));
  if (rows.length === 0 || missing !== undefined) {
    throw new RangeError(
      rows.length === 0
        ? 'A batch needs at least one sequence, and got none: is the task empty?'
        : `Sequence ${missing} is asked for, and there are ${available}.`,
    );
  }
  const pick = <A extends Int32Array | Float32Array>(values: A, into: A): A => {
    rows.forEach((row, i) => {
      into.set(values.subarray(row * T, row * T + used), i * used);
    });
    return into;
  };
  const shape: [number, number] = [count, used];
  const size = count * used;
  return [
    tf.tensor2d(pick(inputs, new Int32Array(size)), shape, 'int32'),
    tf.tensor2d(pick(targets, new Int32Array(size)), shape, 'int32'),
    tf.tensor2d(pick(weights, new Float32Array(size)), shape),
  ];
}
