import { tf } from '../environment/tensorflow';
import type { ModelConfig } from '../model/scales';
import { answerLoss, forward, type Parameters } from '../model/transformer';

/** The training's loss and its gradient in every parameter, as plain TensorFlow.js: what is compiled and timed. */
export function plainGradient(
  model: ModelConfig,
  parameters: Parameters & Record<string, tf.Variable>,
): (...batch: tf.Tensor[]) => tf.Tensor[] {
  const variables = Object.values(parameters);
  return (...batch) => {
    const { value, grads } = tf.variableGrads(() => {
      const [inputs, targets, weights, positions] = batch as tf.Tensor2D[];
      const { logits } = forward(model, parameters, inputs, positions);
      return answerLoss(logits, targets, weights);
    }, variables);
    return [value, ...variables.map(({ name }) => grads[name])];
  };
}
