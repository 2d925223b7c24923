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
 * The transformer's loss on answers as an {@link Objective}; its batches are `[inputs, targets, weights]`.
 *
 * @param reduction `mean` over answer tokens is the training loss; `sum` over them and mean over sequences is
 * the negative log-probability of whole answers, whose gradients per sequence make the empirical Fisher.
 */
export function answerObjective(
  config: ModelConfig,
  reduction: 'mean' | 'sum' = 'mean',
): Objective {
  const loss = (parameters: Parameters, ...[inputs, targets, weights]: tf.Tensor[]) => {
    const { logits } = forward(config, parameters, inputs as tf.Tensor2D);
    const mean = answerLoss(logits, targets as tf.Tensor2D, weights as tf.Tensor2D);
    if (reduction === 'mean') return mean;
    return tf.mul(mean, tf.mean(tf.sum(weights, -1))).asScalar();
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
 * Chosen rows as the tensors that {@link answerObjective} takes.
 * @param T tokens in a row. @param rows which, all by default.
 * @throws RangeError for no rows, or one that is not there.
 */
export function sequenceTensors(
  { inputs, targets, weights }: SequenceArrays,
  T: number,
  rows: readonly number[] = Array.from({ length: inputs.length / T }, (_, i) => i),
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
      into.set(values.subarray(row * T, (row + 1) * T), i * T);
    });
    return into;
  };
  const shape: [number, number] = [rows.length, T];
  const size = rows.length * T;
  return [
    tf.tensor2d(pick(inputs, new Int32Array(size)), shape, 'int32'),
    tf.tensor2d(pick(targets, new Int32Array(size)), shape, 'int32'),
    tf.tensor2d(pick(weights, new Float32Array(size)), shape),
  ];
}
