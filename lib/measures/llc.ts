import { type SampledLoss, type SgldChain, sgld } from './algorithms/sgld';
import { meanAndError } from './algorithms/vector';
import { type Measurement, measurement, positive, wholeNumber } from './measurement';

export interface LlcSettings {
  readonly chains: number;
  /** Draws that count, in each chain. */
  readonly draws: number;
  /** Draws before those. */
  readonly burnIn: number;
  /** ε. */
  readonly stepSize: number;
  /** γ. */
  readonly localization: number;
  /** nβ. */
  readonly nBeta: number;
  /** A loss above this is a divergence. */
  readonly ceiling: number;
  readonly seed: number;
}

/** What one chain found. */
export interface LlcChain {
  /** λ̂ of this chain alone; NaN where it diverged. */
  readonly llc: number;
  /** Loss of every draw, burn-in included, less the loss of the same mini-batch at the start. */
  readonly trace: Float64Array;
  /** Mean MALA acceptance of its moves; see `SgldChain`. */
  readonly acceptance: number;
  /**
   * Last half of the counted draws against the first: change of their mean rise, as a part of the rise. Near 0
   * for a chain that has settled.
   */
  readonly drift: number;
  readonly diverged?: string;
}

/** A local learning coefficient. */
export interface Llc extends Measurement<LlcSettings> {
  /** Loss at the start, mean over mini-batches. */
  readonly initialLoss: number;
  /** All chains, those that diverged too; they are not in the value. */
  readonly chains: readonly LlcChain[];
  readonly diverged: number;
  /** Counted chains whose mean lies below the start: w₀ was no minimum for them, or ε too large. */
  readonly negative: number;
}

/** nβ = b / ln b for an effective batch of b samples (Watanabe's β = 1/ln n; devinterp's default). */
export function defaultNBeta(batch: number): number {
  if (!(batch > 1))
    throw new RangeError(`A batch of ${batch} gives no temperature: take 2 or more.`);
  return batch / Math.log(batch);
}

/** The loss that SGLD samples; `loss` gives a mini-batch's loss without its gradient, where that is cheaper. */
export type LlcLoss = SampledLoss & { loss?(point: Float64Array, batch: number): number };

/** What must be chosen for each model, and what has defaults. */
export type LlcChoice = Pick<LlcSettings, 'stepSize' | 'localization' | 'nBeta'> &
  Partial<LlcSettings>;

/**
 * Local learning coefficient (Lau et al. 2023): λ̂ = nβ (E[L(w)] − L(w₀)), the mean over draws of localized
 * SGLD around w₀. Each draw is compared with the loss of its own mini-batch at w₀, so that what differs
 * between mini-batches cancels. The value is the mean over chains, the spread its standard error.
 *
 * ε and γ must be calibrated for each model (see `calibrateLlc`); there is no safe default.
 *
 * @throws RangeError for settings out of range, a start whose loss is not finite, or if every chain diverged.
 */
export function localLearningCoefficient(
  loss: LlcLoss,
  start: ArrayLike<number>,
  choice: LlcChoice,
): Llc {
  const { initialLoss, chains, settings } = llcChains(loss, start, choice);
  return llcOfChains(initialLoss, chains, settings);
}

/**
 * The coefficient that chains give together, for those who run them one by one.
 * @throws RangeError if every chain diverged.
 */
export function llcOfChains(
  initialLoss: number,
  chains: readonly LlcChain[],
  settings: LlcSettings,
): Llc {
  const good = chains.filter(({ diverged }) => diverged === undefined);
  if (good.length === 0) {
    throw new RangeError(
      `All ${chains.length} SGLD chains diverged (${chains[0].diverged}): lower stepSize ` +
        `(${settings.stepSize}) or raise localization (${settings.localization}).`,
    );
  }
  const { mean, error } = meanAndError(good.map(({ llc }) => llc));
  return measurement('Local learning coefficient', {
    value: mean,
    spread: error,
    samples: good.length,
    initialLoss,
    chains,
    diverged: chains.length - good.length,
    negative: good.filter(({ llc }) => llc < 0).length,
    settings,
  });
}

/** The chains behind {@link localLearningCoefficient}, all of them, diverged or not. */
export function llcChains(
  loss: LlcLoss,
  start: ArrayLike<number>,
  choice: LlcChoice,
): { initialLoss: number; chains: LlcChain[]; settings: LlcSettings } {
  const { initialLoss, settings, next } = llcSampler(loss, start, choice);
  return { initialLoss, settings, chains: Array.from({ length: settings.chains }, next) };
}

/**
 * What {@link llcChains} does, one chain a call of `next`: for callers who want to look up in between.
 * @throws RangeError for settings out of range, or a start whose loss is not finite.
 */
export function llcSampler(
  loss: LlcLoss,
  start: ArrayLike<number>,
  choice: LlcChoice,
): { initialLoss: number; settings: LlcSettings; next: () => LlcChain } {
  const settings: LlcSettings = {
    chains: 4,
    draws: 100,
    burnIn: 25,
    ceiling: Number.POSITIVE_INFINITY,
    seed: 0,
    ...choice,
  };
  wholeNumber('chains', settings.chains, 1);
  wholeNumber('draws', settings.draws, 2);
  wholeNumber('burnIn', settings.burnIn, 0);
  positive('stepSize', settings.stepSize);
  positive('localization', settings.localization, true);
  positive('nBeta', settings.nBeta);
  wholeNumber('Number of mini-batches for the LLC', loss.batches, 1);

  const w0 = new Float64Array(start);
  const steps = settings.burnIn + settings.draws;
  // Mini-batches beyond those compared at the start are never drawn.
  const batches = Math.min(loss.batches, steps);
  const initial = Array.from({ length: batches }, (_, batch) =>
    loss.loss ? loss.loss(w0, batch) : loss.gradient(w0, batch).loss,
  );
  const initialLoss = meanAndError(initial).mean;
  if (!Number.isFinite(initialLoss)) {
    throw new RangeError(`The loss is ${initialLoss} at the start: no LLC can be taken here.`);
  }
  const sampled: SampledLoss = {
    size: loss.size,
    batches,
    gradient: (point, batch) => loss.gradient(point, batch),
    ...(loss.walk ? { walk: (at, options) => loss.walk!(at, options) } : {}),
  };
  let { seed } = settings;
  const next = () => {
    const chain = sgld(sampled, w0, { ...settings, steps, seed: seed++ });
    return summarize(chain, initial, settings);
  };
  return { initialLoss, settings, next };
}

function summarize(
  { losses, batches, acceptance, diverged }: SgldChain,
  initial: readonly number[],
  { nBeta, burnIn }: LlcSettings,
): LlcChain {
  const trace = losses.map((each, draw) => each - initial[batches[draw]]);
  if (diverged) {
    return Object.freeze({ llc: Number.NaN, trace, acceptance, drift: Number.NaN, diverged });
  }
  const counted = trace.subarray(burnIn);
  const half = counted.length >> 1;
  const [rise, early, late] = [counted, counted.subarray(0, half), counted.subarray(half)].map(
    (part) => meanAndError(part).mean,
  );
  return Object.freeze({ llc: nBeta * rise, trace, acceptance, drift: (late - early) / rise });
}
