import assert from 'node:assert/strict';
import test from 'node:test';
import { tf } from '../../lib/environment/tensorflow';
import type { SampledLoss } from '../../lib/measures/algorithms/sgld';
import { meanAndError } from '../../lib/measures/algorithms/vectors';
import { localLearningCoefficient } from '../../lib/measures/llc';
import { DeviceWalks } from '../../lib/measures/operators/device-walk';
import { Objective } from '../../lib/measures/operators/objective';
import { near } from './helpers';
import { plainLoss } from './plain-walk';

const CURVATURES = [1, 2, 3, 1, 5, 2, 1, 4, 2, 1];
/** ½ Σ cᵢ(wᵢ − shift)², in two parameters; batches hold the shift. */
function quadratic() {
  const objective = new Objective(
    [
      { name: 'first', shape: [2, 2] },
      { name: 'second', shape: [6] },
    ],
    ({ first, second }, shift) => {
      const all = tf.concat([first.reshape([-1]), second]);
      return tf.mul(tf.sum(tf.mul(CURVATURES, tf.square(tf.sub(all, shift)))), 0.5).asScalar();
    },
    'quadratic',
  );
  const batches = [0, 0.1, -0.1].map((shift) => [tf.scalar(shift)]);
  return { objective, batches };
}
const start = Float64Array.from({ length: 10 }, (_, i) => (i - 4) / 10);

test('a walk on the device goes where the plain one goes, with the same odds', () => {
  const { objective, batches } = quadratic();
  const walks = new DeviceWalks(objective);
  const options = {
    stepSize: 1e-2,
    nBeta: 10,
    localization: 3,
    noise: 0,
    scattered: false,
    seed: 1,
  };
  const gradient = (at: Float64Array, batch: number) => objective.gradient(at, batches[batch]);
  const plain = plainLoss(gradient, 3).walk(start, options);
  const device = walks.start(batches, start, options);
  for (let step = 0; step < 12; step++) {
    const [a, b] = [plain.advance(step % 3), device.advance(step % 3)];
    near(b.loss, a.loss, 1e-5);
    assert.ok(step === 0 || Math.abs(b.logOdds - a.logOdds) < 1e-5, `${b.logOdds}, ${a.logOdds}`);
  }
  const end = plain.point();
  device.point().forEach((value, i) => {
    assert.ok(Math.abs(value - end[i]) < 1e-6);
  });
  device.dispose();
  walks.dispose();
  objective.dispose();
  tf.dispose(batches);
});

test('its noise is standard normal, depends on the seed alone, and leaves nothing behind', () => {
  const P = 40_000;
  const objective = new Objective(
    [{ name: 'w', shape: [P] }],
    ({ w }) => tf.mul(tf.sum(w), 0).asScalar(),
    'flat',
  );
  const walks = new DeviceWalks(objective);
  const options = { stepSize: 1, nBeta: 1, localization: 0, noise: 1, scattered: false };
  const noise = (seed: number) => {
    const walk = walks.start([[]], new Float64Array(P), { ...options, seed });
    walk.advance(0);
    const first = walk.point();
    walk.advance(0);
    const second = walk.point().map((value, i) => value - first[i]);
    walk.dispose();
    return [first, second];
  };
  const [one, two] = noise(5);
  const before = tf.memory().numTensors;
  const [again] = noise(5);
  assert.equal(tf.memory().numTensors, before);
  assert.deepEqual(again, one);
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value / P, 0);
  const [other] = noise(6);
  // Means of 40,000 numbers: a standard error of 0.005, of squares 0.007.
  for (const values of [
    one,
    two,
    other,
    one.map((v, i) => v * two[i]),
    one.map((v, i) => v * other[i]),
  ]) {
    assert.ok(Math.abs(mean(values)) < 0.02, `${mean(values)}`);
  }
  assert.ok(Math.abs(mean(one.map((value) => value ** 2)) - 1) < 0.03);
  walks.dispose();
  objective.dispose();
});

test('a scattered walk starts at a draw from the pull, and ends no less bound to the center', () => {
  const P = 40_000;
  const objective = new Objective(
    [{ name: 'w', shape: [P] }],
    ({ w }) => tf.mul(tf.sum(w), 0).asScalar(),
    'flat',
  );
  const walks = new DeviceWalks(objective);
  const center = new Float64Array(P).fill(2);
  const options = {
    stepSize: 1e-2,
    nBeta: 1,
    localization: 25,
    noise: 1,
    scattered: true,
    seed: 3,
  };
  const plain = plainLoss(() => ({ loss: 0, gradient: new Float64Array(P) }));
  for (const walk of [walks.start([[]], center, options), plain.walk(center, options)]) {
    const deviation = () =>
      Math.sqrt(walk.point().reduce((sum, value) => sum + (value - 2) ** 2 / P, 0));
    near(deviation(), 1 / 5, 0.02);
    for (let step = 0; step < 40; step++) walk.advance(0);
    // The sampler's own variance, 1 / (γ (1 − εγ/4)).
    near(deviation(), 1 / 5 / Math.sqrt(1 - 0.25 / 4), 0.02);
    walk.dispose();
  }
  walks.dispose();
  objective.dispose();
});

test('chains on the device find the coefficient of a quadratic: d/2', async () => {
  const { objective, batches } = quadratic();
  const walks = new DeviceWalks(objective);
  const gradient = (at: Float64Array, batch: number) => objective.gradient(at, batches[batch]);
  const plain = plainLoss(gradient, 1);
  const device = {
    ...plain,
    walk: (...[center, options]: Parameters<typeof plain.walk>) =>
      walks.start(batches, center, options),
  };
  const choice = { draws: 3000, burnIn: 300, stepSize: 2e-3, localization: 1, nBeta: 100 };
  const llc = (loss: SampledLoss, seed: number) =>
    localLearningCoefficient(loss, new Float64Array(10), { ...choice, chains: 1, seed });
  const values: number[][] = [[], []];
  for (const seed of [1, 2, 3, 4]) {
    const [ours, same] = [await llc(device, seed), await llc(plain, seed)];
    near(ours.acceptance, same.acceptance, 0.03);
    values[0].push(ours.value);
    values[1].push(same.value);
  }
  const [ours, same] = values.map((all) => meanAndError(all));
  // The step adds 10 %, see `autoregressive` in llc.test.ts; the draws' own error is 3 %.
  near(ours.mean, 5.6, 0.1);
  assert.ok(Math.abs(same.mean - ours.mean) < 4 * Math.hypot(same.error, ours.error));
  walks.dispose();
  objective.dispose();
  tf.dispose(batches);
});
