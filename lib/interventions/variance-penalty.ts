import { tf } from '../environment/tensorflow';
import { described, type Intervention, required, type Window } from './intervention';

/** Weight of the covariance term beside the variance term. */
const COVARIANCE = 0.004;
/** Under roots, so that their slopes stay finite. */
const SMALL = 1e-4;

/**
 * Holds the rank up by a penalty on the states after the last block at the answer positions of a batch: every feature
 * should vary with a standard deviation of 1, and no two should vary together. The terms of VICReg (Bardes et al. 2022) as
 * Seq-VCR (Arefin et al. 2411.02344) takes them to transformers; here on all answer positions together, and on states with
 * mean 0 and variance 1 each, as the final norm makes them, so that longer states are no way out.
 *
 * @param strength of the penalty beside the loss in nats: a batch of equal states costs `strength`.
 * @throws RangeError for a setting out of range.
 *
 * ```ts
 * await train({ steps: 1000, intervention: variancePenalty({ strength: 0.1, until: 1000 }) });
 * ```
 */
export function variancePenalty({
  strength,
  ...window
}: { strength: number } & Window): Intervention {
  const name = 'variance-penalty';
  required(
    Number.isFinite(strength) && strength >= 0,
    name,
    'strength',
    strength,
    'a number of 0 or more',
  );
  return described(name, { strength }, window, () => ({
    penalty: (states, answers) => tf.mul(strength, varianceCovariance(states, answers)).asScalar(),
  }));
}

/** The two terms together: about 1 for states that are all the same. */
export function varianceCovariance(states: tf.Tensor2D, answers: tf.Tensor1D): tf.Scalar {
  const D = states.shape[1];
  const off = tf.sub(states, tf.mean(states, 1, true));
  const length = tf.sqrt(tf.add(tf.mean(tf.square(off), 1, true), SMALL ** 2));
  const rows = tf.div(off, length);
  const kept = answers.expandDims(1);
  const count = tf.sum(answers);
  const center = tf.div(tf.sum(tf.mul(rows, kept), 0), count);
  const centered = tf.mul(tf.sub(rows, center), kept) as tf.Tensor2D;
  const covariance = tf.div(tf.matMul(centered, centered, true), count);
  const variances = tf.div(tf.sum(tf.square(centered), 0), count);
  const variance = tf.mean(tf.relu(tf.sub(1, tf.sqrt(tf.add(variances, SMALL)))));
  const shared = tf.div(tf.sub(tf.sum(tf.square(covariance)), tf.sum(tf.square(variances))), D);
  return tf.add(variance, tf.mul(COVARIANCE, shared)).asScalar();
}
