import { compile } from '../compile';
import { tf } from '../environment/tensorflow';
import { logisticRegression } from './algorithms/logistic-regression';
import { RandomVectors } from './algorithms/random-vectors';
import { type Measurement, measurement, positive, wholeNumber } from './measurement';

export interface ProbeSettings {
  /** Share of groups held out. */
  readonly heldOut: number;
  /** λ of the penalty, on standardized features. */
  readonly ridge: number;
  readonly iterations: number;
  readonly seed: number;
}

/**
 * One linear probe; its value is the accuracy on held-out samples, its spread the standard error over held-out
 * groups (binomial where each sample is a group): samples of equal prompts are right or wrong together.
 */
export interface Probe extends Measurement<ProbeSettings> {
  /** Held-out accuracy of always naming the class most common in training. */
  readonly chance: number;
  /**
   * Held-out accuracy of a probe trained to labels dealt anew to the groups (the control task of Hewitt &
   * Liang 2019). Above chance, it would show that held-out samples leak or that the probe only memorizes.
   */
  readonly control: number;
  /** Samples the probe was fitted to; `samples` counts the held-out ones. */
  readonly trained: number;
  /** Accuracy on those. */
  readonly trainedAccuracy: number;
  /** Largest entry of the gradient where the fit ended, of mean loss per weight. */
  readonly residual: number;
}

/** What is to be read from one matrix of states. */
export interface ProbeTarget {
  /** Class of each of the n samples, 0 … classes − 1. */
  readonly labels: ArrayLike<number>;
  /** Number of classes. */
  readonly classes: number;
  /**
   * Group of each sample, any integers: samples of a group are all fitted or all held out, and share one
   * control label. Give equal prompts the same group, or the probe is tested on what it was fitted to.
   * Each sample is a group of its own where this is left out.
   */
  readonly groups?: ArrayLike<number>;
}

/** Iterations end here: far below what could move an accuracy. */
const TOLERANCE = 1e-4;

/**
 * Linear probes (Alain & Bengio 2016): multinomial logistic regression from hidden states to a class, with
 * held-out accuracy. Features are standardized by the fitted samples. All K probes, and the K controls, are
 * fitted side by side, so give many matrices at once.
 *
 * @param states `[K, n, D]`: the states that probe k reads, one a row.
 * @param targets what probe k looks for, K of them; say, the same for each layer of a task-level.
 * @throws RangeError for lengths that do not match, labels out of range, fewer than 2 groups, or states that
 * are not finite.
 */
export function linearProbes(
  states: tf.Tensor3D,
  targets: readonly ProbeTarget[],
  { heldOut = 0.25, ridge = 1e-2, iterations = 400, seed = 0 }: Partial<ProbeSettings> = {},
): Probe[] {
  const [K, n, D] = states.shape;
  positive('ridge', ridge);
  wholeNumber('iterations', iterations, 1);
  if (!(heldOut > 0 && heldOut < 1)) {
    throw new RangeError(`heldOut is ${heldOut}: it must lie between 0 and 1.`);
  }
  if (K !== targets.length || K === 0 || D === 0) {
    throw new RangeError(
      `${K} matrices of width ${D} and ${targets.length} targets: give one each.`,
    );
  }
  const plans = targets.map((target, k) => plan(target, n, heldOut, seed + k));
  const classes = Math.max(...targets.map((target) => target.classes));
  const settings = { heldOut, ridge, iterations, seed };

  const weights = tf.tensor2d(
    plans.flatMap(({ fitted }) => [...fitted]),
    [K, n],
  );
  const features = standardized(states, weights);
  const oneHot = (kind: 'labels' | 'control') =>
    tf.tidy(() => {
      const flat = tf.tensor2d(
        plans.flatMap((each) => [...each[kind]]),
        [K, n],
        'int32',
      );
      return tf.oneHot(flat, classes).toFloat() as tf.Tensor3D;
    });
  const labels = [oneHot('labels'), oneHot('control')];
  const [real, control] = (() => {
    try {
      return fit(features, labels, weights, { ridge, iterations });
    } finally {
      tf.dispose([weights, features, ...labels]);
    }
  })();

  return plans.map((each, k) => {
    const score = (choices: Int32Array, labels: Int32Array, wanted: number) => {
      const groups = new Map<number, { right: number; seen: number }>();
      for (let i = 0; i < n; i++) {
        if (each.fitted[i] !== wanted) continue;
        const own = groups.get(each.groups[i]) ?? { right: 0, seen: 0 };
        own.seen++;
        if (choices[k * n + i] === labels[i]) own.right++;
        groups.set(each.groups[i], own);
      }
      const total = { right: 0, seen: 0 };
      for (const { right, seen } of groups.values()) {
        total.right += right;
        total.seen += seen;
      }
      const share = total.right / total.seen;
      let squares = 0;
      for (const { right, seen } of groups.values()) squares += (right - share * seen) ** 2;
      return { share, seen: total.seen, error: Math.sqrt(squares) / total.seen };
    };
    const test = score(real.choices, each.labels, 0);
    const train = score(real.choices, each.labels, 1);
    const constant = new Int32Array(K * n).fill(each.common);
    return measurement('Probe accuracy', {
      value: test.share,
      spread: test.error,
      samples: test.seen,
      chance: score(constant, each.labels, 0).share,
      control: score(control.choices, each.control, 0).share,
      trained: train.seen,
      trainedAccuracy: train.share,
      residual: real.residuals[k],
      settings: { ...settings, seed: seed + k },
    });
  });
}

interface Plan {
  readonly labels: Int32Array;
  readonly groups: ArrayLike<number>;
  /** Random labels, the same for all samples of a group, as often as the real ones. */
  readonly control: Int32Array;
  /** 1 for samples to fit, 0 for those held out. */
  readonly fitted: Float32Array;
  /** The class most common among the fitted. */
  readonly common: number;
}

function plan(target: ProbeTarget, n: number, heldOut: number, seed: number): Plan {
  const { classes, groups = Int32Array.from({ length: n }, (_, i) => i) } = target;
  const labels = Int32Array.from(target.labels);
  wholeNumber('classes', classes, 2);
  if (labels.length !== n || groups.length !== n) {
    throw new RangeError(
      `There are ${n} states, ${labels.length} labels and ${groups.length} groups: give as many of each.`,
    );
  }
  const wrong = labels.findIndex((label) => !(label >= 0 && label < classes));
  if (wrong >= 0) {
    throw new RangeError(
      `Label ${labels[wrong]} of sample ${wrong} is not one of ${classes} classes.`,
    );
  }
  const names = [...new Set(Array.from(groups))];
  const out = Math.round(heldOut * names.length);
  if (out < 1 || out >= names.length) {
    throw new RangeError(
      `${names.length} different samples are too few to hold out ${heldOut} of them: give more.`,
    );
  }
  const random = new RandomVectors(seed);
  const order = random.permutation(names.length);
  const place = new Map(names.map((name, i) => [name, order[i]]));
  // Dealing out a shuffle of one label per group keeps the classes as common as they are.
  const first = new Map<number, number>();
  labels.forEach((label, i) => {
    if (!first.has(groups[i])) first.set(groups[i], label);
  });
  const deal = random.permutation(names.length);
  const dealt = new Map(names.map((name, i) => [name, first.get(names[deal[i]])!]));
  const fitted = Float32Array.from(labels, (_, i) => (place.get(groups[i])! < out ? 0 : 1));
  const counts = new Int32Array(classes);
  labels.forEach((label, i) => {
    counts[label] += fitted[i];
  });
  return {
    labels,
    groups,
    control: Int32Array.from(labels, (_, i) => dealt.get(groups[i])!),
    fitted,
    common: counts.indexOf(Math.max(...counts)),
  };
}

/** States less the fitted samples' mean, over their standard deviation; what does not vary becomes 0. */
function standardized(states: tf.Tensor3D, weights: tf.Tensor2D): tf.Tensor3D {
  const result = tf.tidy(() => {
    const share = tf.div(weights, tf.sum(weights, 1, true)).expandDims(2);
    const centered = tf.sub(states, tf.sum(tf.mul(states, share), 1, true));
    const variance = tf.sum(tf.mul(tf.square(centered), share), 1, true);
    return tf.mul(centered, tf.rsqrt(tf.maximum(variance, 1e-12))) as tf.Tensor3D;
  });
  const size = tf.tidy(() => tf.sum(tf.abs(result)).dataSync()[0]);
  if (!Number.isFinite(size)) {
    result.dispose();
    throw new RangeError('The hidden states are not finite, so nothing can be read from them.');
  }
  return result;
}

/** The class with the highest score for each sample; compiled, so that it is float32 in every process. */
const choose = compile(
  (features: tf.Tensor, coefficients: tf.Tensor) => {
    const D = features.shape[2]!;
    const [slopes, bias] = tf.split(coefficients as tf.Tensor3D, [D, 1], 1);
    return tf.argMax(tf.add(tf.matMul(features, slopes), bias), -1);
  },
  { name: 'choices of linear probes' },
);

/** Fits all problems, to each of the labels; gives the class that each names for each sample, `K · n`. */
function fit(
  features: tf.Tensor3D,
  labels: readonly tf.Tensor3D[],
  weights: tf.Tensor2D,
  settings: { ridge: number; iterations: number },
): { choices: Int32Array; residuals: Float32Array }[] {
  const fits = logisticRegression(
    { features, labels, weights },
    { ...settings, tolerance: TOLERANCE },
  );
  return fits.map(({ coefficients, residuals }) => {
    const best = choose(features, coefficients);
    const choices = best.dataSync() as Int32Array;
    tf.dispose([best, coefficients]);
    return { choices, residuals };
  });
}
