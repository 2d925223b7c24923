import { hutchinson } from './algorithms/hutchinson';
import { lanczos, type Ritz } from './algorithms/lanczos';
import type { LinearOperator } from './algorithms/linear-operator';
import { RandomVectors } from './algorithms/random-vectors';
import { type SpectralDensity, spectralDensity } from './algorithms/spectral-density';
import { type Measurement, measurement, positive, wholeNumber } from './measurement';

export interface TopEigenvalueSettings {
  /** Most Lanczos steps. */
  readonly steps: number;
  /** Stops before, once the residual is below this part of the eigenvalue. */
  readonly tolerance: number;
  readonly seed: number;
}

/** The Hessian's largest eigenvalue. */
export interface TopEigenvalue extends Measurement<TopEigenvalueSettings> {
  /** ‖Hv − λv‖ of the Ritz pair, which bounds the distance to an eigenvalue; also the spread. */
  readonly residual: number;
  /** Smallest Ritz value: how negative the curvature gets. An upper bound of the smallest eigenvalue. */
  readonly smallest: number;
  /** Lanczos steps made. */
  readonly steps: number;
}

/**
 * Largest eigenvalue of a Hessian by Lanczos from a random start. The paper's "top Hessian eigenvalue by
 * stochastic Lanczos": largest in value, not in size. Its spread is the Ritz residual, since the batch is
 * fixed and the rest is deterministic.
 *
 * @param hessian made with `hessianOperator`; any symmetric operator will do.
 * @throws RangeError for settings out of range, or an operator that gives numbers that are not finite.
 */
export function topEigenvalue(
  hessian: LinearOperator,
  { steps = 40, tolerance = 1e-3, seed = 0 }: Partial<TopEigenvalueSettings> = {},
): TopEigenvalue {
  wholeNumber('steps', steps, 1);
  positive('tolerance', tolerance, true);
  const start = new RandomVectors(seed).gaussians(hessian.size);
  const top = ({ values, residuals }: Ritz) => [values.at(-1)!, residuals.at(-1)!];
  const ritz = lanczos(hessian, start, {
    steps,
    enough: (soFar) => {
      const [value, residual] = top(soFar);
      return residual <= tolerance * Math.abs(value);
    },
  });
  const [value, residual] = top(ritz);
  return measurement('Top Hessian eigenvalue', {
    value,
    spread: residual,
    samples: 1,
    residual,
    smallest: ritz.values[0],
    steps: ritz.steps,
    settings: { steps, tolerance, seed },
  });
}

export interface HessianTraceSettings {
  readonly probes: number;
  readonly seed: number;
}

/**
 * Trace of a Hessian by Hutchinson's estimator, with its standard error over probes.
 * @throws RangeError for fewer than 2 probes, or an operator that gives numbers that are not finite.
 */
export function hessianTrace(
  hessian: LinearOperator,
  { probes = 16, seed = 0 }: Partial<HessianTraceSettings> = {},
): Measurement<HessianTraceSettings> {
  wholeNumber('probes', probes, 2);
  const { trace, error } = hutchinson(hessian, { probes, seed });
  return measurement('Hessian trace', {
    value: trace,
    spread: error,
    samples: probes,
    settings: { probes, seed },
  });
}

/**
 * Spectral density of a Hessian by stochastic Lanczos quadrature; 10 probes of 80 steps, as Ghorbani et al.
 * 2019 take it, are 1,600 gradients, so this is for single checkpoints.
 * @see spectralDensity
 */
export function hessianDensity(
  hessian: LinearOperator,
  settings: { probes?: number; steps?: number; seed?: number } = {},
): SpectralDensity {
  return spectralDensity(hessian, settings);
}
