import { tf } from '../environment/tensorflow';
import { positive, wholeNumber } from '../files/range';
import { logisticRegression } from './algorithms/logistic-regression';
import { permutation, randomNumbers } from './algorithms/vectors';

/** What one linear probe reads from samples that it was not fitted to; shares, 0…1. */
export interface Probe {
  /** Share of tokens read right. */
  readonly tokenAccuracy: number;
  /** Of the token accuracy; the tokens of a sample are right or wrong together. */
  readonly standardError: number;
  /** Share of samples all of whose tokens are read right. */
  readonly answerAccuracy: number;
  /** Token accuracy of always naming the token most common among those fitted. */
  readonly chance: number;
  /**
   * Token accuracy of a probe of shuffled tokens (after the control task of Hewitt & Liang 2019). Above chance, it would
   * show that the probe has seen what it is tested on.
   */
  readonly control: number;
}

/**
 * What is to be read from each of n states: the right next token; and which sample the state is of, any integers: the
 * states of a sample are all fitted or all held out.
 */
type ProbeTarget = Readonly<Record<'tokens' | 'samples', ArrayLike<number>>>;

/** Iterations end here: far below what could move an accuracy. */
const TOLERANCE = 1e-4;
/** The number of states is filled up to a multiple of this, so that few shapes are compiled. */
const FILL = 400;

/**
 * Linear probes (Alain & Bengio 2016; the paper, version 4): multinomial logistic regression from hidden states at answer
 * positions to the right next token, fitted on four fifths of the samples and tested on the rest; the split is stratified
 * by the first token of the answer. States are standardized by those fitted. All layers are probed side by side, with one
 * split and one shuffle.
 *
 * @param states `[K, n, D]`: K layers, n states, one a row. A sample's states stand in the order of its answer.
 * @param heldOut share of the samples held out. @param iterations most of them.
 * @throws RangeError for lengths that do not match, fewer than 2 samples on a side or 2 different tokens, or states that
 * are not finite.
 *
 * ```ts
 * const states = tf.randomNormal([1, 200, 16]) as tf.Tensor3D;
 * const numbers = Array.from({ length: 200 }, (_, i) => i);
 * const [probe] = linearProbes(states, { tokens: numbers.map((i) => i % 2), samples: numbers });
 * ```
 */
export function linearProbes(
  states: tf.Tensor3D,
  target: ProbeTarget,
  { heldOut = 0.2, iterations = 500, seed = 0 } = {},
): Probe[] {
  const [K, n, D] = states.shape;
  wholeNumber('iterations', iterations, 1);
  positive('heldOut', heldOut, 1);
  if (K * D === 0 || target.tokens.length !== n || target.samples.length !== n) {
    throw new RangeError(
      `There are ${K} × ${n} states of width ${D}, ${target.tokens.length} tokens and ${target.samples.length} samples: ` +
        'give one token and one sample a state.',
    );
  }
  const { labels, control, fitted, common, classes } = plan(target, n, heldOut, seed);
  const count = fitted.reduce((a, b) => a + b, 0);
  const filled = Math.ceil(n / FILL) * FILL;
  const [features, weights, real, shuffled] = tf.tidy(() => {
    const fill = tf.concat([tf.tensor2d(fitted, [1, n]), tf.zeros([1, filled - n])], 1);
    const padded = tf.concat([states, tf.zeros([K, filled - n, D])], 1) as tf.Tensor3D;
    const oneHot = (values: Int32Array) => {
      const all = new Int32Array(filled);
      all.set(values);
      return tf.oneHot(tf.tensor2d(all, [1, filled], 'int32'), classes, 1, 0, 'float32');
    };
    return [standardized(padded, fill as tf.Tensor2D), fill, oneHot(labels), oneHot(control)];
  }) as [tf.Tensor3D, tf.Tensor2D, tf.Tensor3D, tf.Tensor3D];
  try {
    // scikit-learn's C = 1.
    const settings = { ridge: 1 / count, iterations, tolerance: TOLERANCE };
    const fits = logisticRegression(features, [real, shuffled], weights, settings);
    const [choices, blind] = fits.map((coefficients) => chosen(features, coefficients));
    return Array.from({ length: K }, (_, k) => {
      const own = (all: Int32Array) => all.subarray(k * filled, k * filled + n);
      const test = score(own(choices), labels, fitted, target.samples);
      return {
        tokenAccuracy: test.tokens,
        standardError: test.error,
        answerAccuracy: test.answers,
        chance: score(new Int32Array(n).fill(common), labels, fitted, target.samples).tokens,
        control: score(own(blind), control, fitted, target.samples).tokens,
      };
    });
  } finally {
    tf.dispose([features, weights, real, shuffled]);
  }
}

/** Shares of held-out tokens and samples that are right. */
function score(
  choices: Int32Array,
  labels: Int32Array,
  fitted: Float32Array,
  samples: ArrayLike<number>,
) {
  const seen = new Map<number, { right: number; of: number }>();
  labels.forEach((label, i) => {
    if (fitted[i] > 0) return;
    const sample = seen.get(samples[i]) ?? { right: 0, of: 0 };
    sample.of++;
    if (choices[i] === label) sample.right++;
    seen.set(samples[i], sample);
  });
  const all = [...seen.values()];
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  const tokens = sum(all.map(({ of }) => of));
  const share = sum(all.map(({ right }) => right)) / tokens;
  return {
    tokens: share,
    error: Math.sqrt(sum(all.map(({ right, of }) => (right - share * of) ** 2))) / tokens,
    answers: all.filter(({ right, of }) => right === of).length / all.length,
  };
}

/**
 * The class of each state, 0 … classes − 1, and the same in random order (`control`); which states are fitted (1) and
 * which held out (0); the class most common among the fitted.
 */
function plan({ tokens, samples }: ProbeTarget, n: number, heldOut: number, seed: number) {
  const kinds = [...new Set(Array.from(tokens))].sort((a, b) => a - b);
  if (kinds.length < 2) {
    throw new RangeError('All tokens are the same, so there is nothing to read: give others.');
  }
  const labels = Int32Array.from({ length: n }, (_, i) => kinds.indexOf(tokens[i]));
  const first = new Map<number, number>();
  for (let i = n - 1; i >= 0; i--) first.set(samples[i], labels[i]);
  const random = randomNumbers(seed);
  const names = [...first.keys()];
  const place = permutation(random, names.length);
  const order = [...names.keys()].sort(
    (a, b) => first.get(names[a])! - first.get(names[b])! || place[a] - place[b],
  );
  // Every fifth of the samples, in the order of their first token: each stratum gives its share.
  const start = random.uniform();
  const out = new Set(
    order
      .filter((_, i) => Math.floor((i + 1) * heldOut + start) > Math.floor(i * heldOut + start))
      .map((sample) => names[sample]),
  );
  if (out.size < 1 || names.length - out.size < 2) {
    throw new RangeError(
      `${names.length} different samples are too few to hold out ${heldOut} of them: give more.`,
    );
  }
  const shuffle = permutation(random, n);
  const fitted = Float32Array.from({ length: n }, (_, i) => (out.has(samples[i]) ? 0 : 1));
  const counts = new Int32Array(kinds.length);
  labels.forEach((label, i) => {
    counts[label] += fitted[i];
  });
  return {
    labels,
    classes: kinds.length,
    control: labels.map((_, i) => labels[shuffle[i]]),
    fitted,
    common: counts.indexOf(Math.max(...counts)),
  };
}

/** States less the fitted ones' mean, over their standard deviation; what does not vary becomes 0. */
function standardized(states: tf.Tensor3D, weights: tf.Tensor2D): tf.Tensor3D {
  const share = tf.div(weights, tf.sum(weights, 1, true)).expandDims(2);
  const centered = tf.sub(states, tf.sum(tf.mul(states, share), 1, true));
  const variance = tf.sum(tf.mul(tf.square(centered), share), 1, true);
  const result = tf.mul(centered, tf.rsqrt(tf.maximum(variance, 1e-12)));
  if (!Number.isFinite(tf.sum(tf.abs(result)).dataSync()[0])) {
    throw new RangeError('The hidden states are not finite, so nothing can be read from them.');
  }
  return result as tf.Tensor3D;
}

/** The class with the highest score for each state, layer by layer. Frees the coefficients. */
function chosen(features: tf.Tensor3D, coefficients: tf.Tensor3D): Int32Array {
  const best = tf.tidy(() => {
    const [slopes, bias] = tf.split(coefficients, [features.shape[2], 1], 1);
    return tf.argMax(tf.add(tf.matMul(features, slopes), bias), -1);
  });
  const choices = best.dataSync() as Int32Array;
  tf.dispose([best, coefficients]);
  return choices;
}
