import { lanczos } from './lanczos';
import type { LinearOperator } from './linear-operator';
import { RandomVectors } from './random-vectors';
import { meanAndError } from './vector';

/** A spectrum as a weighted sum of points: weight wᵢ says which share of all eigenvalues lies about nodeᵢ. */
export interface SpectralDensity {
  /** Ascending, of all probes together. */
  readonly nodes: Float64Array;
  /** None negative; their sum is 1. */
  readonly weights: Float64Array;
  /** Mean of the eigenvalues times their number: the trace, as the density gives it. */
  readonly trace: number;
  /** Standard error of the trace over probes. */
  readonly traceError: number;
  readonly probes: number;
  /** Lanczos steps of each probe. */
  readonly steps: number;
}

/**
 * Stochastic Lanczos quadrature (Ubaru, Chen & Saad 2017; for Hessians, Ghorbani, Krishnan & Xiao 2019,
 * algorithm 2): each Rademacher probe gives a Gauss quadrature of the spectrum; their mean is the estimate.
 *
 * @param probes independent starts; 10 is customary.
 * @param steps of Lanczos per probe, each one product; 80 is customary.
 * @throws RangeError for no probes or steps.
 */
export function spectralDensity(
  operator: LinearOperator,
  { probes = 10, steps = 80, seed = 0 } = {},
): SpectralDensity {
  if (!Number.isInteger(probes) || probes < 1) {
    throw new RangeError(`probes is ${probes}: it must be a positive integer.`);
  }
  const random = new RandomVectors(seed);
  const points: { node: number; weight: number }[] = [];
  const traces: number[] = [];
  for (let probe = 0; probe < probes; probe++) {
    const ritz = lanczos(operator, random.rademacher(operator.size), { steps });
    let mean = 0;
    ritz.values.forEach((node, i) => {
      points.push({ node, weight: ritz.weights[i] / probes });
      mean += node * ritz.weights[i];
    });
    traces.push(mean * operator.size);
  }
  points.sort((a, b) => a.node - b.node);
  const { mean, error } = meanAndError(traces);
  return Object.freeze({
    nodes: Float64Array.from(points, ({ node }) => node),
    weights: Float64Array.from(points, ({ weight }) => weight),
    trace: mean,
    traceError: error,
    probes,
    steps: Math.min(steps, operator.size),
  });
}

/**
 * The density as a curve: every node a Gaussian of standard deviation `width`.
 * @returns the density at each point of `grid`; its integral over all numbers is 1.
 */
export function smoothed(
  { nodes, weights }: SpectralDensity,
  grid: ArrayLike<number>,
  width: number,
): Float64Array {
  if (!(width > 0)) throw new RangeError(`The smoothing width is ${width}: it must be above 0.`);
  return Float64Array.from({ length: grid.length }, (_, at) => {
    let sum = 0;
    nodes.forEach((node, i) => {
      sum += weights[i] * Math.exp(-0.5 * ((grid[at] - node) / width) ** 2);
    });
    return sum / (width * Math.sqrt(2 * Math.PI));
  });
}
