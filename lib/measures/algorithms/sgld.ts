import type { Random } from '../../tasks/random';
import { permutation, randomNumbers } from './random-vectors';

/** Strengths of one chain's forces and noise. */
export interface LangevinOptions {
  /** ε. */
  readonly stepSize: number;
  /** nβ, the inverse temperature of the loss. */
  readonly nBeta: number;
  /** γ, the strength of the pull back to w₀. */
  readonly localization: number;
  /** Factor on the noise: 1 samples, 0 is gradient descent. */
  readonly noise: number;
  /** True: the chain starts at a draw from the pull's own Gaussian, w₀ + N(0, 1/γ), and not at w₀. */
  readonly scattered: boolean;
  readonly seed: number;
}

/** What one update found before it moved. */
export interface LangevinDraw {
  /** Mini-batch loss at the point. */
  readonly loss: number;
  /**
   * Logarithm of the odds with which the exact sampler (MALA; Roberts & Tweedie 1996) would have accepted the move that
   * led here; NaN for the first draw. It means something where the draw before had the same mini-batch.
   */
  readonly logOdds: number;
}

/** A point that Langevin updates move: in JavaScript ({@link plainWalk}), or where the loss lives. */
export interface LangevinWalk {
  /** Takes loss and gradient on a mini-batch, then moves the point. */
  advance(batch: number): LangevinDraw;
  /** Where the point is. */
  point(): Float64Array;
  /** Frees what it holds. */
  dispose(): void;
}

/** A loss to sample from, by mini-batches numbered 0 … batches − 1. */
export interface SampledLoss {
  readonly batches: number;
  loss(point: Float64Array, batch: number): number;
  /** A walk around `center`, w₀. */
  walk(center: Float64Array, options: LangevinOptions): LangevinWalk;
}

export interface SgldOptions extends LangevinOptions {
  /** Updates, burn-in included. */
  readonly steps: number;
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
 * @param pause awaited now and then; what it throws ends the chain.
 */
export async function sgld(
  loss: SampledLoss,
  center: Float64Array,
  options: SgldOptions,
  pause?: () => Promise<void>,
): Promise<SgldChain> {
  const { steps, seed } = options;
  const random = randomNumbers(seed);
  const walk = loss.walk(center, options);
  const losses = new Float64Array(steps);
  const batches = new Int32Array(steps);
  let order: Int32Array = new Int32Array(0);
  const accepted: number[] = [];
  const mean = () => accepted.reduce((a, b) => a + b, 0) / accepted.length;
  try {
    for (let step = 0; step < steps; step++) {
      if (step % PAUSE_EVERY === 0) await pause?.();
      const turn = step >> 1;
      if (step % 2 === 0 && turn % loss.batches === 0) order = permutation(random, loss.batches);
      const batch = order[turn % loss.batches];
      const draw = walk.advance(batch);
      losses[step] = draw.loss;
      batches[step] = batch;
      if (!Number.isFinite(draw.loss)) {
        return {
          batches: batches.slice(0, step + 1),
          losses: losses.slice(0, step + 1),
          acceptance: mean(),
          point: walk.point(),
          diverged: `loss ${draw.loss} at draw ${step}`,
        };
      }
      if (step % 2 === 1) accepted.push(Math.min(1, Math.exp(draw.logOdds)));
    }
    return { batches, losses, acceptance: mean(), point: walk.point() };
  } finally {
    walk.dispose();
  }
}

/** Loss and gradient on a mini-batch. */
export type BatchGradient = (
  point: Float64Array,
  batch: number,
) => { readonly loss: number; readonly gradient: ArrayLike<number> };

/** A loss that gives its gradient, for chains in JavaScript. */
export function plainLoss(gradient: BatchGradient, batches = 1): SampledLoss {
  return {
    batches,
    loss: (point, batch) => gradient(point, batch).loss,
    walk: (center, options) =>
      plainWalk(gradient, center, options, randomNumbers(options.seed + 2 ** 32)),
  };
}

/** Langevin updates in float64 of a loss that gives its gradient. */
function plainWalk(
  gradientAt: BatchGradient,
  center: Float64Array,
  { stepSize, nBeta, localization, noise, scattered }: LangevinOptions,
  random: Random,
): LangevinWalk {
  const P = center.length;
  const away = scattered ? 1 / Math.sqrt(localization) : 0;
  const point = center.map((value) => value + (away > 0 ? away * random.gaussian() : 0));
  /** ∇U at the previous point and the move made from there. */
  const force = new Float64Array(P);
  const move = new Float64Array(P);
  const kick = noise * Math.sqrt(stepSize);
  let before = { energy: Number.NaN, square: 0 };
  return {
    advance: (batch) => {
      const { loss, gradient } = gradientAt(point, batch);
      let [distance, square, work] = [0, 0, 0];
      for (let i = 0; i < P; i++) {
        const offset = point[i] - center[i];
        const f = nBeta * gradient[i] + localization * offset;
        distance += offset * offset;
        square += f * f;
        work += move[i] * (force[i] + f);
        const next = (-stepSize / 2) * f + (kick > 0 ? kick * random.gaussian() : 0);
        move[i] = next;
        force[i] = f;
        point[i] += next;
      }
      const energy = nBeta * loss + (localization / 2) * distance;
      const logOdds = before.energy - energy + work / 2 + (stepSize / 8) * (before.square - square);
      before = { energy, square };
      return { loss, logOdds };
    },
    point: () => point.slice(),
    dispose: () => {},
  };
}
