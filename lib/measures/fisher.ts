import type { tf } from '../environment/tensorflow';
import { rankOfGram } from './algorithms/gram-rank';
import { type Measurement, measurement, wholeNumber } from './measurement';
import { gramMemory, gramOfGradients } from './operators/gram';
import type { Objective } from './operators/objective';

export interface FisherSettings {
  /** Groups of the jackknife behind the spread. */
  readonly groups: number;
}

/** Where the gradients themselves are made. */
export interface ExplicitSettings extends FisherSettings {
  /** Bytes of gradients kept at once. */
  readonly memory: number;
  /** Of the Gram matrix; `float32` moves a rank by 1e-5 of itself and costs a third. */
  readonly precision: 'float64' | 'float32';
}

/** The empirical Fisher's effective rank, from 1 to the number of samples. */
export interface FisherRank extends Measurement<FisherSettings> {
  /** Trace of the empirical Fisher: mean squared length of a sample's gradient. */
  readonly trace: number;
  /** Its eigenvalues that are not 0 by construction, ascending, N of them. */
  readonly spectrum: Float64Array;
}

/**
 * Effective rank of the empirical Fisher F = 1/N Σ gᵢgᵢᵀ, with gᵢ the gradient of sample i's
 * log-probability in all P parameters: the exponential of the entropy of its normalized eigenvalues. They are
 * those of the N × N Gram matrix of the gradients, so no P × P matrix is ever made. Empirical, since the
 * labels are the data's and not the model's (Kunstner, Hennig & Balles 2019 on the difference).
 *
 * The rank cannot exceed N: compare only values taken on the same number of samples. The spread is the
 * jackknife's over groups of samples.
 *
 * @param objective whose batches hold one sample each; the sum over a sample's answer tokens, for a language model.
 * @param point P numbers.
 * @param samples one batch a sample; at least 2.
 * @throws RangeError for fewer than 2 samples, gradients that are not finite, or all 0.
 */
export function fisherRank(
  objective: Pick<Objective, 'size' | 'gradient' | 'upload'>,
  point: Float32Array,
  samples: readonly (readonly tf.Tensor[])[],
  { memory = gramMemory(), precision = 'float32', ...settings }: Partial<ExplicitSettings> = {},
): FisherRank {
  const { all } = gramOfGradients(objective, point, samples, { memory, precision });
  return fisherRankOfGram(all, samples.length, settings);
}

/**
 * The same from the Gram matrix of the samples' gradients, N × N; {@link AnswerGradients} makes it for the study's
 * models without making the gradients.
 * @throws RangeError for fewer than 2 samples, numbers that are not finite, or all 0.
 */
export function fisherRankOfGram(
  gram: Float64Array,
  N: number,
  { groups = 10 }: Partial<FisherSettings> = {},
): FisherRank {
  wholeNumber('Number of samples for the Fisher rank', N, 2);
  const { value, spread, spectrum } = rankOfGram(gram, N, groups);
  return measurement('Fisher effective rank', {
    value,
    spread,
    samples: N,
    trace: spectrum.reduce((sum, each) => sum + each, 0) / N,
    spectrum: spectrum.map((each) => each / N),
    settings: { groups },
  });
}
