import { meanAndError } from './algorithms/vector';
import { type LlcLoss, type LlcSettings, llcChains } from './llc';

/** One point of the sweep: what SGLD gives at one step size and one localization. */
export interface CalibrationRow {
  readonly stepSize: number;
  readonly localization: number;
  /** λ̂, NaN where every chain diverged. */
  readonly llc: number;
  readonly spread: number;
  /** Means over the chains that did not diverge. */
  readonly acceptance: number;
  readonly drift: number;
  readonly diverged: number;
  readonly negative: number;
}

/** Step sizes and localizations that devinterp's guide suggests to sweep. */
export const SWEEP = {
  stepSizes: [1e-5, 3e-5, 1e-4, 3e-4, 1e-3],
  localizations: [1, 10, 100],
} as const;

/**
 * Sweeps ε and γ for one model, to find where λ̂ depends on neither much. Choose, on a plateau, the largest ε
 * whose acceptance stays above about 0.9 and whose chains neither diverge, drift nor fall below the start.
 * @returns a row a pair, ε slowest; the table behind the calibration figure.
 * @throws RangeError for an empty sweep, or settings out of range.
 */
export function calibrateLlc(
  loss: LlcLoss,
  start: ArrayLike<number>,
  {
    stepSizes = SWEEP.stepSizes,
    localizations = SWEEP.localizations,
    ...settings
  }: {
    stepSizes?: readonly number[];
    localizations?: readonly number[];
  } & Pick<LlcSettings, 'nBeta'> &
    Partial<Omit<LlcSettings, 'stepSize' | 'localization'>>,
): CalibrationRow[] {
  if (stepSizes.length === 0 || localizations.length === 0) {
    throw new RangeError('The sweep is empty: give at least one step size and one localization.');
  }
  return stepSizes.flatMap((stepSize) =>
    localizations.map((localization) => {
      const { chains } = llcChains(loss, start, { ...settings, stepSize, localization });
      const good = chains.filter(({ diverged }) => diverged === undefined);
      // The mean of no chains is NaN.
      const mean = (of: 'acceptance' | 'drift') =>
        good.reduce((sum, chain) => sum + chain[of], 0) / good.length;
      const { mean: llc, error: spread } = meanAndError(good.map((chain) => chain.llc));
      return Object.freeze({
        stepSize,
        localization,
        llc: good.length > 0 ? llc : Number.NaN,
        spread,
        acceptance: mean('acceptance'),
        drift: mean('drift'),
        diverged: chains.length - good.length,
        negative: good.filter((chain) => chain.llc < 0).length,
      });
    }),
  );
}
