import { compile } from '../../compile';
import { tf } from '../../environment/tensorflow';
import { float64 } from './float64';

/** K multinomial logistic regressions of the same shape, to be solved side by side. */
export interface LogisticProblems {
  /** `[K, n, D]`. */
  readonly features: tf.Tensor3D;
  /** One-hot classes of each way to label the same samples: `[K, n, C]`, or `[1, n, C]` where all K have the same. */
  readonly labels: readonly tf.Tensor3D[];
  /** `[K, n]` or `[1, n]`: 1 for samples to fit and 0 for others; no row all 0. */
  readonly weights: tf.Tensor2D;
}

export interface LogisticSettings {
  /** Weight λ of ½‖W‖² beside the mean loss; the bias is free. Scikit-learn's C is 1 / (λ · samples). */
  readonly ridge: number;
  /** Most iterations. */
  readonly iterations: number;
  /** Ends once no entry of any gradient is larger. */
  readonly tolerance: number;
}

export interface LogisticFit {
  /** `[K, D + 1, C]`, the bias last. The caller disposes it. */
  readonly coefficients: tf.Tensor3D;
  /** Largest entry of each problem's gradient at the end. */
  readonly residuals: Float32Array;
  readonly iterations: number;
}

/** Iterations between two looks at the gradient, which wait for the device. */
const LOOK_EVERY = 20;

/** One iteration of all problems; compiled once for each shape of problems, for as long as the process lives. */
const step = compile(
  (at: tf.Tensor, last: tf.Tensor, momentum: tf.Tensor, ...given: tf.Tensor[]) => {
    const [inputs, oneHot, part, ridges, inverse] = given;
    const scores = tf.softmax(tf.matMul(inputs as tf.Tensor3D, at as tf.Tensor3D));
    const errors = tf.mul(tf.sub(scores, oneHot), part);
    const gradient = tf.add(
      tf.matMul(inputs as tf.Tensor3D, errors as tf.Tensor3D, true),
      tf.mul(at, ridges),
    );
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

/**
 * Ridge-penalized multinomial logistic regression, K at a time. The Hessian of each is at most
 * ½ XᵀX/n + λ (Böhning 1992), whose inverse makes every step a descent without a search; Nesterov's momentum
 * restarts where it points uphill (O'Donoghue & Candès 2015). Features should be of similar size.
 * @returns a fit for each way to label the samples; the inverses, which take longest, serve them all.
 * @throws RangeError where features are not finite.
 */
export function logisticRegression(
  { features, labels, weights }: LogisticProblems,
  settings: LogisticSettings,
): LogisticFit[] {
  const [K, n, D] = features.shape;
  const { ridge } = settings;
  const held: tf.Tensor[] = [];
  const keep = <T extends tf.Tensor>(tensor: T): T => {
    held.push(tensor);
    return tensor;
  };
  const x = keep(tf.tidy(() => tf.concat([features, tf.ones([K, n, 1])], 2) as tf.Tensor3D));
  const share = keep(tf.tidy(() => tf.div(weights, tf.sum(weights, 1, true)).expandDims(2)));
  const penalty = keep(
    tf.tensor3d(
      Float32Array.from({ length: D + 1 }, (_, i) => (i < D ? ridge : 0)),
      [1, D + 1, 1],
    ),
  );
  const metric = keep(preconditioner(x, share as tf.Tensor3D, ridge));
  const fits: LogisticFit[] = [];
  try {
    for (const classes of labels) {
      fits.push(descend(classes, [x, share, penalty, metric], settings));
    }
    return fits;
  } catch (error) {
    tf.dispose(fits.map(({ coefficients }) => coefficients));
    throw error;
  } finally {
    tf.dispose(held);
  }
}

/** All steps of K problems from zero on; `given` is what {@link step} takes besides the labels. */
function descend(
  labels: tf.Tensor3D,
  given: readonly tf.Tensor[],
  { iterations, tolerance }: LogisticSettings,
): LogisticFit {
  const [x, ...rest] = given;
  const [K, , size] = x.shape;
  const C = labels.shape[2];
  let state: tf.Tensor[] = [
    tf.zeros([K, size!, C]),
    tf.zeros([K, size!, C]),
    tf.ones([K, 1, 1]),
    tf.zeros([K]),
  ];
  let residuals = new Float32Array(K);
  let done = 0;
  try {
    while (done < iterations) {
      const [ahead, last, age] = state;
      const after = step(ahead, last, age, x, labels, ...rest) as tf.Tensor[];
      tf.dispose(state);
      state = after;
      done++;
      if (done % LOOK_EVERY === 0 || done === iterations) {
        residuals = state[3].dataSync() as Float32Array as typeof residuals;
        const worst = Math.max(...residuals);
        if (!Number.isFinite(worst)) {
          throw new RangeError('Logistic regression needs finite features, and these are not.');
        }
        if (worst <= tolerance) break;
      }
    }
    const [ahead, coefficients, age, sizes] = state;
    state = [];
    tf.dispose([ahead, age, sizes]);
    return { coefficients: coefficients as tf.Tensor3D, residuals, iterations: done };
  } finally {
    tf.dispose(state);
  }
}

/** (½ XᵀWX + λ)⁻¹ of each problem, `[K, D + 1, D + 1]`. */
function preconditioner(x: tf.Tensor3D, share: tf.Tensor3D, ridge: number): tf.Tensor3D {
  const [K, , size] = x.shape;
  const weighted = tf.tidy(() => tf.mul(x, tf.sqrt(share)));
  const diagonal = Float64Array.from({ length: size * size }, (_, at) =>
    Math.floor(at / size) === at % size ? (at < size * size - 1 ? 2 * ridge : 1e-9) : 0,
  );
  const values = float64((double) => {
    const rows = double.from(weighted);
    const bound = double.add(
      double.matMul(rows, rows, true),
      double.numbers(diagonal, [1, size, size]),
    );
    return double.read(double.inverse(bound));
  });
  weighted.dispose();
  return tf.tensor3d(Float32Array.from(values, (value) => 2 * value) as Float32Array, [
    K,
    size,
    size,
  ]);
}
