import { compile } from '../../compile';
import { tf } from '../../environment/tensorflow';
import { float64 } from './float64';

/** Iterations between two looks at the gradient, which wait for the device. */
const LOOK_EVERY = 20;

/** One iteration of all problems; compiled once for each shape of problems, for as long as the process lives. */
const step = compile(
  (at: tf.Tensor, last: tf.Tensor, momentum: tf.Tensor, ...given: tf.Tensor[]) => {
    const [inputs, oneHot, part, ridges, inverse] = given;
    const scores = tf.softmax(tf.matMul(inputs as tf.Tensor3D, at as tf.Tensor3D));
    const errors = tf.mul(tf.sub(scores, oneHot), part);
    const slope = tf.matMul(inputs as tf.Tensor3D, errors as tf.Tensor3D, true);
    const gradient = tf.add(slope, tf.mul(at, ridges));
    const next = tf.sub(at, tf.matMul(inverse as tf.Tensor3D, gradient as tf.Tensor3D));
    const move = tf.sub(next, last);
    // Uphill against the gradient: this problem's momentum starts anew.
    const uphill = tf.greater(tf.sum(tf.mul(gradient, move), [1, 2], true), 0);
    const age = tf.where(uphill, tf.onesLike(momentum), tf.add(momentum, 1));
    const factor = tf.div(tf.sub(age, 1), tf.add(age, 2));
    const ahead = tf.add(next, tf.mul(factor, move));
    return [ahead, next, age, tf.max(tf.abs(gradient), [1, 2])];
  },
  { name: 'logistic regression' },
);

/** ½ `ridge` ‖W‖² beside the mean loss; `iterations` at most, until no entry of the gradient is above `tolerance`. */
type LogisticSettings = Record<'ridge' | 'iterations' | 'tolerance', number>;

/**
 * Ridge-penalized multinomial logistic regression, K at a time; the bias is free. The Hessian of each is at most
 * ½ XᵀX/n + λ (Böhning 1992), whose inverse makes every step a descent without a search; Nesterov's momentum
 * restarts where it points uphill (O'Donoghue & Candès 2015). Features should be of similar size.
 * @param features `[K, n, D]`. @param labels one-hot classes of each way to label the same samples: `[K, n, C]`, or
 * `[1, n, C]` where all K have the same. @param weights `[K, n]` or `[1, n]`: 1 for samples to fit and 0 for others.
 * @param settings scikit-learn's C is 1 / (ridge · samples).
 * @returns coefficients `[K, D + 1, C]`, the bias last, for each way to label the samples; the caller disposes them.
 * @throws RangeError where features are not finite.
 */
export function logisticRegression(
  features: tf.Tensor3D,
  labels: readonly tf.Tensor3D[],
  weights: tf.Tensor2D,
  settings: LogisticSettings,
): tf.Tensor3D[] {
  const [K, n, D] = features.shape;
  const given = tf.tidy(() => {
    const x = tf.concat([features, tf.ones([K, n, 1])], 2) as tf.Tensor3D;
    const share = tf.div(weights, tf.sum(weights, 1, true)).expandDims<tf.Tensor3D>(2);
    const ridges = Float32Array.from({ length: D + 1 }, (_, i) => (i < D ? settings.ridge : 0));
    const inverse = preconditioner(x, share, settings.ridge);
    return [x, share, tf.tensor3d(ridges, [1, D + 1, 1]), inverse];
  });
  const fits: tf.Tensor3D[] = [];
  try {
    for (const classes of labels) fits.push(descend(classes, given, settings));
    return fits;
  } catch (error) {
    tf.dispose(fits);
    throw error;
  } finally {
    tf.dispose(given);
  }
}

/** All steps of K problems from zero on; `given` is what {@link step} takes besides the labels. */
function descend(
  labels: tf.Tensor3D,
  [x, ...rest]: readonly tf.Tensor[],
  { iterations, tolerance }: LogisticSettings,
): tf.Tensor3D {
  const [K, , size] = x.shape;
  const zeros = () => tf.zeros([K, size!, labels.shape[2]]);
  let state: tf.Tensor[] = [zeros(), zeros(), tf.ones([K, 1, 1]), tf.zeros([K])];
  try {
    for (let done = 1; done <= iterations; done++) {
      const [ahead, last, age] = state;
      const after = step(ahead, last, age, x, labels, ...rest) as tf.Tensor[];
      tf.dispose(state);
      state = after;
      if (done % LOOK_EVERY > 0 && done < iterations) continue;
      const worst = Math.max(...state[3].dataSync());
      if (!Number.isFinite(worst)) {
        throw new RangeError('Logistic regression needs finite features, and these are not.');
      }
      if (worst <= tolerance) break;
    }
    return state.splice(1, 1)[0] as tf.Tensor3D;
  } finally {
    tf.dispose(state);
  }
}

/** (½ XᵀWX + λ)⁻¹ of each problem, `[K, D + 1, D + 1]`; the free bias keeps it from being singular by 1e-9. */
function preconditioner(x: tf.Tensor3D, share: tf.Tensor3D, ridge: number): tf.Tensor3D {
  const [K, , size] = x.shape;
  const diagonal = new Float64Array(size * size);
  for (let i = 0; i < size; i++) diagonal[i * size + i] = i < size - 1 ? 2 * ridge : 1e-9;
  const weighted = tf.mul(x, tf.sqrt(share));
  const values = float64((double) => {
    const rows = double.from(weighted);
    const penalty = double.numbers(diagonal, [1, size, size]);
    return double.read(double.inverse(double.add(double.matMul(rows, rows, true), penalty)));
  });
  const inverses = Float32Array.from(values, (value) => 2 * value);
  return tf.tensor3d(inverses, [K, size, size]);
}
