import { generator, type Random } from '../../tasks/random';

/*
 * Vectors of the algorithms are typed arrays in float64, not tensors: next to a gradient a few passes over P numbers cost
 * little, and sums of a hundred million products need the digits.
 */

/** Σ aᵢbᵢ. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Euclidean length. */
export function norm(a: ArrayLike<number>): number {
  return Math.sqrt(dot(a, a));
}

/** Adds `factor` · `b` to `a`, in place. */
export function addScaled(a: Float64Array, factor: number, b: ArrayLike<number>): void {
  for (let i = 0; i < a.length; i++) a[i] += factor * b[i];
}

/** Takes from `a`, in place, what it has along an orthonormal basis, four at a time: passes over memory cost most. */
export function removeProjections(a: Float64Array, basis: readonly ArrayLike<number>[]): void {
  const n = a.length;
  let k = 0;
  for (; k + 4 <= basis.length; k += 4) {
    const [p, q, r, s] = basis.slice(k, k + 4);
    let [u, v, w, x] = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const value = a[i];
      u += value * p[i];
      v += value * q[i];
      w += value * r[i];
      x += value * s[i];
    }
    for (let i = 0; i < n; i++) a[i] -= u * p[i] + v * q[i] + w * r[i] + x * s[i];
  }
  for (; k < basis.length; k++) addScaled(a, -dot(a, basis[k]), basis[k]);
}

/** Multiplies `a` by `factor`, in place. */
export function scale(a: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] *= factor;
}

/** Mean and standard error of the mean of independent estimates; the error of a single one is NaN. */
export function meanAndError(values: ArrayLike<number>): { mean: number; error: number } {
  const n = values.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += values[i] / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i] - mean) ** 2;
  return { mean, error: n > 1 ? Math.sqrt(squares / (n - 1) / n) : Number.NaN };
}

/** The random numbers of an estimator: the same seed gives the same numbers everywhere. */
export function randomNumbers(seed: number): Random {
  if (!Number.isInteger(seed)) throw new RangeError(`seed is ${seed}: it must be an integer.`);
  return generator(seed, 'measures');
}

/** Independent standard normal numbers. */
export function gaussians(random: Random, size: number): Float64Array {
  return Float64Array.from({ length: size }, () => random.gaussian());
}

/** The numbers 0 … n − 1 in random order (Fisher & Yates). */
export function permutation(random: Random, n: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
