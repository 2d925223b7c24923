import type { tf } from '../environment/tensorflow';
import { rankOfGram } from './algorithms/gram-rank';
import { type Measurement, measurement, wholeNumber } from './measurement';
import { centeredGram, gramMemory, gramOfGradients } from './operators/gram';
import type { Objective } from './operators/objective';

export interface GradientRankSettings {
  /** Parameters seen, from the first on. */
  readonly parameters: number;
  readonly memory: number;
  readonly groups: number;
}

/** Effective rank of the covariance of mini-batch gradients, from 1 to the number of mini-batches less 1. */
export interface GradientRank extends Measurement<GradientRankSettings> {
  /** Trace of the covariance: total variance of the gradient. */
  readonly trace: number;
}

/** The paper's variant sees this many parameters, and names that as a limitation. */
export const PAPER_PARAMETERS = 50_000;

/**
 * Effective rank of the covariance C = 1/(M−1) Σ (gₘ−ḡ)(gₘ−ḡ)ᵀ of M mini-batch gradients: the exponential of
 * the entropy of its normalized eigenvalues, from the centered M × M Gram matrix. Given for all parameters
 * and, as the paper has it, for the leading ones alone (the embeddings, mostly), from the same gradients.
 *
 * The covariance of a mini-batch of B is 1/B that of a sample, so its rank does not depend on B in
 * expectation; it cannot exceed M − 1, so compare only values from the same M. The spread is the jackknife's.
 *
 * @param batches at least 3 mini-batches.
 * @throws RangeError for fewer, gradients that are not finite, or all the same.
 */
export function gradientCovarianceRank(
  objective: Pick<Objective, 'size' | 'gradient' | 'upload'>,
  point: Float32Array,
  batches: readonly (readonly tf.Tensor[])[],
  {
    parameters = PAPER_PARAMETERS,
    memory = gramMemory(),
    groups = 10,
  }: Partial<GradientRankSettings> = {},
): { readonly all: GradientRank; readonly leading: GradientRank } {
  const M = batches.length;
  const P = objective.size;
  wholeNumber('Number of mini-batches for the gradient covariance', M, 3);
  wholeNumber('Leading parameters', parameters, 1);
  const grams = gramOfGradients(objective, point, batches, { leading: parameters, memory });
  const rank = (gram: Float64Array, seen: number): GradientRank => {
    const { value, spread, spectrum } = rankOfGram(gram, M, groups, centeredGram);
    return measurement('Gradient-covariance effective rank', {
      value,
      spread,
      samples: M,
      trace: spectrum.reduce((sum, each) => sum + each, 0) / (M - 1),
      settings: { parameters: seen, memory, groups },
    });
  };
  return Object.freeze({
    all: rank(grams.all, P),
    leading: rank(grams.leading, Math.min(parameters, P)),
  });
}
