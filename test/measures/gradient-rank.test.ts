import assert from 'node:assert/strict';
import test from 'node:test';
import { effectiveRank } from '../../lib/measures/algorithms/effective-rank';
import { symmetricEigenvalues } from '../../lib/measures/algorithms/float64';
import { gradientRanks } from '../../lib/measures/gradient-rank';
import { near, parkMiller } from './helpers';

/** Gram matrices of gradients that are given, all numbers and the first `leading`. */
function grams(rows: readonly (readonly number[])[], leading = rows[0].length) {
  const gram = (columns: number) =>
    Float64Array.from(
      rows.flatMap((a) =>
        rows.map((b) => a.slice(0, columns).reduce((sum, value, i) => sum + value * b[i], 0)),
      ),
    );
  return { all: gram(rows[0].length), leading: gram(leading) };
}
const unit = (i: number, length: number) =>
  Array.from({ length: 6 }, (_, k) => (k === i ? length : 0));

test('the rank of orthogonal gradients is the exponential of their entropy', () => {
  const equal = gradientRanks(grams([unit(0, 2), unit(1, 2), unit(2, 2), unit(3, 2)]), 4);
  near(equal.rank.value, 4, 1e-9);
  near(equal.meanSquare, 4, 1e-9);
  // Less their mean, four equal orthogonal vectors span three directions evenly.
  near(equal.covariance.value, 3, 1e-9);
  const one = gradientRanks(grams([unit(0, 1), unit(0, -3), unit(0, 2)]), 3);
  near(one.rank.value, 1, 1e-9);
  // Squares 9 and 1: shares .9 and .1.
  const uneven = gradientRanks(grams([unit(0, 3), unit(4, 1)]), 2);
  near(uneven.rank.value, Math.exp(-0.9 * Math.log(0.9) - 0.1 * Math.log(0.1)), 1e-6);
  near(uneven.meanSquare, 5, 1e-6);
  assert.ok(Number.isNaN(uneven.rank.standardError), 'two samples give no jackknife');
});

test('ranks and traces equal those of the P × P matrices', () => {
  const samples = Array.from({ length: 40 }, (_, i) => [...parkMiller(6, i + 1)]);
  const mean = unit(0, 0).map((_, k) => samples.reduce((sum, g) => sum + g[k] / 40, 0));
  const matrix = (rows: number[][], count: number) =>
    Float64Array.from({ length: 36 }, (_, at) =>
      rows.reduce((sum, g) => sum + (g[Math.floor(at / 6)] * g[at % 6]) / count, 0),
    );
  const centered = samples.map((g) => g.map((value, k) => value - mean[k]));
  const [fisher, covariance] = [matrix(samples, 40), matrix(centered, 39)].map((each) =>
    symmetricEigenvalues(each, 6),
  );
  const found = gradientRanks(grams(samples), 40);
  near(found.rank.value, effectiveRank(fisher), 1e-9);
  near(found.covariance.value, effectiveRank(covariance), 1e-9);
  const trace = (values: Float64Array) => values.reduce((a, b) => a + b);
  near(found.meanSquare, trace(fisher), 1e-9);
  near(found.variance, trace(covariance), 1e-9);
  assert.ok(found.rank.standardError > 0.01 && found.rank.standardError < 1);
});

test('the covariance ignores the mean and sees all or leading parameters', () => {
  // ± along three axes about a large mean: a covariance of rank 3, rank 2 in the leading four parameters.
  const mean = [5, -3, 8, 2, 7, 1];
  const rows = [0, 1, 5].flatMap((axis) =>
    [1, -1].map((sign) => mean.map((value, k) => value + (k === axis ? sign : 0))),
  );
  const { covariance, leadingCovariance, variance, rank } = gradientRanks(grams(rows, 4), 6);
  near(covariance.value, 3, 1e-6);
  near(leadingCovariance.value, 2, 1e-6);
  near(variance, 6 / 5, 1e-6);
  assert.ok(rank.value < 1.2, 'with the mean there is hardly more than one direction');
});

test('the jackknife error is right to its order: that of fresh draws', () => {
  const draw = (seed: number) => {
    const values = parkMiller(100 * 6, seed);
    const rows = Array.from({ length: 100 }, (_, i) => [...values.subarray(6 * i, 6 * i + 6)]);
    return gradientRanks(grams(rows), 100).rank;
  };
  const draws = Array.from({ length: 40 }, (_, i) => draw(1000 + 17 * i));
  const mean = draws.reduce((sum, { value }) => sum + value / 40, 0);
  const spread = Math.sqrt(draws.reduce((sum, { value }) => sum + (value - mean) ** 2 / 39, 0));
  const error = draws.reduce((sum, { standardError }) => sum + standardError / 40, 0);
  assert.ok(error > spread / 2 && error < 2 * spread, `${error} against ${spread}`);
});

test('too few samples, zero and broken gradients are refused by name', () => {
  assert.throws(() => gradientRanks(grams([unit(0, 1)]), 1), /samples .* is 1/);
  assert.throws(() => gradientRanks(grams([unit(0, 0), unit(0, 0)]), 2), /zero or equal/);
  assert.throws(() => gradientRanks(grams([unit(0, Number.NaN), unit(0, 1)]), 2), /not finite/);
});
