import type { RandomVectors } from './random-vectors';

/** Strengths of one chain's forces and noise. */
export interface LangevinOptions {
  /** ε. */
  readonly stepSize: number;
  /** nβ, the inverse temperature of the loss. */
  readonly nBeta: number;
  /** γ, the strength of the pull back to the start. */
  readonly localization: number;
  /** Factor on the noise: 1 samples, 0 is gradient descent. */
  readonly noise: number;
  /** Of the noise, where a walk makes its own. */
  readonly seed: number;
}

/** What one update found before it moved. */
export interface LangevinDraw {
  /** Mini-batch loss at the point. */
  readonly loss: number;
  /**
   * Logarithm of the odds with which the exact sampler (MALA; Roberts & Tweedie 1996) would have accepted the move
   * that led here; NaN for the first draw.
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

/** Loss and gradient on a mini-batch. */
export type BatchGradient = (
  point: Float64Array,
  batch: number,
) => { readonly loss: number; readonly gradient: ArrayLike<number> };

/**
 * Langevin updates in float64, w ← w − ε/2 (nβ ∇L(w) + γ(w − w₀)) + √ε ξ, of any loss that gives its gradient.
 * @param start w₀, P numbers. @param random gives the noise, P numbers an update.
 */
export function plainWalk(
  gradientAt: BatchGradient,
  start: Float64Array,
  { stepSize, nBeta, localization, noise }: Omit<LangevinOptions, 'seed'>,
  random: RandomVectors,
): LangevinWalk {
  const P = start.length;
  const point = start.slice();
  /** ∇U at the previous point and the move made from there. */
  const force = new Float64Array(P);
  const move = new Float64Array(P);
  const kick = noise * Math.sqrt(stepSize);
  let before = { energy: Number.NaN, square: 0 };
  return {
    advance: (batch) => {
      const { loss, gradient } = gradientAt(point, batch);
      let [away, square, work] = [0, 0, 0];
      // One pass for everything: P is in the millions, and each pass costs as much as a part of the gradient.
      for (let i = 0; i < P; i++) {
        const offset = point[i] - start[i];
        const f = nBeta * gradient[i] + localization * offset;
        away += offset * offset;
        square += f * f;
        work += move[i] * (force[i] + f);
        const next = (-stepSize / 2) * f + (kick > 0 ? kick * random.gaussian() : 0);
        move[i] = next;
        force[i] = f;
        point[i] += next;
      }
      const energy = nBeta * loss + (localization / 2) * away;
      const logOdds = before.energy - energy + work / 2 + (stepSize / 8) * (before.square - square);
      before = { energy, square };
      return { loss, logOdds };
    },
    point: () => point.slice(),
    dispose: () => {},
  };
}
