import { generator, type Random } from '../../tasks/random';

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
