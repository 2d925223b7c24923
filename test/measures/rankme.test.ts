import assert from 'node:assert/strict';
import test from 'node:test';
import { tf } from '../../lib/environment/tensorflow';
import { effectiveRank, RANKME_EPSILON } from '../../lib/measures/algorithms/effective-rank';
import { singularValues } from '../../lib/measures/algorithms/singular-values';
import { type RankMe, rankme } from '../../lib/measures/rankme';
import { fixture, near, parkMiller } from './helpers';

/** The matrices of test/fixtures/measures/rankme.py. */
function matrices(n: number, d: number): Record<string, (i: number, j: number) => number> {
  const uniform = (columns: number, seed: number, rows = n) => {
    const values = parkMiller(rows * columns, seed);
    return (i: number, j: number) => values[i * columns + j];
  };
  const integers = (rows: number, columns: number, seed: number) => {
    const values = uniform(columns, seed, rows);
    return (i: number, j: number) => Math.floor(values(i, j) * 9 + 0.5);
  };
  const product = (rank: number, seedA: number, seedB: number) => {
    const [a, b] = [integers(n, rank, seedA), integers(rank, d, seedB)];
    return (i: number, j: number) => {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += a(i, k) * b(k, j);
      return sum;
    };
  };
  const [random, small, mean, rest] = [
    uniform(d, 1),
    uniform(d, 6),
    uniform(d, 7, 1),
    uniform(d, 8),
  ];
  return {
    random,
    'low rank': product(5, 2, 3),
    'rank one': product(1, 4, 5),
    'ill-conditioned': (i, j) => 1 / (i + j + 1),
    constant: () => 0.37,
    collapsed: (i, j) => 1 + 1e-6 * small(i, j),
    'growing mean': (i, j) => 30 * mean(0, j) + rest(i, j) / (1 + j),
  };
}

function build(n: number, d: number, value: (i: number, j: number) => number): Float32Array {
  return Float32Array.from({ length: n * d }, (_, at) => value(Math.floor(at / d), at % d));
}

test('RankMe agrees with float64 NumPy to 1e-4 on random, degenerate and collapsed matrices', () => {
  const expected = fixture('rankme.json') as Record<string, Record<keyof RankMe, number>>;
  let compared = 0;
  for (const [n, d] of [
    [200, 128],
    [200, 256],
    [1, 8],
    [40, 40],
  ]) {
    const named = Object.entries(matrices(n, d));
    // All kinds of one shape at once: the batch must keep them apart.
    const values = named.flatMap(([, value]) => [...build(n, d, value)]);
    const batch = tf.tensor3d(values, [named.length, n, d]);
    const measured = rankme(batch);
    batch.dispose();
    named.forEach(([name], k) => {
      const want = expected[`${name} ${n}x${d}`];
      for (const reading of Object.keys(want) as (keyof RankMe)[]) {
        // A share near 0 is held absolutely.
        const [found, wanted] = [measured[k][reading], want[reading]];
        if (reading === 'meanShare') assert.ok(Math.abs(found - wanted) < 1e-6, `${name} share`);
        else near(found, wanted, 1e-4, `${name} ${n}×${d}, ${reading}`);
      }
      compared++;
    });
  }
  assert.equal(compared, Object.keys(expected).length);
});

test('RankMe of known spectra', () => {
  const of = (matrix: tf.Tensor2D) => {
    const [result] = rankme(matrix.expandDims(0) as tf.Tensor3D);
    return result;
  };
  near(of(tf.eye(64)).rankme, 64, 1e-4);
  // The identity less its mean has n − 1 equal singular values.
  near(of(tf.eye(64)).rankmeCentered, 63, 1e-4);
  near(of(tf.ones([50, 20])).rankme, 1, 1e-4);
  assert.equal(of(tf.ones([50, 20])).rankmeCentered, 1);
  assert.equal(of(tf.ones([50, 20])).covarianceRankCentered, 1);
  assert.equal(of(tf.zeros([50, 20])).rankme, 1);
  near(of(tf.eye(64)).covarianceRank, 64, 1e-4);
  const scaled = tf.tensor2d([3, 0, 0, 1], [2, 2]);
  near(of(scaled).rankme, Math.exp(-(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25))), 1e-5);
  // Squared, the larger direction counts nine to one.
  near(of(scaled).covarianceRank, Math.exp(-(0.9 * Math.log(0.9) + 0.1 * Math.log(0.1))), 1e-5);
  scaled.dispose();
});

test('RankMe ignores scale, order and rotation of the states', () => {
  tf.tidy(() => {
    const x = tf.tensor2d(build(60, 24, matrices(60, 24)['growing mean']), [60, 24]);
    const rotation = tf.linalg.qr(tf.tensor2d(build(24, 24, matrices(24, 24).random), [24, 24]))[0];
    const [plain, scaled, reversed, rotated] = rankme(
      tf.stack([x, tf.mul(x, 1000), tf.reverse(x, 0), tf.matMul(x, rotation)]) as tf.Tensor3D,
    );
    near(scaled.rankme, plain.rankme, 1e-4);
    near(reversed.rankme, plain.rankme, 1e-6);
    near(rotated.rankme, plain.rankme, 1e-4);
    near(rotated.rankmeCentered, plain.rankmeCentered, 1e-4);
  });
});

test('singular values come ascending, as many as the smaller side', () => {
  const wide = tf.tensor3d([3, 0, 0, 0, 4, 0], [1, 2, 3]);
  const tall = tf.tensor3d([3, 0, 0, 4, 0, 0], [1, 3, 2]);
  assert.deepEqual(singularValues(wide).raw, [Float64Array.of(3, 4)]);
  assert.deepEqual(singularValues(tall).raw, [Float64Array.of(3, 4)]);
  tf.dispose([wide, tall]);
});

test('effective rank: limits, epsilon and refusals', () => {
  assert.equal(effectiveRank([5]), 1);
  near(effectiveRank([1, 1, 1, 1]), 4, 1e-12);
  near(effectiveRank([2, 0, 2, 0]), 2, 1e-12);
  assert.equal(effectiveRank([0, 0]), 1);
  const p = [2 / 3 + 1e-7, 1 / 3 + 1e-7];
  near(
    effectiveRank([2, 1], RANKME_EPSILON),
    Math.exp(-p[0] * Math.log(p[0]) - p[1] * Math.log(p[1])),
    1e-12,
  );
  assert.throws(() => effectiveRank([]), /0 values/);
  assert.throws(() => effectiveRank([1, Number.NaN]), /finite/);
  assert.throws(() => effectiveRank([1, -1]), /holds -1/);
});

test('states that are missing or not finite are refused by name', () => {
  for (const shape of [
    [0, 5, 4],
    [1, 0, 4],
  ] as const) {
    const empty = tf.zeros(shape as unknown as [number, number, number]) as tf.Tensor3D;
    assert.throws(() => rankme(empty), /at least one sample/);
    empty.dispose();
  }
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const broken = tf.tensor3d([1, 2, bad, 4], [1, 2, 2]);
    assert.throws(() => rankme(broken), /not finite/);
    broken.dispose();
  }
});

test('measuring leaves no tensor behind', () => {
  const x = tf.randomNormal([3, 50, 16], 0, 1, 'float32', 7) as tf.Tensor3D;
  rankme(x);
  const before = tf.memory().numTensors;
  const rss = process.memoryUsage().rss;
  for (let i = 0; i < 500; i++) rankme(x);
  assert.equal(tf.memory().numTensors, before);
  // Handles outside tfjs's count would show here: 500 × 7 of them, 150 kB a round.
  assert.ok(process.memoryUsage().rss - rss < 20e6, 'resident memory grows');
  x.dispose();
});
