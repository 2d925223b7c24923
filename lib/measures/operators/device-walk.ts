import { compile } from '../../compile';
import { tf } from '../../environment/tensorflow';
import type { LangevinOptions, LangevinWalk } from '../algorithms/langevin';
import type { Objective } from './objective';

/**
 * Langevin updates of an objective on the device, in float32: gradient and update are one compiled function, and
 * neither points nor gradients are handed over. The same updates as `plainWalk`, with other random numbers.
 */
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

  /**
   * A walk over mini-batches.
   * @throws RangeError for a start of another size.
   */
  start(
    batches: readonly (readonly tf.Tensor[])[],
    start: Float64Array,
    { stepSize, nBeta, localization, noise, seed }: LangevinOptions,
  ): LangevinWalk {
    const origin = this.objective.upload(start);
    const P = this.objective.size;
    const strengths = tf.tensor1d([stepSize, nBeta, localization, noise * Math.sqrt(stepSize)]);
    let state: tf.Tensor[] = [origin.clone(), tf.fill([P], 0), tf.fill([P], 0)];
    let draws = 0;
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

/** What tfjs-node's backend offers for operations that tfjs has no name for. */
interface NodeBackend {
  executeSingleOutput(name: string, attributes: object[], inputs: tf.Tensor[]): tf.Tensor;
  readonly binding: Record<'TF_ATTR_TYPE' | 'TF_FLOAT' | 'TF_INT32', number>;
}

/** Standard normal numbers that depend on seed and draw alone, by TensorFlow's own generator (Philox). */
function gaussians(size: number, seed: number, draw: number): tf.Tensor {
  return tf.tidy(() => {
    const backend = tf.backend() as unknown as NodeBackend;
    const { binding } = backend;
    const type = (name: string, value: number) => ({ name, type: binding.TF_ATTR_TYPE, value });
    const attributes = [
      type('dtype', binding.TF_FLOAT),
      type('T', binding.TF_INT32),
      type('Tseed', binding.TF_INT32),
    ];
    const inputs = [tf.tensor1d([size], 'int32'), tf.tensor1d([seed, draw], 'int32')];
    return backend.executeSingleOutput('StatelessRandomNormal', attributes, inputs);
  });
}
