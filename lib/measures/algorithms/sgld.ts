import { RandomVectors } from './random-vectors';

/** A loss to sample from, by mini-batches numbered 0 … batches − 1. */
export interface SampledLoss {
  readonly size: number;
  readonly batches: number;
  gradient(
    point: Float64Array,
    batch: number,
  ): { readonly loss: number; readonly gradient: ArrayLike<number> };
}

export interface SgldOptions {
  /** Updates, burn-in included. */
  readonly steps: number;
  /** ε. */
  readonly stepSize: number;
  /** nβ, the inverse temperature of the loss. */
  readonly nBeta: number;
  /** γ, the strength of the pull back to the start. */
  readonly localization: number;
  /** Factor on the noise: 1 samples, 0 is gradient descent. */
  readonly noise?: number;
  readonly seed: number;
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
  const { steps, stepSize, nBeta, localization, noise = 1, seed } = options;
  const { ceiling = Number.POSITIVE_INFINITY } = options;
  const random = new RandomVectors(seed);
  const point = start.slice();
  const P = loss.size;
  /** ∇U at the previous point and the move made from there, for the acceptance rate. */
  const before = { force: new Float64Array(P), move: new Float64Array(P), energy: 0, square: 0 };
  const force = new Float64Array(P);
  const losses = new Float64Array(steps);
  const batches = new Int32Array(steps);
  const kick = noise * Math.sqrt(stepSize);
  let order: Int32Array = new Int32Array(0);
  let accepted = 0;
  for (let step = 0; step < steps; step++) {
    if (step % loss.batches === 0) order = random.permutation(loss.batches);
    const batch = order[step % loss.batches];
    const now = loss.gradient(point, batch);
    losses[step] = now.loss;
    batches[step] = batch;
    if (!Number.isFinite(now.loss) || now.loss > ceiling) {
      const diverged = `loss ${now.loss} at draw ${step}`;
      const drawn = [batches.slice(0, step + 1), losses.slice(0, step + 1)] as const;
      return { batches: drawn[0], losses: drawn[1], acceptance: accepted / step, point, diverged };
    }
    let [away, square, work] = [0, 0, 0];
    for (let i = 0; i < P; i++) {
      const offset = point[i] - start[i];
      const f = nBeta * now.gradient[i] + localization * offset;
      away += offset * offset;
      square += f * f;
      work += before.move[i] * (before.force[i] + f);
      force[i] = f;
    }
    const energy = nBeta * now.loss + (localization / 2) * away;
    if (step > 0) {
      const logRatio =
        before.energy - energy + work / 2 + (stepSize / 8) * (before.square - square);
      accepted += Math.min(1, Math.exp(logRatio));
    }
    Object.assign(before, { energy, square });
    for (let i = 0; i < P; i++) {
      const move = (-stepSize / 2) * force[i] + (kick > 0 ? kick * random.gaussian() : 0);
      before.move[i] = move;
      before.force[i] = force[i];
      point[i] += move;
    }
  }
  const acceptance = noise > 0 ? accepted / (steps - 1) : Number.NaN;
  return { batches, losses, acceptance, point };
}
