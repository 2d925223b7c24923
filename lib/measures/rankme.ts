import { tf } from '../environment/tensorflow';
import { effectiveRank, RANKME_EPSILON } from './algorithms/effective-rank';
import { singularValues } from './algorithms/singular-values';

/** RankMe of one matrix of hidden states, each from 1 to min(n, D). */
export interface RankMe {
  /** Of the states as they are: what the paper's formula says, and the default everywhere. */
  readonly raw: number;
  /** Of the states less their mean: what remains when a common direction is taken out. */
  readonly centered: number;
  /** States measured, n. */
  readonly samples: number;
}

/** Taking the mean off in float64 leaves equal states this part of themselves apart, or less. */
const CENTERING_ERROR = 1e-14;

/**
 * RankMe (Garrido et al. 2023) of each matrix in a batch: the effective rank of its singular values.
 *
 * The paper's text at hand says neither whether states are centered nor which positions are taken. The
 * formula it quotes uses the activations as they are, so `raw` is the default; much of the collapse is a
 * growing common mean, so `centered` is always given beside it. Which positions make up the rows is the
 * caller's choice: the last prompt token of each sample, where the model must have the whole answer in mind,
 * is the study's default, and all answer positions its variant.
 *
 * @param matrices `[K, n, D]`: K matrices (say, one a layer) of n hidden states (one a row) of width D.
 * The paper takes n = 200.
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
    return Object.freeze({
      raw: effectiveRank(raw, RANKME_EPSILON),
      centered: constant ? 1 : effectiveRank(centered, RANKME_EPSILON),
      samples: n,
    });
  });
}
