import { compile } from '../../compile';
import { backend, handleOf } from '../../compile/backend';
import { tf } from '../../environment/tensorflow';
import type { LangevinOptions, LangevinWalk } from '../algorithms/sgld';
import type { Objective } from './objective';

/** Langevin updates of an objective on the device, in float32: gradient and update are one compiled function. */
export class DeviceWalks {
  private readonly compiled: ReturnType<typeof compile>;

  constructor(private readonly objective: Objective) {
    this.compiled = compile(
      (point, start, move, force, noise, strengths, ...batch) => {
        const [stepSize, nBeta, localization, kick] = tf.unstack(strengths);
        const [loss, gradient] = objective.plainGradient(point, batch);
        const offset = tf.sub(point, start);
        const now = tf.add(tf.mul(nBeta, gradient), tf.mul(localization, offset));
        // The change of energy by the pull, and what MALA's proposals weigh, number by number: their sums over all
        // numbers are large and nearly the same before and after, too close to subtract in float32.
        const pull = tf.mul(tf.div(localization, 2), tf.mul(move, tf.sub(tf.mul(2, offset), move)));
        const work = tf.div(tf.mul(move, tf.add(force, now)), 2);
        const squares = tf.mul(tf.div(stepSize, 8), tf.sub(tf.square(force), tf.square(now)));
        const odds = tf.sum(tf.add(tf.sub(work, pull), squares));
        const next = tf.add(tf.mul(tf.div(stepSize, -2), now), tf.mul(kick, noise));
        return [tf.stack([loss, odds]), tf.add(point, next), next, now];
      },
      { name: 'Langevin update' },
    );
  }

  /** A walk over mini-batches around `center`. @throws RangeError for a point of another size. */
  start(
    batches: readonly (readonly tf.Tensor[])[],
    center: Float64Array,
    { stepSize, nBeta, localization, noise, scattered, seed }: LangevinOptions,
  ): LangevinWalk {
    const origin = this.objective.upload(center);
    const P = this.objective.size;
    const strengths = tf.tensor1d([stepSize, nBeta, localization, noise * Math.sqrt(stepSize)]);
    let draws = 0;
    const first = tf.tidy(() =>
      scattered
        ? tf.add(origin, tf.mul(gaussians(P, seed, draws++), 1 / Math.sqrt(localization)))
        : origin.clone(),
    );
    let state: tf.Tensor[] = [first, tf.fill([P], 0), tf.fill([P], 0)];
    let before = Number.NaN;
    return {
      advance: (batch) => {
        const [point, move, force] = state;
        const random = gaussians(P, seed, draws++);
        const inputs = [point, origin, move, force, random, strengths, ...batches[batch]];
        const [numbers, ...after] = this.compiled(...inputs) as tf.Tensor[];
        const [loss, odds] = numbers.dataSync();
        tf.dispose([numbers, random, state]);
        state = after;
        const logOdds = nBeta * (before - loss) + odds;
        before = loss;
        return { loss, logOdds };
      },
      point: () => Float64Array.from(state[0].dataSync()),
      dispose: () => tf.dispose([origin, strengths, state]),
    };
  }

  /** Frees what was compiled. */
  dispose(): void {
    this.compiled.dispose();
  }
}

/** Standard normal numbers that depend on seed and draw alone, by TensorFlow's own generator (Philox). */
function gaussians(size: number, seed: number, draw: number): tf.Tensor {
  return tf.tidy(() => {
    const { binding, createOutputTensor } = backend();
    const type = (name: string, value: number) => ({ name, type: binding.TF_ATTR_TYPE, value });
    const { TF_FLOAT, TF_INT32 } = binding;
    const attributes = [type('dtype', TF_FLOAT), type('T', TF_INT32), type('Tseed', TF_INT32)];
    const inputs = [tf.tensor1d([size], 'int32'), tf.tensor1d([seed, draw], 'int32')];
    const [made] = binding.executeOp('StatelessRandomNormal', attributes, inputs.map(handleOf), 1);
    return createOutputTensor.call(backend(), made);
  });
}
