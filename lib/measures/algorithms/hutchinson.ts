import { apply, type LinearOperator } from './linear-operator';
import { RandomVectors } from './random-vectors';
import { dot, meanAndError } from './vector';

/** An estimated trace. */
export interface TraceEstimate {
  readonly trace: number;
  /** Standard error over probes; NaN for a single one. */
  readonly error: number;
  readonly probes: number;
}

/**
 * Trace by Hutchinson's estimator (Hutchinson 1990): the mean of zᵀAz over Rademacher vectors z. Exact for a
 * diagonal matrix; else its variance per probe is twice the sum of squares off the diagonal.
 * @throws RangeError for no probes.
 */
export function hutchinson(
  operator: LinearOperator,
  { probes = 10, seed = 0 } = {},
): TraceEstimate {
  if (!Number.isInteger(probes) || probes < 1) {
    throw new RangeError(`probes is ${probes}: it must be a positive integer.`);
  }
  const random = new RandomVectors(seed);
  const estimates = Array.from({ length: probes }, () => {
    const z = random.rademacher(operator.size);
    return dot(z, apply(operator, z));
  });
  const { mean, error } = meanAndError(estimates);
  return Object.freeze({ trace: mean, error, probes });
}
