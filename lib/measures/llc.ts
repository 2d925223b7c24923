import { positive, wholeNumber } from '../files/range';
import { type LangevinOptions, type SampledLoss, type SgldChain, sgld } from './algorithms/sgld';
import { meanAndError } from './algorithms/vectors';

export interface LlcSettings extends Omit<LangevinOptions, 'noise'> {
  readonly chains: number;
  /** Draws that count, in each chain. */
  readonly draws: number;
  /** Draws before those. */
  readonly burnIn: number;
  /** 0…1. ε is halved until trial chains accept this share of their moves. Without it ε is taken as it is. */
  readonly acceptance?: number;
  /** Draws of a trial chain. */
  readonly trial: number;
}

/** A local learning coefficient, of the chains that did not diverge. */
export interface Llc {
  /** λ̂; below 0 where w₀ is no minimum. */
  readonly value: number;
  /** Over chains; of a single chain over tenths of its draws. */
  readonly standardError: number;
  /** Mean over chains, 0…1. */
  readonly acceptance: number;
  /** How much later draws lie above earlier ones, second half against first, in standard errors of that difference. */
  readonly drift: number;
  /** ε that was used. */
  readonly stepSize: number;
}

/** What must be chosen, and what has defaults: 4 chains of 100 draws after 25, from w₀, ε as given. */
export type LlcChoice = Pick<LlcSettings, 'stepSize' | 'localization' | 'nBeta'> &
  Partial<LlcSettings>;

/** ε is halved at most so often. */
const HALVINGS = 12;
/** A single chain's standard error is that over so many stretches of it. */
const STRETCHES = 10;

/**
 * Local learning coefficient (Lau et al. 2023): λ̂ = nβ (E[L(w)] − L(w₀)), the mean over draws of localized SGLD around
 * w₀. Each draw is compared with the loss of its own mini-batch at w₀, so that what differs between mini-batches cancels.
 * Compare values of one γ, which says how far one looks, and one nβ.
 *
 * @param center w₀, P numbers. @param pause awaited now and then; what it throws ends the work.
 * @throws RangeError for settings out of range, a w₀ whose loss is not finite, if every chain diverged, or where no ε is
 * small enough.
 */
export async function localLearningCoefficient(
  loss: SampledLoss,
  center: ArrayLike<number>,
  choice: LlcChoice,
  pause?: () => Promise<void>,
): Promise<Llc> {
  const usual = { chains: 4, draws: 100, burnIn: 25, trial: 60, scattered: false, seed: 0 };
  const settings: LlcSettings = { ...usual, ...choice };
  const { chains: count, draws, burnIn, localization, nBeta, acceptance, scattered } = settings;
  wholeNumber('chains', count, 1);
  wholeNumber('draws', draws, 2);
  wholeNumber('burnIn', burnIn, 0);
  wholeNumber('trial', settings.trial, 2);
  positive('stepSize', settings.stepSize);
  positive('nBeta', nBeta);
  if (scattered || localization !== 0) positive('localization', localization);
  if (acceptance !== undefined) positive('acceptance', acceptance, 1);
  wholeNumber('Number of mini-batches for the LLC', loss.batches, 1);

  const w0 = new Float64Array(center);
  const steps = burnIn + draws;
  // Each mini-batch serves two draws; those beyond are never drawn.
  const batches = Math.min(loss.batches, Math.ceil(steps / 2));
  const initial = Array.from({ length: batches }, (_, batch) => loss.loss(w0, batch));
  if (!Number.isFinite(mean(initial))) {
    throw new RangeError(`The loss is ${mean(initial)} at the start: no LLC can be taken here.`);
  }
  const sampled = { ...loss, batches };
  const chainOf = (length: number, stepSize: number, seed: number) =>
    sgld(sampled, w0, { ...settings, noise: 1, steps: length, stepSize, seed }, pause);

  let { stepSize } = settings;
  for (let halvings = 0; acceptance !== undefined; halvings++) {
    const trial = await chainOf(settings.trial, stepSize, settings.seed);
    if (!trial.diverged && trial.acceptance >= acceptance) break;
    if (halvings === HALVINGS) {
      throw new RangeError(
        `No step is small enough: at ${stepSize} the acceptance is ${trial.acceptance}. ` +
          `Is the loss smooth here, and localization (${localization}) not too high?`,
      );
    }
    stepSize /= 2;
  }
  const chains: SgldChain[] = [];
  for (let i = 0; i < count; i++) chains.push(await chainOf(steps, stepSize, settings.seed + i));
  const good = chains.filter(({ diverged }) => diverged === undefined);
  if (good.length === 0) {
    throw new RangeError(
      `All ${count} SGLD chains diverged (${chains[0].diverged}): lower stepSize (${stepSize}) or raise ` +
        `localization (${localization}).`,
    );
  }
  /** Of every draw that counts, its loss less that of the same mini-batch at w₀. */
  const counted = good.map(({ losses, batches: drawn }) =>
    losses.map((each, draw) => each - initial[drawn[draw]]).subarray(burnIn),
  );
  const parts = counted.length > 1 ? counted : stretches(counted[0], STRETCHES);
  const rise = meanAndError(parts.map(mean));
  return {
    value: nBeta * rise.mean,
    standardError: nBeta * rise.error,
    acceptance: mean(good.map((chain) => chain.acceptance)),
    drift: driftOf(counted),
    stepSize,
  };
}

/** Mean rise of the second half of the draws less that of the first, over its standard error. */
function driftOf(chains: readonly Float64Array[]): number {
  const halves = chains.map((draws) => stretches(draws, 2));
  if (halves.length > 1) {
    const change = meanAndError(halves.map(([early, late]) => mean(late) - mean(early)));
    return change.mean / change.error;
  }
  const [early, late] = halves[0].map((half) =>
    meanAndError(stretches(half, STRETCHES / 2).map(mean)),
  );
  return (late.mean - early.mean) / Math.hypot(late.error, early.error);
}

/** Consecutive parts of about equal length, none empty. */
function stretches(values: Float64Array, count: number): Float64Array[] {
  const parts = Math.min(count, values.length);
  const edge = (i: number) => Math.floor((i * values.length) / parts);
  return Array.from({ length: parts }, (_, i) => values.subarray(edge(i), edge(i + 1)));
}

const mean = (values: ArrayLike<number>) => meanAndError(values).mean;
