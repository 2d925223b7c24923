import assert from 'node:assert/strict';
import test from 'node:test';
import { forecast, forecastsOf, otherTraining } from '../../lib/findings/forecast';
import { skillOf } from '../../lib/findings/prediction';
import * as say from '../../lib/findings/summaries';
import { falls, noise, syntheticRun } from './synthetic';

/**
 * Tasks in the catalog's order, but PAR first, since blind answers pass v4's mark there from step 0 on: PAR COPY REV CMP
 * ADD MOD SORT MUL, acquired in that order unless another is given.
 */
const PLACES = [1, 2, 3, 0, 4, 5, 6, 7];
const run = (floor: (i: number) => number, order = (i: number) => i, scale = 'nano', seed = 0) =>
  syntheticRun({
    ...{ scale, seed },
    plan: (_, task) => {
      const i = PLACES[task];
      const at = 1000 + 1500 * order(i);
      return {
        rank: () => falls(floor(i), 200),
        acquired: [1, 1.1, 1.2].map((times) => Math.round(times * at)),
      };
    },
  });

test('a planted order is predicted, across and within classes, whichever way the score points', () => {
  for (const sign of [1, -1]) {
    const found = forecastsOf([run((i) => 10 + sign * i)], 'v4');
    assert.equal(found[0].forecasts.length, 8);
    const [coarse, across, easy, hard] = (['coarse', 'across', 'easy', 'hard'] as const).map(
      (kind) => skillOf(found, kind),
    );
    for (const { estimate, chance } of [coarse, easy]) {
      assert.ok(Math.abs(estimate!.value - 1) < 1e-9);
      assert.ok(chance!.p < 0.05);
    }
    assert.equal(across.estimate!.value, 1);
    // COPY REV CMP PAR SORT are easy: ten pairs; ADD MOD MUL hard: three.
    assert.deepEqual([across.cases, easy.cases, hard.cases], [15, 10, 3]);
    assert.equal(hard.estimate!.value, 1);
  }
});

test('our setting sees task-levels, and nothing from the first acquisition on', () => {
  const { forecasts, until } = forecast(run((i) => 10 - i));
  assert.equal(forecasts.length, 24);
  assert.ok(until! < 1000 && until! > 900, `${until}`);
  const late = syntheticRun({
    plan: (_, i) => ({ rank: () => falls(10 - i, 2000), acquired: [1000 + i, 3000, 4000] }),
  });
  // The floors come at 2,000, so the lowest of what was seen is not the floor.
  const seen = forecast(late).forecasts.map(({ scores }) => scores.floor);
  assert.ok(seen.every((floor, i) => floor > 10.5 - Math.floor(i / 3)));
});

test('noise predicts nothing, also where the direction is chosen', () => {
  const p = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((seed) => {
    const uniform = noise(seed);
    const floors = Array.from({ length: 8 }, () => 2 + 12 * uniform());
    const found = forecastsOf([run((i) => floors[i])], 'v4');
    return (['coarse', 'across'] as const).map((kind) => skillOf(found, kind).chance!.p);
  });
  assert.ok(p.filter((value) => value < 0.05).length <= 2, p.join(' '));
});

test('what is never acquired is last, and tied with its like', () => {
  const silent = syntheticRun({
    plan: (_, i) => ({
      rank: () => falls(10 - PLACES[i], 200),
      acquired: i < 6 ? [1, 2, 3].map((level) => 100 * level + 500 * PLACES[i]) : [],
    }),
  });
  const found = forecastsOf([silent], 'v4');
  assert.equal(
    found[0].forecasts.filter(({ step }) => step === Number.POSITIVE_INFINITY).length,
    2,
  );
  assert.ok(skillOf(found, 'coarse').estimate!.value > 0.95);
});

test('the swap test: a score that turns with the tasks is right, one that stays is right half of the time', () => {
  const turned = (i: number) => (i < 4 ? i : 11 - i);
  const first = run((i) => 10 - i);
  const follows = run((i) => 10 - turned(i), turned, 'micro');
  const stays = run((i) => 10 - i, turned, 'micro');
  const right = skillOf(forecastsOf([first, follows], 'v4'), 'turned');
  // Six pairs, each at both sizes.
  assert.equal(right.cases, 12);
  assert.equal(right.estimate!.value, 1);
  assert.equal(skillOf(forecastsOf([first, stays], 'v4'), 'turned').estimate!.value, 0.5);
  const one = skillOf(forecastsOf([first], 'v4'), 'turned');
  assert.equal(one.estimate, undefined);
  assert.match(
    say.pairs('turned', { label: 'RankMe' }, one),
    /^The RankMe cannot be judged: no pairs of two tasks whose/,
  );
});

test('another seed of the same order bounds what can be known', () => {
  const seeds = forecastsOf([run((i) => 3 + i), run((i) => 9 - i, undefined, 'nano', 1)], 'v4');
  const other = otherTraining(seeds, 'seeds');
  assert.equal(other.length, 2);
  const bound = skillOf(other, 'hard', 'other');
  assert.equal(bound.estimate!.value, 1);
  assert.equal(otherTraining(seeds, 'scales').length, 0);
});

test('nothing acquired, nothing measured: named', () => {
  const silent = syntheticRun({ steps: 2000, plan: () => ({ rank: () => falls(2, 200) }) });
  assert.match(forecast(silent).reason!, /nothing is acquired/);
  const whole = run((i) => 10 - i);
  assert.match(forecast({ ...whole, geometry: [] }).reason!, /no rank was measured/);
  const none = skillOf(forecastsOf([silent], 'ours'), 'coarse');
  assert.equal(none.estimate, undefined);
  assert.match(say.coarse({ label: 'RankMe' }, none), /cannot be judged: nothing is acquired/);
});
