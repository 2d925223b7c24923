import { wholeNumber } from '../../files/range';
import { symmetricEigen } from './float64';
import { addScaled, dot, norm, removeProjections, scale } from './vectors';

/** A symmetric matrix known only by what it does to a vector. */
export interface LinearOperator {
  /** Rows and columns, P. */
  readonly size: number;
  /** Product with a vector of `size` numbers, as a new vector. */
  matvec(vector: Float64Array): Float64Array;
}

/** Above this many parameters, Lanczos vectors are kept in float32, which halves their memory. */
const KEEP_FLOAT32_FROM = 4_000_000;

/** What Lanczos knows of an operator after k steps. */
export interface Ritz {
  /** Ritz values, ascending: they estimate eigenvalues. */
  readonly values: Float64Array;
  /** ‖Av − θv‖ of each Ritz pair: an eigenvalue lies at least this near to the Ritz value. */
  readonly residuals: Float64Array;
  /** Products with the operator made, k. */
  readonly steps: number;
}

/**
 * Lanczos iteration with full reorthogonalization (Golub & Van Loan, section 10.3): without it rounding brings found
 * eigenvalues back as ghosts. It is done twice in a step where the first has taken away more than half of the vector, and
 * so left its rounding behind (Daniel, Gragg, Kaufman & Stewart 1976; Parlett's "twice is enough").
 *
 * @param start any vector but zero, of any length. @param steps most of them, never more than the operator's size.
 * @param enough is shown the estimates every five steps; true ends the iteration.
 * @throws RangeError for no steps, a zero start, or an operator that gives numbers that are not finite.
 */
export function lanczos(
  operator: LinearOperator,
  start: Float64Array,
  { steps, enough }: { readonly steps: number; enough?(ritz: Ritz): boolean },
): Ritz {
  wholeNumber('Lanczos steps', steps, 1);
  const length = norm(start);
  if (!(length > 0) || start.length !== operator.size) {
    throw new RangeError(
      `Lanczos needs a start of ${operator.size} numbers that are not all 0; got ${start.length} of length ${length}.`,
    );
  }
  const keep = (v: Float64Array) =>
    operator.size > KEEP_FLOAT32_FROM ? Float32Array.from(v) : v.slice();
  const most = Math.min(steps, operator.size);
  const [alpha, beta]: number[][] = [[], []];
  const basis: (Float32Array | Float64Array)[] = [];
  const v = start.slice();
  scale(v, 1 / length);
  for (;;) {
    basis.push(keep(v));
    const w = apply(operator, v);
    alpha.push(dot(w, v));
    addScaled(w, -alpha.at(-1)!, v);
    if (beta.length > 0) addScaled(w, -beta.at(-1)!, basis.at(-2)!);
    const before = norm(w);
    removeProjections(w, basis);
    let next = norm(w);
    if (next < before / 2) {
      removeProjections(w, basis);
      next = norm(w);
    }
    beta.push(next);
    const k = alpha.length;
    // The Krylov space is exhausted: what is left of w is rounding.
    const exhausted = next <= 1e-12 * Math.max(...alpha.map(Math.abs), ...beta);
    if (exhausted) beta[k - 1] = 0;
    if (k === most || exhausted) return ritz(alpha, beta);
    if (enough && k % 5 === 0) {
      const soFar = ritz(alpha, beta);
      if (enough(soFar)) return soFar;
    }
    v.set(w);
    scale(v, 1 / next);
  }
}

function ritz(alpha: readonly number[], beta: readonly number[]): Ritz {
  const k = alpha.length;
  const tridiagonal = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    tridiagonal[i * k + i] = alpha[i];
    if (i + 1 < k) tridiagonal[i * k + i + 1] = tridiagonal[(i + 1) * k + i] = beta[i];
  }
  const { values, vectors } = symmetricEigen(tridiagonal, k);
  const residuals = Float64Array.from(vectors, (vector) => Math.abs(beta[k - 1] * vector[k - 1]));
  return { values, residuals, steps: k };
}

function apply(operator: LinearOperator, vector: Float64Array): Float64Array {
  const result = operator.matvec(vector);
  if (result.length !== operator.size) {
    throw new RangeError(
      `The operator of size ${operator.size} gave a vector of ${result.length} entries.`,
    );
  }
  let sum = 0;
  for (let i = 0; i < result.length; i++) sum += result[i];
  if (!Number.isFinite(sum)) {
    throw new RangeError('The operator gave a vector that is not finite: is the loss finite here?');
  }
  return result;
}
