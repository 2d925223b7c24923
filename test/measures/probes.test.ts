import assert from 'node:assert/strict';
import test from 'node:test';
import { tf } from '../../lib/environment/tensorflow';
import { logisticRegression } from '../../lib/measures/algorithms/logistic-regression';
import { randomNumbers } from '../../lib/measures/algorithms/vectors';
import { linearProbes } from '../../lib/measures/probes';
import { fixture, near, parkMiller } from './helpers';

test('logistic regression agrees with scikit-learn, several at a time', () => {
  const [N, D, C] = [150, 6, 3];
  const { labels, coefficients } = fixture('probes.json') as {
    labels: number[];
    coefficients: number[][];
  };
  const raw = parkMiller(N * D, 11);
  const fitted = Array.from({ length: N }, (_, i) => (i % 4 > 0 ? 1 : 0));
  const rows = Array.from({ length: N }, (_, i) => [...raw.subarray(i * D, (i + 1) * D)]);
  const count = fitted.filter(Boolean).length;
  for (let k = 0; k < D; k++) {
    const used = rows.filter((_, i) => fitted[i]).map((row) => row[k]);
    const mean = used.reduce((a, b) => a + b) / count;
    const deviation = Math.sqrt(used.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count);
    for (const row of rows) row[k] = (row[k] - mean) / deviation;
  }
  // Beside it, an unrelated problem, which must not matter.
  const other = parkMiller(N * D, 99);
  const features = tf.tensor3d([...rows.flat(), ...other], [2, N, D]);
  const oneHot = tf.tidy(
    () => tf.oneHot(tf.tensor2d([labels, labels], [2, N], 'int32'), C).toFloat() as tf.Tensor3D,
  );
  const weights = tf.tensor2d([fitted, fitted]);
  // The second labeling must not matter either.
  const reversed = tf.reverse(oneHot, 1);
  const [fit, otherFit] = logisticRegression(features, [oneHot, reversed], weights, {
    ...{ ridge: 1e-2, iterations: 2000, tolerance: 1e-6 },
  });
  const ours = (fit.arraySync() as number[][][])[0];
  ours.forEach((row, k) => {
    const mean = row.reduce((a, b) => a + b) / C;
    row.forEach((value, c) => {
      assert.ok(Math.abs(value - mean - coefficients[k][c]) < 2e-4, `${k}, ${c}: ${value - mean}`);
    });
  });
  tf.dispose([features, oneHot, reversed, weights, fit, otherFit]);
});

/** States of width D in which a token is written along one axis, with noise; `per` states a sample. */
function written(n: number, D: number, kinds: number, noise: number, seed: number, per = 1) {
  const random = randomNumbers(seed);
  const tokens = Int32Array.from({ length: n }, () => random.below(kinds));
  const states = Float32Array.from({ length: n * D }, (_, at) => {
    const [i, k] = [Math.floor(at / D), at % D];
    return 5 + (k % kinds === tokens[i] ? 1 : 0) + noise * random.gaussian();
  });
  return { tokens, states, samples: Int32Array.from(tokens, (_, i) => Math.floor(i / per)) };
}

test('probes read what is written, and nothing from noise', () => {
  const [n, D, kinds] = [600, 20, 4];
  const clear = written(n, D, kinds, 0.3, 1);
  const noise = written(n, D, kinds, 0.3, 2);
  const states = tf.tensor3d([...clear.states, ...noise.states], [2, n, D]);
  // The tokens of the first layer: nothing of them is in the second.
  const [readable, unreadable] = linearProbes(states, clear);
  assert.ok(readable.tokenAccuracy > 0.97, `${readable.tokenAccuracy}`);
  assert.ok(Math.abs(unreadable.tokenAccuracy - 0.25) < 0.14, `${unreadable.tokenAccuracy}`);
  for (const probe of [readable, unreadable]) {
    assert.ok(probe.chance > 0.15 && probe.chance < 0.35);
    assert.ok(Math.abs(probe.control - 0.25) < 0.14, `control ${probe.control}`);
    // Each state is a sample: binomial, and answers are tokens.
    const share = probe.tokenAccuracy;
    near(probe.standardError, Math.sqrt((share * (1 - share)) / 120), 1e-9);
    assert.equal(probe.answerAccuracy, share);
  }
  states.dispose();
});

test('the split is stratified by the first token of the answer', () => {
  // A first token that is rare: one sample in twenty. Each fifth of them is held out.
  const [n, D] = [400, 4];
  const { states } = written(n, D, 2, 1, 9);
  const tokens = Int32Array.from({ length: n }, (_, i) => (i % 20 === 0 ? 7 : 3));
  const tensor = tf.tensor3d(states, [1, n, D]);
  for (const seed of [0, 1, 2, 3]) {
    const [{ chance }] = linearProbes(
      tensor,
      { tokens, samples: Int32Array.from(tokens, (_, i) => i) },
      { seed, iterations: 1 },
    );
    // 20 rare ones give 4, or one more or less where the strata meet.
    assert.ok(Math.abs(chance - 76 / 80) <= 1.01 / 80, `${chance}`);
  }
  tensor.dispose();
});

test('whole answers: a sample counts where all of its tokens are read right', () => {
  const [n, D, kinds, per] = [2400, 12, 3, 4];
  const { states, tokens, samples } = written(n, D, kinds, 0.9, 4, per);
  const tensor = tf.tensor3d(states, [1, n, D]);
  const [probe] = linearProbes(tensor, { tokens, samples });
  assert.ok(probe.tokenAccuracy > 0.8 && probe.tokenAccuracy < 0.99, `${probe.tokenAccuracy}`);
  // Tokens are independent here, so answers are right as often as four of them are.
  assert.ok(Math.abs(probe.answerAccuracy - probe.tokenAccuracy ** per) < 0.12);
  tensor.dispose();
});

test('samples are never split, so that memory of a prompt does not count', () => {
  // Forty samples with a random token each, at fifteen positions; states say which sample it is.
  const [n, D] = [600, 40];
  const random = randomNumbers(3);
  const token = Array.from({ length: D }, () => random.below(2));
  const samples = Array.from({ length: n }, (_, i) => i % D);
  const tokens = samples.map((sample) => token[sample]);
  const values = samples.flatMap((sample) =>
    Array.from({ length: D }, (_, k) => (k === sample ? 1 : 0) + 0.01 * random.gaussian()),
  );
  const states = tf.tensor3d(values, [1, n, D]);
  const alone = samples.map((_, i) => i);
  const [leaking] = linearProbes(states, { tokens, samples: alone });
  const [fair] = linearProbes(states, { tokens, samples });
  assert.ok(leaking.tokenAccuracy > 0.95);
  assert.ok(fair.tokenAccuracy < 0.9, `${fair.tokenAccuracy}`);
  // The error is that of eight samples, each right or wrong as one.
  const share = fair.tokenAccuracy;
  near(fair.standardError, Math.sqrt((share * (1 - share)) / 8), 1e-9);
  states.dispose();
});

test('a common mean, constant features and scale do not matter', () => {
  const { tokens, states, samples } = written(400, 8, 2, 1.2, 5);
  const changed = states.map((value, at) => (at % 8 === 7 ? 3 : value * 1e-3 + 10 * (at % 8)));
  const same = states.map((value, at) => (at % 8 === 7 ? 0 : value));
  const both = tf.tensor3d([...same, ...changed], [2, 400, 8]);
  const [a, b] = linearProbes(both, { tokens, samples });
  near(b.tokenAccuracy, a.tokenAccuracy, 0.03);
  both.dispose();
});

test('unusable targets and states are refused by name', () => {
  const states = tf.ones([1, 4, 2]) as tf.Tensor3D;
  const probe =
    (target: object, settings = {}) =>
    () =>
      linearProbes(states, { tokens: [0, 1, 0, 1], samples: [0, 1, 2, 3], ...target }, settings);
  assert.throws(probe({ tokens: [0, 1] }), /4 states .* 2 tokens/);
  assert.throws(probe({ tokens: [5, 5, 5, 5] }), /nothing to read/);
  assert.throws(probe({ samples: [7, 7, 7, 7] }), /1 different samples are too few/);
  assert.throws(probe({}, { heldOut: 1 }), /heldOut is 1/);
  const broken = tf.fill([1, 10, 2], Number.NaN) as tf.Tensor3D;
  const ten = Array.from({ length: 10 }, (_, i) => i);
  const target = { tokens: ten.map((i) => i % 2), samples: ten };
  assert.throws(() => linearProbes(broken, target), /not finite/);
  tf.dispose([states, broken]);
});

test('probing leaves no tensor behind', () => {
  const { tokens, states, samples } = written(100, 4, 2, 0.5, 6);
  const tensor = tf.tensor3d(states, [1, 100, 4]);
  const run = () => linearProbes(tensor, { tokens, samples }, { iterations: 20 });
  run();
  const before = tf.memory().numTensors;
  for (let i = 0; i < 5; i++) run();
  assert.equal(tf.memory().numTensors, before);
  tensor.dispose();
});
