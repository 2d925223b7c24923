import { tf } from '../../environment/tensorflow';
import { parameterSpecs } from '../../model/parameters';
import type { ModelConfig } from '../../model/scales';
import { answerLoss, forward, type Parameters } from '../../model/transformer';
import { flatPoint, Objective } from './objective';

/**
 * The transformer's loss on answers as an {@link Objective}; its batches are those of `batchTensors`.
 *
 * @param reduction `mean` over answer tokens is the training loss; `sum` over them and mean over sequences is
 * the negative log-probability of whole answers, whose gradients per sequence make the empirical Fisher. It
 * takes rows of one sequence each.
 */
export function answerObjective(
  config: ModelConfig,
  reduction: 'mean' | 'sum' = 'mean',
): Objective {
  const loss = (parameters: Parameters, ...batch: tf.Tensor[]) => {
    const [inputs, targets, weights, positions] = batch as tf.Tensor2D[];
    const { logits } = forward(config, parameters, inputs, positions);
    const mean = answerLoss(logits, targets, weights);
    if (reduction === 'mean') return mean;
    if (positions) {
      throw new RangeError('The sum over an answer needs a sequence a row, and got packed rows.');
    }
    return tf.mul(mean, tf.div(tf.sum(weights), inputs.shape[0])).asScalar();
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
