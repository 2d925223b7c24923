import { meanAndError, permutation, randomNumbers } from './vectors';

/** Strengths of one chain's forces and noise. */
export interface LangevinOptions {
  /** ε. */
  readonly stepSize: number;
  /** nβ, the inverse temperature of the loss: n / ln n of n samples (Watanabe 2013; Lau et al. 2023), or the paper's 1. */
  readonly nBeta: number;
  /** γ, the strength of the pull back to w₀. */
  readonly localization: number;
  /** Factor on the noise: 1 samples, 0 is gradient descent. */
  readonly noise: number;
  /** True: the chain starts at a draw from the pull's own Gaussian, w₀ + N(0, 1/γ), which flat directions never leave. */
  readonly scattered: boolean;
  readonly seed: number;
}

/** A point that Langevin updates move, where the loss lives. */
export interface LangevinWalk {
  /**
   * Takes loss and gradient on a mini-batch, then moves the point.
   * @returns the loss at the point before, and the logarithm of the odds with which the exact sampler (MALA; Roberts &
   * Tweedie 1996) would have accepted the move that led there: NaN for the first draw. These mean something where the
   * draw before had the same mini-batch.
   */
  advance(batch: number): { readonly loss: number; readonly logOdds: number };
  /** Where the point is. */
  point(): Float64Array;
  dispose(): void;
}

/** A loss to sample from, by mini-batches numbered 0 … batches − 1. */
export interface SampledLoss {
  readonly batches: number;
  loss(point: Float64Array, batch: number): number;
  /** A walk around `center`, w₀. */
  walk(center: Float64Array, options: LangevinOptions): LangevinWalk;
}

/** One chain of draws. */
export interface SgldChain {
  /** Mini-batch of each draw. */
  readonly batches: Int32Array;
  /** Mini-batch loss at the point of each draw, before its update; cut short where the chain diverged. */
  readonly losses: Float64Array;
  /** Mean probability with which MALA would have accepted the moves between draws of one mini-batch, 0…1. */
  readonly acceptance: number;
  /** Where the chain ended. */
  readonly point: Float64Array;
  /** Why the chain is no good, where it is not. */
  readonly diverged?: string;
}

/** Draws between two looks up. */
const PAUSE_EVERY = 10;

/**
 * Stochastic gradient Langevin dynamics (Welling & Teh 2011) around a point w₀, as Lau et al. 2023 localize it:
 * w ← w − ε/2 (nβ ∇L(w) + γ(w − w₀)) + √ε ξ, ξ standard normal. Each pass over the mini-batches takes them in a new
 * random order, each for two draws, so that the move between the two has an acceptance of its own: that of the exact
 * sampler on this mini-batch. Across mini-batches the test would measure how much these differ.
 *
 * @param options `steps` updates, burn-in included. @param pause awaited now and then; what it throws ends the chain.
 */
export async function sgld(
  loss: SampledLoss,
  center: Float64Array,
  options: LangevinOptions & { readonly steps: number },
  pause?: () => Promise<void>,
): Promise<SgldChain> {
  const { steps, seed } = options;
  const random = randomNumbers(seed);
  const walk = loss.walk(center, options);
  const losses = new Float64Array(steps);
  const batches = new Int32Array(steps);
  let order: Int32Array = new Int32Array(0);
  const accepted: number[] = [];
  const chain = (draws: number, diverged?: string): SgldChain => ({
    ...{ batches: batches.slice(0, draws), losses: losses.slice(0, draws), diverged },
    ...{ acceptance: meanAndError(accepted).mean, point: walk.point() },
  });
  try {
    for (let step = 0; step < steps; step++) {
      if (step % PAUSE_EVERY === 0) await pause?.();
      const turn = step >> 1;
      if (step % 2 === 0 && turn % loss.batches === 0) order = permutation(random, loss.batches);
      const batch = order[turn % loss.batches];
      const draw = walk.advance(batch);
      losses[step] = draw.loss;
      batches[step] = batch;
      if (!Number.isFinite(draw.loss)) return chain(step + 1, `loss ${draw.loss} at draw ${step}`);
      if (step % 2 === 1) accepted.push(Math.min(1, Math.exp(draw.logOdds)));
    }
    return chain(steps);
  } finally {
    walk.dispose();
  }
}
