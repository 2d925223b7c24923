import { type BatchGradient, type LangevinOptions, type LangevinWalk, plainWalk } from './langevin';
import { RandomVectors } from './random-vectors';

/** A loss to sample from, by mini-batches numbered 0 … batches − 1. */
export interface SampledLoss {
  readonly size: number;
  readonly batches: number;
  readonly gradient: BatchGradient;
  /** Makes the updates where the loss lives, if that is cheaper than to hand over every gradient. */
  walk?(start: Float64Array, options: LangevinOptions): LangevinWalk;
}

export interface SgldOptions extends Omit<LangevinOptions, 'noise'> {
  /** Updates, burn-in included. */
  readonly steps: number;
  readonly noise?: number;
  /** A loss above this is a divergence. */
  readonly ceiling?: number;
}

/** One chain of draws. */
export interface SgldChain {
  /** Mini-batch of each draw. */
  readonly batches: Int32Array;
  /** Mini-batch loss at the point of each draw, before its update; cut short where the chain diverged. */
  readonly losses: Float64Array;
  /**
   * Mean over updates of the probability with which the exact sampler (MALA; Roberts & Tweedie 1996) would
   * have accepted it, on mini-batch estimates: near 1 where ε is small enough. NaN without noise.
   */
  readonly acceptance: number;
  /** Where the chain ended. */
  readonly point: Float64Array;
  /** Why the chain is no good, where it is not. */
  readonly diverged?: string;
}

/**
 * Stochastic gradient Langevin dynamics (Welling & Teh 2011) around a start, as Lau et al. 2023 localize it:
 * w ← w − ε/2 (nβ ∇L(w) + γ(w − w₀)) + √ε ξ, ξ standard normal. Each pass over the mini-batches takes them
 * in a new random order.
 */
export function sgld(loss: SampledLoss, start: Float64Array, options: SgldOptions): SgldChain {
  const { steps, noise = 1, seed, ceiling = Number.POSITIVE_INFINITY } = options;
  const random = new RandomVectors(seed);
  const strengths = { ...options, noise };
  const walk = loss.walk?.(start, strengths) ?? plainWalk(loss.gradient, start, strengths, random);
  const losses = new Float64Array(steps);
  const batches = new Int32Array(steps);
  let order: Int32Array = new Int32Array(0);
  let accepted = 0;
  try {
    for (let step = 0; step < steps; step++) {
      if (step % loss.batches === 0) order = random.permutation(loss.batches);
      const batch = order[step % loss.batches];
      const draw = walk.advance(batch);
      losses[step] = draw.loss;
      batches[step] = batch;
      if (!Number.isFinite(draw.loss) || draw.loss > ceiling) {
        return {
          batches: batches.slice(0, step + 1),
          losses: losses.slice(0, step + 1),
          acceptance: accepted / step,
          point: walk.point(),
          diverged: `loss ${draw.loss} at draw ${step}`,
        };
      }
      if (step > 0) accepted += Math.min(1, Math.exp(draw.logOdds));
    }
    const acceptance = noise > 0 ? accepted / (steps - 1) : Number.NaN;
    return { batches, losses, acceptance, point: walk.point() };
  } finally {
    walk.dispose();
  }
}
