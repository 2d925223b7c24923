import { tf } from '../environment/tensorflow';

export interface AdamWConfig {
  /** Decay of the first and the second moment, each in [0, 1). */
  readonly betas: readonly [number, number];
  /** Added to the root of the second moment. */
  readonly epsilon: number;
  /** Decoupled weight decay, applied to matrices and embeddings and not to biases and norms. */
  readonly weightDecay: number;
  /** Largest global norm of the gradient; a longer one is scaled down to it. */
  readonly clip: number;
}

/** The running moments of each parameter's gradient, of its shape. */
export type Moments = Readonly<Record<'first' | 'second', Record<string, tf.Variable>>>;

/**
 * One update of AdamW (Loshchilov & Hutter 2019, algorithm 2) after clipping by global norm (Pascanu et al. 2013).
 * @param step number of this update, from 1, as a float scalar tensor; corrects the moments' bias.
 * @returns the gradient's global norm before clipping, a scalar; where it is not finite, nothing has changed.
 */
export function adamwUpdate(
  parameters: Record<string, tf.Variable>,
  moments: Moments,
  gradients: Record<string, tf.Tensor>,
  learningRate: tf.Scalar,
  step: tf.Scalar,
  config: AdamWConfig,
): tf.Scalar {
  const names = Object.keys(parameters);
  const squares = names.map((name) => tf.sum(tf.square(gradients[name])));
  const norm = tf.sqrt(tf.addN(squares));
  const scale = tf.minimum(1, tf.div(config.clip, tf.add(norm, 1e-6)));
  // A step that has gone wrong must not take the weights with it: they are updated in place.
  const finite = tf.isFinite(norm);
  const kept = (variable: tf.Variable, value: tf.Tensor) => tf.where(finite, value, variable);
  const [beta1, beta2] = config.betas;
  const correction1 = tf.sub(1, tf.pow(beta1, step));
  const correction2 = tf.sub(1, tf.pow(beta2, step));
  for (const name of names) {
    const gradient = tf.mul(gradients[name], scale);
    const [m, v] = [moments.first[name], moments.second[name]];
    // What is assigned is what goes on being used: else XLA would copy each moment.
    const first = kept(m, tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1)));
    const second = kept(v, tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
    const denominator = tf.add(tf.sqrt(tf.div(second, correction2)), config.epsilon);
    let change = tf.div(tf.div(first, correction1), denominator);
    if (gradients[name].rank >= 2) {
      change = tf.add(change, tf.mul(parameters[name], config.weightDecay));
    }
    m.assign(first);
    v.assign(second);
    const moved = tf.sub(parameters[name], tf.mul(change, learningRate));
    parameters[name].assign(kept(parameters[name], moved));
  }
  return norm.asScalar();
}
