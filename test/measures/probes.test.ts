import assert from 'node:assert/strict';
import test from 'node:test';
import { tf } from '../../lib/environment/tensorflow';
import { logisticRegression } from '../../lib/measures/algorithms/logistic-regression';
import { RandomVectors } from '../../lib/measures/algorithms/random-vectors';
import { linearProbes, type ProbeTarget } from '../../lib/measures/probes';
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
  const [fit, otherFit] = logisticRegression(
    { features, labels: [oneHot, reversed], weights },
    { ridge: 1e-2, iterations: 2000, tolerance: 1e-6 },
  );
  assert.ok(fit.residuals[0] <= 1e-6, `${fit.residuals[0]} after ${fit.iterations}`);
  assert.ok(fit.iterations < 1000);
  const ours = (fit.coefficients.arraySync() as number[][][])[0];
  ours.forEach((row, k) => {
    const mean = row.reduce((a, b) => a + b) / C;
    row.forEach((value, c) => {
      assert.ok(Math.abs(value - mean - coefficients[k][c]) < 2e-4, `${k}, ${c}: ${value - mean}`);
    });
  });
  tf.dispose([features, oneHot, reversed, weights, fit.coefficients, otherFit.coefficients]);
});

/** States of width D in which a class is written along one axis, with noise. */
function written(n: number, D: number, classes: number, noise: number, seed: number) {
  const random = new RandomVectors(seed);
  const labels = Int32Array.from({ length: n }, () => Math.floor(random.uniform() * classes));
  const states = Float32Array.from({ length: n * D }, (_, at) => {
    const [i, k] = [Math.floor(at / D), at % D];
    return 5 + (k % classes === labels[i] ? 1 : 0) + noise * random.gaussian();
  });
  return { labels, states };
}

test('probes read what is written, and nothing from noise', () => {
  const [n, D, classes] = [600, 20, 4];
  const clear = written(n, D, classes, 0.3, 1);
  const noise = written(n, D, classes, 0.3, 2);
  const states = tf.tensor3d([...clear.states, ...noise.states], [2, n, D]);
  const targets: ProbeTarget[] = [
    { labels: clear.labels, classes },
    // The labels of the other: nothing of them is in these states.
    { labels: clear.labels, classes },
  ];
  const [readable, unreadable] = linearProbes(states, targets);
  assert.ok(readable.value > 0.97, `${readable.value}`);
  assert.ok(Math.abs(unreadable.value - 0.25) < 0.12, `${unreadable.value}`);
  for (const probe of [readable, unreadable]) {
    assert.equal(probe.samples, 150);
    assert.equal(probe.trained, 450);
    assert.ok(probe.chance > 0.15 && probe.chance < 0.35);
    assert.ok(Math.abs(probe.control - 0.25) < 0.12, `control ${probe.control}`);
    assert.ok(probe.residual < 1e-3);
    near(probe.spread, Math.sqrt((probe.value * (1 - probe.value)) / 150), 1e-9);
    assert.ok(Object.isFrozen(probe));
  }
  states.dispose();
});

test('groups are never split, so that memory of a prompt does not count', () => {
  // Thirty prompts with a random class each, repeated twenty times; states say which prompt it is.
  const [n, D, prompts] = [600, 30, 30];
  const random = new RandomVectors(3);
  const label = Array.from({ length: prompts }, () => Math.floor(random.uniform() * 2));
  const groups = Array.from({ length: n }, (_, i) => i % prompts);
  const labels = groups.map((prompt) => label[prompt]);
  const values = groups.flatMap((prompt) =>
    Array.from({ length: D }, (_, k) => (k === prompt ? 1 : 0) + 0.01 * random.gaussian()),
  );
  const states = tf.tensor3d(values, [1, n, D]);
  const [leaking] = linearProbes(states, [{ labels, classes: 2 }]);
  const [fair] = linearProbes(states, [{ labels, classes: 2, groups }]);
  assert.ok(leaking.value > 0.95 && fair.trainedAccuracy > 0.95);
  assert.ok(fair.value < 0.85, `${fair.value}`);
  assert.equal(fair.samples % 20, 0);
  // Without groups, the binomial error; with them, that of a few prompts, each right or wrong as one.
  const binomial = ({ value, samples }: typeof fair) => Math.sqrt((value * (1 - value)) / samples);
  near(leaking.spread, binomial(leaking), 1e-9);
  assert.ok(fair.spread > 2 * binomial(fair), `${fair.spread} and ${binomial(fair)}`);
  states.dispose();
});

test('a common mean, constant features and scale do not matter', () => {
  const { labels, states } = written(400, 8, 2, 1.2, 5);
  const changed = states.map((value, at) => (at % 8 === 7 ? 3 : value * 1e-3 + 10 * (at % 8)));
  const same = states.map((value, at) => (at % 8 === 7 ? 0 : value));
  const both = tf.tensor3d([...same, ...changed], [2, 400, 8]);
  const target = { labels, classes: 2 };
  const [a] = linearProbes(both, [target, target]);
  const [, b] = linearProbes(both, [target, target], { seed: -1 });
  // Probe k takes seed + k: the same split for both.
  near(b.value, a.value, 0.03);
  both.dispose();
});

test('unusable targets and states are refused by name', () => {
  const states = tf.ones([1, 4, 2]) as tf.Tensor3D;
  const probe =
    (target: object, settings = {}) =>
    () =>
      linearProbes(states, [{ labels: [0, 1, 0, 1], classes: 2, ...target }], settings);
  assert.throws(() => linearProbes(states, []), /1 matrices .* 0 targets/);
  assert.throws(probe({ labels: [0, 1] }), /4 states, 2 labels/);
  assert.throws(probe({ labels: [0, 1, 2, 1] }), /Label 2 of sample 2/);
  assert.throws(probe({ classes: 1 }), /classes is 1/);
  assert.throws(probe({ groups: [7, 7, 7, 7] }), /1 different samples are too few/);
  assert.throws(probe({}, { heldOut: 1 }), /heldOut is 1/);
  assert.throws(probe({}, { ridge: 0 }), /ridge is 0/);
  const broken = tf.fill([1, 4, 2], Number.NaN) as tf.Tensor3D;
  assert.throws(() => linearProbes(broken, [{ labels: [0, 1, 0, 1], classes: 2 }]), /not finite/);
  tf.dispose([states, broken]);
});

test('probing leaves no tensor behind', () => {
  const { labels, states } = written(100, 4, 2, 0.5, 6);
  const tensor = tf.tensor3d(states, [1, 100, 4]);
  const run = () => linearProbes(tensor, [{ labels, classes: 2 }], { iterations: 20 });
  run();
  const before = tf.memory().numTensors;
  for (let i = 0; i < 5; i++) run();
  assert.equal(tf.memory().numTensors, before);
  tensor.dispose();
});
