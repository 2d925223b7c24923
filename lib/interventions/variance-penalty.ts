import type { tf } from '../environment/tensorflow';
import { described, type Intervention, required, type Window } from './intervention';

/** Weight of the covariance term beside the variance term. */
const COVARIANCE = 0.004;
/** Under roots, so that their slopes stay finite. */
const SMALL = 1e-4;

/**
 * Holds the rank up by a penalty on the states after the last block at the answer positions of a batch: every feature
 * should vary with a standard deviation of 1, and no two together. The terms of VICReg (Bardes et al. 2022) as Seq-VCR
 * (Arefin et al. 2411.02344) takes them to transformers; here on states with mean 0 and variance 1 each, as the final norm
 * makes them, so that longer states are no way out.
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
  const valid = Number.isFinite(strength) && strength >= 0;
  required(valid, name, 'strength', strength, 'a number of 0 or more');
  return described(name, { strength }, window, () => ({
    penalty: (states, answers) => varianceCovariance(states, answers).mul(strength).asScalar(),
  }));
}

/** The two terms together: about 1 for states that are all the same. */
export function varianceCovariance(states: tf.Tensor2D, answers: tf.Tensor1D): tf.Scalar {
  const off = states.sub(states.mean(1, true));
  const squares = off.square().mean(1, true);
  const rows = off.div(squares.add(SMALL ** 2).sqrt());
  const kept = answers.expandDims(1);
  const count = answers.sum();
  const center = rows.mul(kept).sum(0).div(count);
  const centered = rows.sub(center).mul<tf.Tensor2D>(kept);
  const covariance = centered.matMul(centered, true).div(count);
  const variances = centered.square().sum(0).div(count);
  const deviation = variances.add(SMALL).sqrt();
  const variance = deviation.neg().add(1).relu().mean();
  const shared = covariance.square().sum().sub(variances.square().sum()).div(states.shape[1]);
  return variance.add(shared.mul(COVARIANCE)).asScalar();
}
