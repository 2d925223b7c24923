import { tf } from '../environment/tensorflow';
import type { ModelConfig } from '../model/scales';
import { answerLoss, forward, type Parameters } from '../model/transformer';

/** The training's loss and its gradient in every parameter, as plain TensorFlow.js: what is compiled and timed. */
export function plainGradient(
  model: ModelConfig,
  parameters: Parameters & Record<string, tf.Variable>,
): (
  inputs: tf.Tensor,
  targets: tf.Tensor,
  weights: tf.Tensor,
  positions?: tf.Tensor,
) => tf.Tensor[] {
  const variables = Object.values(parameters);
  return (inputs, targets, weights, positions) => {
    const { value, grads } = tf.variableGrads(() => {
      const { logits } = forward(
        model,
        parameters,
        inputs as tf.Tensor2D,
        positions as tf.Tensor2D | undefined,
      );
      return answerLoss(logits, targets as tf.Tensor2D, weights as tf.Tensor2D);
    }, variables);
    return [value, ...variables.map(({ name }) => grads[name])];
  };
}
