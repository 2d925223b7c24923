import { positive } from '../files/range';
import { type LinearOperator, lanczos, type Ritz } from './algorithms/lanczos';
import { gaussians, randomNumbers } from './algorithms/vectors';

/** An estimate of the largest eigenvalue. */
export interface RitzPair {
  readonly value: number;
  /** ‖Hv − λv‖ of the Ritz pair: an eigenvalue lies at least this near. */
  readonly residual: number;
  /** Lanczos steps behind it. */
  readonly steps: number;
}

/** Lanczos steps of the paper (version 4). */
export const PAPER_LANCZOS_STEPS = 5;

/**
 * Largest eigenvalue of a Hessian, in value and not in size, by Lanczos from a random start: converged, and as it stands
 * after the paper's five steps, which is a lower bound that can be far off.
 *
 * ```ts
 * const found = await measureRun('nano-s0', { parts: ['hessian'], levels: ['MOD'], steps: [206] });
 * table(found.run.landscape);
 * ```
 *
 * @param hessian made with `hessianOperator`; any symmetric operator will do.
 * @param steps most Lanczos steps. @param tolerance stops before, once the residual is below this part of the eigenvalue.
 * @throws RangeError for settings out of range, or an operator that gives numbers that are not finite.
 */
export function topEigenvalue(
  hessian: LinearOperator,
  { steps = 40, tolerance = 1e-2 } = {},
): { readonly converged: RitzPair; readonly early: RitzPair } {
  positive('tolerance', tolerance);
  let early: RitzPair | undefined;
  const top = ({ values, residuals, steps }: Ritz): RitzPair => ({
    value: values.at(-1)!,
    residual: residuals.at(-1)!,
    steps,
  });
  const ritz = lanczos(hessian, gaussians(randomNumbers(0), hessian.size), {
    steps,
    enough: (soFar) => {
      const pair = top(soFar);
      if (pair.steps === PAPER_LANCZOS_STEPS) early = pair;
      return pair.residual <= tolerance * Math.abs(pair.value);
    },
  });
  const converged = top(ritz);
  return { converged, early: early ?? converged };
}
