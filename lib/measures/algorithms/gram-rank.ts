import { effectiveRank } from './effective-rank';
import { jackknifeError } from './jackknife';
import { symmetricEigenvalues } from './symmetric-eigen';

/**
 * Effective rank of the matrix that a Gram matrix stands for, with its jackknife error.
 * @param transform applied to each Gram matrix, the jackknife's smaller ones too; centering, for a covariance.
 */
export function rankOfGram(
  gram: Float64Array,
  N: number,
  groups: number,
  transform: (gram: Float64Array, N: number) => Float64Array = (same) => same,
): { value: number; spread: number; spectrum: Float64Array } {
  if (!gram.every(Number.isFinite)) {
    throw new RangeError('A gradient is not finite: is the loss finite at this point?');
  }
  const G = Math.min(groups, N);
  const rank = (spectrum: Float64Array) => {
    const clean = spectrum.map((value) => Math.max(0, value));
    if (clean.every((value) => value === 0)) {
      throw new RangeError('All gradients are zero here, so they have no effective rank.');
    }
    return effectiveRank(clean);
  };
  const [spectrum] = symmetricEigenvalues([transform(gram, N)], N);
  const leftOut = Array.from({ length: G }, (_, group) => {
    const kept = Array.from({ length: N }, (_, i) => i).filter((i) => i % G !== group);
    const smaller = Float64Array.from({ length: kept.length ** 2 }, (_, at) => {
      const [row, column] = [kept[Math.floor(at / kept.length)], kept[at % kept.length]];
      return gram[row * N + column];
    });
    return symmetricEigenvalues([transform(smaller, kept.length)], kept.length)[0];
  });
  const value = rank(spectrum);
  const spread = N > 2 ? jackknifeError(leftOut.map(rank)) : Number.NaN;
  return { value, spread, spectrum: spectrum.map((each) => Math.max(0, each)) };
}
