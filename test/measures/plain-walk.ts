import type {
  LangevinOptions,
  LangevinWalk,
  SampledLoss,
} from '../../lib/measures/algorithms/sgld';
import { randomNumbers } from '../../lib/measures/algorithms/vectors';
import type { Random } from '../../lib/tasks/random';

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
