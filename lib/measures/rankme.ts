import { tf } from '../environment/tensorflow';
import { effectiveRank, RANKME_EPSILON } from './algorithms/effective-rank';
import { singularValues } from './algorithms/singular-values';

/** What the spectrum of one matrix of hidden states says. Ranks go from 1 to min(n, D). */
export interface RankMe {
  /** RankMe as printed: effective rank of the singular values of the states as they are. */
  readonly rankme: number;
  /** The same of the states less their mean. */
  readonly rankmeCentered: number;
  /** Effective rank of the squared singular values, which are the second moments' eigenvalues. */
  readonly covarianceRank: number;
  /** The same of the states less their mean: the effective rank of their covariance. */
  readonly covarianceRankCentered: number;
  /** Share of the second moment that the common mean holds, 0…1. */
  readonly meanShare: number;
}

/** Taking the mean off in float64 leaves equal states at most this part of themselves apart. */
const CENTERING_ERROR = 1e-14;

/**
 * RankMe of each matrix in a batch, by both readings. The paper prints the formula of Garrido et al. 2023 (equation 1):
 * the exponential of the entropy of the normalized singular values. What its figures show is the effective rank of the
 * covariance (Roy & Vetterli 2007 of the squared singular values, centered); notebook 01 makes that identification.
 *
 * ```ts
 * const states = tf.randomNormal([1, 200, 128]) as tf.Tensor3D; // one layer, 200 states, width 128
 * const [{ rankme: printed, covarianceRankCentered }] = rankme(states);
 * ```
 *
 * @param matrices `[K, n, D]`: K matrices (say, one a layer) of n hidden states (one a row) of width D.
 * @throws RangeError where there are no states, or states that are not finite.
 */
export function rankme(matrices: tf.Tensor3D): RankMe[] {
  const [K, n, D] = matrices.shape;
  if (K === 0 || n === 0 || D === 0) {
    throw new RangeError(
      `RankMe needs hidden states and got ${K} matrices of ${n} × ${D}: give at least one sample.`,
    );
  }
  const size = tf.tidy(() => tf.sum(tf.abs(matrices)).dataSync()[0]);
  if (!Number.isFinite(size)) {
    throw new RangeError('The hidden states are not finite, so RankMe is not defined for them.');
  }
  const spectra = singularValues(matrices);
  return spectra.raw.map((raw, k) => {
    const centered = spectra.centered[k];
    const constant = centered[centered.length - 1] <= CENTERING_ERROR * raw[raw.length - 1];
    const [moments, variances] = [raw, centered].map((values) => values.map((value) => value ** 2));
    const total = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
    return {
      rankme: effectiveRank(raw, RANKME_EPSILON),
      rankmeCentered: constant ? 1 : effectiveRank(centered, RANKME_EPSILON),
      covarianceRank: effectiveRank(moments),
      covarianceRankCentered: constant ? 1 : effectiveRank(variances),
      meanShare: constant ? 1 : Math.max(0, 1 - total(variances) / total(moments)),
    };
  });
}
