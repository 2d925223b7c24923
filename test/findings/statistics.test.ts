import assert from 'node:assert/strict';
import test from 'node:test';
import { against, bootstrap, pearson, ranks, share, spearman } from '../../lib/findings/statistics';
import { generator } from '../../lib/tasks';

test("Wilson's interval has its textbook values", () => {
  const half = share(5, 10)!;
  assert.equal(half.value, 0.5);
  // Newcombe 1998, table I, method 3: 81 of 263 gives 0.2553 to 0.3662.
  const known = share(81, 263)!;
  assert.ok(Math.abs(known.low - 0.2553) < 1e-4);
  assert.ok(Math.abs(known.high - 0.3662) < 1e-4);
  const all = share(8, 8)!;
  assert.equal(all.high, 1);
  assert.ok(all.low > 0.6 && all.low < 0.7);
  assert.equal(share(0, 0), undefined);
});

test('ties share ranks, and infinities are ranked', () => {
  assert.deepEqual(ranks([3, 1, 3, 2]), [3.5, 1, 3.5, 2]);
  const never = Number.POSITIVE_INFINITY;
  assert.deepEqual(ranks([never, 5, never]), [2.5, 1, 2.5]);
  assert.deepEqual(ranks([]), []);
});

test('correlations have known values, and none where there is nothing to correlate', () => {
  assert.equal(spearman([1, 2, 3, 4], [10, 100, 1000, 10_000]), 1);
  assert.equal(spearman([1, 2, 3], [3, 2, 1]), -1);
  // By hand, from the ranks 1, 2½, 2½, 4 against 4, 1, 3, 2.
  assert.ok(Math.abs(spearman([1, 2, 2, 4], [4, 1, 3, 2])! + 3 / Math.sqrt(22.5)) < 1e-9);
  assert.equal(pearson([1, 1, 1], [1, 2, 3]), undefined);
  assert.equal(spearman([1], [1]), undefined);
  assert.deepEqual(ranks([3, Number.NaN, 1]), [2, Number.NaN, 1]);
  assert.equal(spearman([1, Number.NaN, 3], [1, 2, 3]), Number.NaN);
  assert.throws(() => pearson([1], [1, 2]), /1 values against 2/);
});

test('the bootstrap of a mean has the width that theory gives', () => {
  const random = generator(1, 'test');
  const cases = Array.from({ length: 400 }, () => random.gaussian());
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const { low, high } = bootstrap(cases, mean)!;
  // 2 × 1.96 / √400 of a standard normal.
  assert.ok(Math.abs(high - low - 0.196) < 0.03, `${high - low}`);
  assert.equal(bootstrap([] as number[], mean), undefined);
});

test('p-values of noise are even, and a seen value that chance never gives has the least', () => {
  const p = Array.from({ length: 200 }, (_, seed) => {
    const seen = generator(seed, 'seen').uniform();
    return against(seen, (random) => random.uniform(), { draws: 100, stream: `${seed}` })!.p;
  });
  const below = p.filter((value) => value < 0.5).length;
  assert.ok(below > 75 && below < 125, `${below} of 200 below one half`);
  assert.equal(against(2, (random) => random.uniform(), { draws: 99 })!.p, 0.01);
});
