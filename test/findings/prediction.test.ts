import assert from 'node:assert/strict';
import test from 'node:test';
import { coarseOrder, concordance, forecast, swapTest } from '../../lib/findings/prediction';
import { noise, syntheticRun } from './synthetic';

const late = (i: number) => Math.round(200 * 1.2 ** i);
/** Emergence by `order`, floors that fall with it as far as `sign` says. */
const run = (floor: (i: number) => number, order = (i: number) => i, scale = 'nano', seed = 0) =>
  syntheticRun({
    ...{ scale, seed, checkpoints: 220 },
    plan: (_, i) => ({ emerges: late(order(i)), falls: [8, 4], floor: floor(i) }),
  });

test('a planted order is predicted, in all and within classes, from before anything emerges', () => {
  const found = forecast(run((i) => 14 - i / 2));
  assert.equal(found.forecasts.length, 24);
  assert.ok(found.until! > 0 && found.until! < late(0));
  const { estimate, chance } = coarseOrder([found]);
  assert.ok(estimate!.value > 0.98);
  assert.ok(chance!.p < 0.01);
  for (const difficulty of ['easy', 'hard'] as const) {
    const within = concordance([found], difficulty);
    assert.equal(within.estimate!.value, 1);
    assert.equal(within.cases, 66);
    assert.ok(within.chance!.p < 0.01);
  }
});

test('the opposite order is predicted wrong, and not called good', () => {
  const found = forecast(run((i) => 2 + i / 2));
  assert.ok(coarseOrder([found]).estimate!.value < -0.98);
  assert.ok(coarseOrder([found]).chance!.p > 0.99);
  assert.equal(concordance([found], 'hard').estimate!.value, 0);
});

test('noise predicts nothing', () => {
  const p = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
    const uniform = noise(seed);
    const floors = Array.from({ length: 24 }, () => 2 + 12 * uniform());
    const { estimate, chance } = coarseOrder([forecast(run((i) => floors[i]))]);
    assert.ok(Math.abs(estimate!.value) < 0.6);
    return chance!.p;
  });
  assert.ok(p.filter((value) => value < 0.05).length <= 2, p.join(' '));
});

test('what never emerges is last, not left out', () => {
  const silent = syntheticRun({
    plan: (_, i) => ({ emerges: i < 20 ? late(i) : undefined, falls: [8, 4], floor: 14 - i / 2 }),
  });
  const { forecasts } = forecast(silent);
  assert.equal(
    forecasts.filter(({ emergence }) => emergence === Number.POSITIVE_INFINITY).length,
    4,
  );
  assert.ok(coarseOrder([forecast(silent)]).estimate!.value > 0.95);
  // 66 pairs of the later 12, without the 6 among the 4 that never emerge.
  assert.equal(concordance([forecast(silent)], 'hard').cases, 60);
});

test('swaps are found; geometry that follows them is right, that of one order half right', () => {
  const swapped = (i: number) => (i % 2 === 0 ? i + 1 : i - 1);
  const first = forecast(run((i) => 14 - i / 2));
  const follows = forecast(run((i) => 14 - swapped(i) / 2, swapped, 'micro'));
  const right = swapTest([first, follows]);
  // Neighbors are 1.2 apart, which is not clear.
  assert.equal(right.swaps.length, 0);
  assert.match(right.reason!, /no pair .* clearly reverses/);
  const far = (i: number) => (i < 4 ? i + 4 : i < 8 ? i - 4 : i);
  const moved = forecast(run((i) => 14 - far(i) / 2, far, 'micro'));
  const stays = forecast(run((i) => 14 - i / 2, far, 'micro'));
  const good = swapTest([first, moved]);
  // Of 4 × 4 pairs two are unclear, each in one of the runs.
  assert.equal(good.swaps.length, 16 - 2);
  assert.equal(good.right!.value, 1);
  assert.equal(good.followed!.value, 1);
  const half = swapTest([first, stays]);
  assert.equal(half.right!.value, 0.5);
  assert.equal(half.followed!.value, 0);
});

test('one scale, nothing emerged, a missing table: named', () => {
  const one = forecast(run((i) => 14 - i / 2));
  assert.match(swapTest([one]).reason!, /runs of two scales/);
  assert.match(swapTest([one], 'seeds').reason!, /two seeds/);
  const silent = syntheticRun({ steps: 300, plan: () => ({ falls: [8, 4], floor: 2 }) });
  assert.match(forecast(silent).reason!, /nothing emerges/);
  assert.match(forecast({ ...silent, behavior: [] }).reason!, /no behavior table/);
  const whole = run((i) => 14 - i / 2);
  assert.match(forecast({ ...whole, geometry: [] }).reason!, /geometry was not measured/);
  const empty = coarseOrder([forecast(silent)]);
  assert.equal(empty.estimate, undefined);
  assert.ok(empty.reason);
  assert.match(concordance([], 'easy').reason!, /no pair of easy/);
});
