import { wholeNumber } from '../files/range';
import { effectiveRank } from './algorithms/effective-rank';
import { symmetricEigenvalues } from './algorithms/float64';

/** Inner products of N samples' gradients, N × N: in all parameters, and in the leading ones alone. */
export type GradientGrams = Readonly<Record<'all' | 'leading', Float64Array>>;

/** An effective rank and its jackknife standard error; NaN for fewer than 3 samples. */
export interface Rank {
  readonly value: number;
  readonly standardError: number;
}

/** Over how many directions gradients are spread. */
export interface GradientRanks {
  /** Of the gradients as they are, 1 … N: effective rank of the empirical Fisher. */
  readonly rank: Rank;
  /** Of the gradients less their mean, 1 … N − 1: effective rank of their covariance. */
  readonly covariance: Rank;
  /** The same, seen in the leading parameters alone. */
  readonly leadingCovariance: Rank;
  /** Mean squared length of a gradient: trace of the empirical Fisher. */
  readonly meanSquare: number;
  /** Trace of the covariance. */
  readonly variance: number;
}

/** The paper's gradient covariance sees so many parameters, from the first on, and names that as a limitation. */
export const PAPER_PARAMETERS = 50_000;

/**
 * Effective ranks of per-sample gradients, from their Gram matrix: the exponential of the entropy of the normalized
 * eigenvalues (Roy & Vetterli 2007). The Fisher matrix 1/N Σ gᵢgᵢᵀ and the covariance have the eigenvalues of N × N Gram
 * matrices. Ranks of different N do not compare. Labels are the data's (Kunstner, Hennig & Balles 2019 on what that means).
 *
 * @param grams `AnswerGradients` makes them. @param N samples, 2 or more.
 * @param groups of samples that the jackknife leaves out in turn (Efron & Tibshirani 1993, chapter 11).
 * @throws RangeError for fewer than 2 samples, numbers that are not finite, or gradients that are all 0.
 */
export function gradientRanks(
  { all, leading }: GradientGrams,
  N: number,
  groups = 10,
): GradientRanks {
  wholeNumber('Number of samples for the gradient rank', N, 2);
  const plain = rankOf(all, N, groups, (gram) => gram);
  const covariance = rankOf(all, N, groups, centered);
  const leadingCovariance = rankOf(leading, N, groups, centered);
  return {
    rank: plain,
    covariance,
    leadingCovariance,
    meanSquare: plain.trace / N,
    variance: covariance.trace / (N - 1),
  };
}

function rankOf(
  gram: Float64Array,
  N: number,
  groups: number,
  transform: (gram: Float64Array, N: number) => Float64Array,
): Rank & { readonly trace: number } {
  if (!gram.every(Number.isFinite)) {
    throw new RangeError('A gradient is not finite: is the loss finite at this point?');
  }
  const spectrum = (matrix: Float64Array, n: number) =>
    symmetricEigenvalues(transform(matrix, n), n).map((value) => Math.max(0, value));
  const rank = (values: Float64Array) => {
    if (values.every((value) => value === 0)) {
      throw new RangeError('All gradients are zero or equal here, so they have no effective rank.');
    }
    return effectiveRank(values);
  };
  const values = spectrum(gram, N);
  const G = Math.min(groups, N);
  const leftOut = () =>
    Array.from({ length: G }, (_, group) => {
      const kept = Array.from({ length: N }, (_, i) => i).filter((i) => i % G !== group);
      const smaller = kept.flatMap((row) => kept.map((column) => gram[row * N + column]));
      return rank(spectrum(Float64Array.from(smaller), kept.length));
    });
  return {
    value: rank(values),
    standardError: N > 2 ? jackknifeError(leftOut()) : Number.NaN,
    trace: values.reduce((sum, value) => sum + value, 0),
  };
}

/** The Gram matrix of rows less their mean: HGH with H = I − 11ᵀ/N. */
function centered(gram: Float64Array, N: number): Float64Array {
  const means = new Float64Array(N);
  for (let at = 0; at < N * N; at++) means[Math.floor(at / N)] += gram[at] / N;
  const mean = means.reduce((sum, value) => sum + value / N, 0);
  return gram.map((value, at) => value - means[Math.floor(at / N)] - means[at % N] + mean);
}

function jackknifeError(leftOut: readonly number[]): number {
  const G = leftOut.length;
  const mean = leftOut.reduce((sum, value) => sum + value / G, 0);
  const squares = leftOut.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(((G - 1) / G) * squares);
}
