import assert from 'node:assert/strict';
import test from 'node:test';
import { tf } from '../../lib/environment/tensorflow';
import { effectiveRank } from '../../lib/measures/algorithms/effective-rank';
import { rankOfGram } from '../../lib/measures/algorithms/gram-rank';
import { jackknifeError } from '../../lib/measures/algorithms/jackknife';
import { symmetricEigenvalues } from '../../lib/measures/algorithms/symmetric-eigen';
import { fisherRank } from '../../lib/measures/fisher';
import { gradientCovarianceRank } from '../../lib/measures/gradient-covariance';
import { centeredGram, gramMatrices } from '../../lib/measures/operators/gram';
import { near, parkMiller } from './helpers';

const [N, P] = [12, 70_000];
const values = parkMiller(N * P, 9);
const rows = Array.from({ length: N }, (_, i) =>
  Float32Array.from(values.subarray(i * P, (i + 1) * P), (value) => value + i / 10),
);

function direct(columns: number): Float64Array {
  return Float64Array.from({ length: N * N }, (_, at) => {
    const [a, b] = [rows[Math.floor(at / N)], rows[at % N]];
    let sum = 0;
    for (let i = 0; i < columns; i++) sum += a[i] * b[i];
    return sum;
  });
}

test('Gram matrices equal direct sums, whole or in blocks, all columns or the leading ones', () => {
  const [all, leading] = [direct(P), direct(50_000)];
  // Memory for everything; for six rows, for four, and for less than one.
  for (const memory of [2 ** 30, 24 * P, 16 * P, 1]) {
    let made = 0;
    const rowOf = (row: number) => {
      made++;
      return rows[row];
    };
    const grams = gramMatrices(N, P, rowOf, { leading: 50_000, memory });
    grams.all.forEach((value, at) => {
      near(value, all[at], 1e-10);
    });
    grams.leading.forEach((value, at) => {
      near(value, leading[at], 1e-10);
    });
    assert.equal(made, { [2 ** 30]: 12, [24 * P]: 12 + 12, [16 * P]: 12 + 30, 1: 12 + 66 }[memory]);
  }
  const float32 = gramMatrices(N, P, (row) => rows[row], { precision: 'float32' });
  float32.all.forEach((value, at) => {
    const [i, j] = [Math.floor(at / N), at % N];
    assert.ok(Math.abs(value - all[at]) < 1e-6 * Math.sqrt(all[i * N + i] * all[j * N + j]));
  });
  assert.throws(() => gramMatrices(2, 5, () => new Float32Array(4)), /Row 0 has 4 numbers, not 5/);
});

test('centering a Gram matrix is centering its rows', () => {
  const mean = new Float64Array(P);
  for (const row of rows) {
    for (let i = 0; i < P; i++) mean[i] += row[i] / N;
  }
  const centered = rows.map((row) => Float64Array.from(row, (value, i) => value - mean[i]));
  const gram = centeredGram(direct(P), N);
  for (const [i, j] of [
    [0, 0],
    [3, 7],
    [11, 2],
  ]) {
    const expected = centered[i].reduce((sum, value, k) => sum + value * centered[j][k], 0);
    near(gram[i * N + j], expected, 1e-8);
  }
});

/** An objective whose gradient at a sample is that sample's tensor. */
const linear = {
  size: 6,
  upload: (point: ArrayLike<number>) => tf.tensor1d([...(point as Float32Array)]),
  gradient: (_: unknown, [sample]: readonly tf.Tensor[]) => ({
    loss: 0,
    gradient: sample.dataSync() as Float32Array,
  }),
};
const point = new Float32Array(6);

function tensors(samples: number[][]): tf.Tensor[][] {
  return samples.map((sample) => [tf.tensor1d(sample)]);
}

test('the Fisher rank of orthogonal gradients is the exponential of their entropy', () => {
  const unit = (i: number, length: number) =>
    Array.from({ length: 6 }, (_, k) => (k === i ? length : 0));
  const equal = fisherRank(
    linear,
    point,
    tensors([unit(0, 2), unit(1, 2), unit(2, 2), unit(3, 2)]),
  );
  near(equal.value, 4, 1e-9);
  near(equal.trace, 4, 1e-9);
  assert.equal(equal.samples, 4);
  const one = fisherRank(linear, point, tensors([unit(0, 1), unit(0, -3), unit(0, 2)]));
  near(one.value, 1, 1e-9);
  // Eigenvalues 1/2 · {9, 1}: shares 0.9 and 0.1.
  const uneven = fisherRank(linear, point, tensors([unit(0, 3), unit(4, 1)]));
  near(uneven.value, Math.exp(-0.9 * Math.log(0.9) - 0.1 * Math.log(0.1)), 1e-6);
  near(uneven.spectrum[1], 4.5, 1e-6);
  assert.ok(Number.isNaN(uneven.spread), 'two samples give no jackknife');
});

test('the Fisher rank equals that of the P × P matrix', () => {
  const samples = Array.from({ length: 40 }, (_, i) => [...parkMiller(6, i + 1)]);
  const fisher = new Float64Array(36);
  for (const g of samples.map((sample) => Float32Array.from(sample))) {
    for (let at = 0; at < 36; at++) fisher[at] += (g[Math.floor(at / 6)] * g[at % 6]) / 40;
  }
  const [spectrum] = symmetricEigenvalues([fisher], 6);
  const rank = fisherRank(linear, point, tensors(samples), { precision: 'float64' });
  near(rank.value, effectiveRank(spectrum), 1e-6);
  near(fisherRank(linear, point, tensors(samples)).value, rank.value, 1e-5, 'in float32');
  assert.ok(rank.spread > 0.01 && rank.spread < 1);
  near(
    rank.trace,
    spectrum.reduce((a, b) => a + b),
    1e-6,
  );
});

test('the gradient-covariance rank ignores the mean and sees all or leading parameters', () => {
  // ± along three axes about a large mean: a covariance of rank 3, rank 2 in the leading four parameters.
  const mean = [5, -3, 8, 2, 7, 1];
  const batches = [0, 1, 5].flatMap((axis) =>
    [1, -1].map((sign) => mean.map((value, k) => value + (k === axis ? sign : 0))),
  );
  const { all, leading } = gradientCovarianceRank(linear, point, tensors(batches), {
    parameters: 4,
  });
  near(all.value, 3, 1e-6);
  near(leading.value, 2, 1e-6);
  near(all.trace, 6 / 5, 1e-6);
  assert.equal(all.settings.parameters, 6);
  assert.equal(leading.settings.parameters, 4);
});

test('the jackknife error of a mean is its standard error', () => {
  const data = [3, 1, 4, 1, 5, 9, 2, 6];
  const total = data.reduce((a, b) => a + b);
  const leftOut = data.map((value) => (total - value) / 7);
  const mean = total / 8;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 7;
  near(jackknifeError(leftOut), Math.sqrt(variance / 8), 1e-12);
});

test('too few samples, zero and broken gradients are refused by name', () => {
  assert.throws(() => fisherRank(linear, point, tensors([[1, 0, 0, 0, 0, 0]])), /samples .* is 1/);
  assert.throws(() => fisherRank(linear, point, []), /samples .* is 0/);
  const zero = new Array(6).fill(0);
  assert.throws(() => fisherRank(linear, point, tensors([zero, zero])), /All gradients are zero/);
  assert.throws(
    () => fisherRank(linear, point, tensors([[1, Number.NaN, 0, 0, 0, 0], zero])),
    /not finite/,
  );
  assert.throws(() => gradientCovarianceRank(linear, point, tensors([zero, zero])), /is 2/);
  assert.throws(() => rankOfGram(Float64Array.of(Number.NaN), 1, 2), /not finite/);
});
