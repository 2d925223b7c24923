import { effectiveRank, RANKME_EPSILON, singularValues, type tf } from './core';
import { DamagedWeights } from './weight-file';

/** Geometry of hidden states, one a row, in both readings of the paper. Ranks are from 1 to min(n, D). */
export interface Geometry {
  /** Rows, n. */
  readonly samples: number;
  /** RankMe as the paper prints it: exp of the entropy of the singular values (Garrido et al. 2023). */
  readonly rankme: number;
  /** The same, less the mean of the rows. */
  readonly rankme_centered: number;
  /** Effective rank of the second moment: exp of the entropy of the squared singular values. */
  readonly covariance_rank: number;
  /** The same, less the mean: that of the covariance, which the paper's own small models were measured by. */
  readonly covariance_rank_centered: number;
  /** Share of the second moment that the common mean holds, 0…1. */
  readonly mean_share: number;
}

/** Less than this share of the second moment about the mean is rounding: the rows are equal. */
const ROUNDING = 1e-26;

/**
 * Geometry of `[n, D]` hidden states.
 * @throws DamagedWeights where they are not finite.
 */
export function geometryOf(states: tf.Tensor2D): Geometry {
  const batch = states.expandDims<tf.Tensor3D>(0);
  const spectra = singularValues(batch);
  batch.dispose();
  const [raw, centered] = [spectra.raw[0], spectra.centered[0]];
  const moments = [raw, centered].map((values) => values.map((value) => value ** 2));
  const [total, about] = moments.map((values) => values.reduce((sum, value) => sum + value, 0));
  if (!Number.isFinite(total)) throw new DamagedWeights('Its hidden states are not finite.');
  const equal = about <= ROUNDING * total;
  return {
    samples: states.shape[0],
    rankme: effectiveRank(raw, RANKME_EPSILON),
    rankme_centered: equal ? 1 : effectiveRank(centered, RANKME_EPSILON),
    covariance_rank: effectiveRank(moments[0]),
    covariance_rank_centered: equal ? 1 : effectiveRank(moments[1]),
    mean_share: total > 0 ? Math.max(0, 1 - about / total) : 0,
  };
}
