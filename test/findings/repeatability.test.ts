import assert from 'node:assert/strict';
import test from 'node:test';
import { orderBound } from '../../lib/figures/order-bound';
import { concordance, forecast } from '../../lib/findings/prediction';
import { repeatability } from '../../lib/findings/repeatability';
import { noise, syntheticRun } from './synthetic';

const late = (i: number) => Math.round(200 * 1.2 ** i);
const run = (order: (i: number) => number | undefined, floor = 4, scale = 'nano', seed = 0) =>
  syntheticRun({
    ...{ scale, seed, checkpoints: 220 },
    plan: (_, i) => {
      const place = order(i);
      return {
        ...{ emerges: place === undefined ? undefined : late(place) },
        ...{ falls: [8, 4], floor },
      };
    },
  });
const by = (found: ReturnType<typeof repeatability>) =>
  Object.fromEntries(found.map((one) => [one.between, one]));

test('the same run agrees in all, and each kind of couple is told apart', () => {
  const runs = [run((i) => i), run((i) => i, 4, 'nano', 1), run((i) => i, 8, 'micro')];
  const { rounding, seed, scale } = by(repeatability(runs, [run((i) => i)]));
  assert.deepEqual([rounding.couples, seed.couples, scale.couples], [1, 1, 2]);
  for (const { order, emergences } of [rounding, seed, scale]) {
    assert.deepEqual([order.easy!.value, order.hard!.value], [1, 1]);
    assert.deepEqual([emergences!.median, emergences!.most], [1, 1]);
  }
  assert.deepEqual([seed.floors!.most, seed.floors!.of], [1, 48]);
  assert.ok(Math.abs(scale.floors!.median - 2) < 0.01);
  assert.deepEqual([seed.before!.median, seed.before!.most], [1, 1]);
  // From 20 to floors of 4 and of 8.
  assert.ok(scale.before!.most > 1.5 && scale.before!.most < 2.01);
  // 12 task-levels of a class, both directions.
  assert.deepEqual([seed.order.easy!.pairs, scale.order.hard!.pairs], [132, 264]);
});

test('opposite orders agree in nothing, shifts in the factor alone, and noise in half', () => {
  const straight = run((i) => i);
  const [reversed] = repeatability([straight], [run((i) => (i < 12 ? 11 - i : 35 - i))]);
  assert.deepEqual([reversed.order.easy!.value, reversed.order.hard!.value], [0, 0]);
  const [shifted] = repeatability([straight], [run((i) => i + 1)]);
  assert.equal(shifted.order.hard!.value, 1);
  assert.ok(Math.abs(shifted.emergences!.median - 1.2) < 0.05);
  const uniform = noise(3);
  const places = Array.from({ length: 24 }, () => 24 * uniform());
  const [random] = repeatability([straight], [run((i) => places[i])]);
  assert.ok(random.order.easy!.low < 0.5 && random.order.easy!.high > 0.5);
});

test('what never comes in both is no pair, and in one is later than all', () => {
  const most = (i: number) => (i < 20 ? i : undefined);
  const [{ order, emergences }] = repeatability([run(most)], [run(most)]);
  // 66 pairs of the later 12 without the 6 among the 4 that never emerge.
  assert.equal(order.hard!.pairs, 120);
  assert.equal(order.hard!.value, 1);
  assert.equal(emergences!.of, 40);
});

test('a training with other settings is no twin, and one run has nothing to compare', () => {
  const found = repeatability([run((i) => i)], [run((i) => i, 4, 'nano', 7)]);
  for (const { couples, before, floors, emergences, order } of found) {
    assert.equal(couples, 0);
    assert.deepEqual(
      [before, floors, emergences, order.easy, order.hard],
      Array(5).fill(undefined),
    );
  }
});

test('the figure sets geometry beside another training, and says what it can without one', () => {
  const runs = [run((i) => i), run((i) => (i === 23 ? 22 : i === 22 ? 23 : i), 4, 'nano', 1)];
  const forecasts = runs.map((one) => forecast(one));
  const skills = [
    {
      name: 'floor',
      easy: concordance(forecasts, 'easy'),
      hard: concordance(forecasts, 'hard'),
    },
  ];
  const title = (trainings: ReturnType<typeof repeatability>) =>
    String((orderBound(skills, trainings).layout.title as { text: string }).text);
  const percent = Math.round(100 * skills[0].hard.estimate!.value);
  // One of 66 pairs is reversed.
  assert.match(
    title(repeatability(runs, [])).replace(/<br>/g, ' '),
    new RegExp(`tells ${percent} % of pairs right, another seed 98 %`),
  );
  assert.match(title([]), /What tells the order within a class/);
});
