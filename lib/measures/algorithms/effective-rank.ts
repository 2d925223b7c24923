/** RankMe's ε, added to every normalized singular value (Garrido et al. 2023, equation 1). */
export const RANKME_EPSILON = 1e-7;

/**
 * Effective rank of a spectrum (Roy & Vetterli 2007): the exponential of the entropy of pₖ = vₖ/Σv + ε. From 1, where one
 * value is all there is, to the number of values, where they are equal. A spectrum of zeros gives 1.
 *
 * ```ts
 * effectiveRank([1, 1, 1, 1]); // 4
 * effectiveRank([1, 0, 0, 0]); // 1
 * ```
 * @param spectrum singular values (RankMe) or eigenvalues (Fisher, gradient covariance), none negative.
 * @param epsilon added to each pₖ: {@link RANKME_EPSILON} for RankMe; 0, Roy & Vetterli's own, by default.
 * @throws RangeError for an empty spectrum, a negative value, or one that is not finite.
 */
export function effectiveRank(spectrum: ArrayLike<number>, epsilon = 0): number {
  const values = Float64Array.from(spectrum);
  const sum = values.reduce((a, b) => a + b, 0);
  if (values.length === 0 || !Number.isFinite(sum)) {
    throw new RangeError(
      `The effective rank of ${values.length} values with the sum ${sum} is not defined: ` +
        'give a spectrum that is not empty and is finite.',
    );
  }
  const least = Math.min(...values);
  if (least < 0) {
    throw new RangeError(`The spectrum holds ${least}: effective rank takes values of 0 or more.`);
  }
  if (sum === 0) return 1;
  const shares = values.map((value) => value / sum + epsilon);
  return Math.exp(shares.reduce((entropy, p) => (p > 0 ? entropy - p * Math.log(p) : entropy), 0));
}
