import type { tf } from '../../environment/tensorflow';
import { parameterSpecs } from '../../model/parameters';
import type { ModelConfig } from '../../model/scales';
import { answerLoss, forward, type Parameters } from '../../model/transformer';
import { flatPoint, Objective } from './objective';

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

/**
 * A model's weights as one flat point.
 * @param weights live tensors, or arrays as a checkpoint stores them.
 * @throws RangeError where they are not those of `config`, or not finite.
 */
export function modelPoint(
  config: ModelConfig,
  weights: Record<string, tf.Tensor | { shape: readonly number[]; values: Float32Array }>,
): Float32Array {
  return flatPoint(parameterSpecs(config), weights);
}
