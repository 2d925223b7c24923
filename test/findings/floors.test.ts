import assert from 'node:assert/strict';
import test from 'node:test';
import { curveFactor, curvePoints, publishedPoints } from '../../lib/findings/curves';
import {
  earlyFloors,
  floorCells,
  floorGrowth,
  floorOf,
  floorSummaries,
  floors,
  meanGrowth,
  readingsAgree,
  sameFloors,
  sequence,
  taskEffect,
} from '../../lib/findings/floors';
import { publishedCurve } from '../../lib/findings/paper';
import { IDENTIFIED, PRINTED, rankSeries } from '../../lib/findings/series';
import { measuredSteps } from '../../lib/training/schedule';
import { falls, type Knots, noise, syntheticRun } from './synthetic';

/** Every task has its floor of 2 at one measured step, at every size, and is back within some hundred steps. */
const shared = (scale: string, seed = 0) =>
  syntheticRun({ scale, seed, plan: () => ({ rank: () => falls(2, FLOOR, 900) }) });
const FLOOR = measuredSteps(400).find((step) => step > 240)!;

test('a planted floor comes back with its step and its recovery', () => {
  const [found] = floors(shared('nano'));
  const { task, floor, step, fall, start } = found;
  assert.deepEqual(
    { task, floor, step, start, fall },
    { task: 'COPY', floor: 2, step: FLOOR, start: 20, fall: 0.9 },
  );
  const series = rankSeries(shared('nano'), 'COPY')!;
  assert.ok(series.values[series.steps.indexOf(found.recovery!)] >= 11);
  assert.equal(floorOf({ steps: [0], values: [20] }), undefined);
  assert.equal(floorOf({ steps: [0, 1, 2], values: [2, 3, 4] })!.recovery, undefined);
});

test('floors that are one at every size seem to grow by the sampling of the paper, and do not by ours', () => {
  const runs = ['nano', 'micro', 'small'].map((scale) => shared(scale));
  const dense = floorCells(runs);
  assert.ok(dense.every(({ mean }) => mean === 2));
  assert.equal(sameFloors(floorGrowth(dense))!.value, 1);
  const sampled = floorCells(runs, { at: 'paper' });
  const growth = floorGrowth(sampled);
  assert.ok(
    growth.every(({ ratio }) => ratio > 3),
    JSON.stringify(growth[0]),
  );
  assert.equal(sameFloors(growth)!.value, 0);
  const small = sampled.find(({ scale, task }) => scale === 'small' && task === 'SORT')!;
  assert.deepEqual(small.steps, [1000]);
});

test('a rank that is lowest as its run ends is no floor yet; by step 1,000 is asked of runs twice as long', () => {
  const run = (floor: number, steps: number, scale = 'nano') =>
    syntheticRun({ scale, steps, plan: () => ({ rank: () => falls(2, floor, 1e9).slice(0, 2) }) });
  const [done, sinking] = [run(200, 1000), run(1000, 1000, 'micro')];
  assert.deepEqual(
    floorCells([done, sinking]).map(({ scale }) => scale),
    Array(8).fill('nano'),
  );
  assert.equal(earlyFloors([done, sinking]), undefined);
  const found = earlyFloors([run(200, 2000), run(1500, 2000, 'micro')])!;
  assert.deepEqual([found.count, found.of], [8, 16]);
});

test('growth over tasks is their geometric mean; readings that order tasks alike or in reverse are told apart', () => {
  const made = (scale: string, floorOfTask: (i: number) => number, printed = 1) =>
    syntheticRun({ scale, printed, plan: (_, i) => ({ rank: () => falls(floorOfTask(i), 200) }) });
  const runs = [
    made('nano', (i) => 1 + i / 4),
    made('micro', (i) => (1 + i / 4) * (i % 2 ? 4 : 1)),
  ];
  const { value, tasks, from, to } = meanGrowth(floorGrowth(floorCells(runs)))!;
  assert.ok(Math.abs(value - 2) < 1e-9);
  assert.deepEqual([tasks, from, to], [8, 'nano', 'micro']);
  assert.equal(meanGrowth([]), undefined);
  const same = readingsAgree([made('nano', (i) => 2 + i, 3)], [IDENTIFIED, PRINTED]);
  assert.deepEqual(same, [{ scale: 'nano', tasks: 8, rho: 1 }]);
});

test('a summary has the mean and the population deviation of the paper over the same sizes', () => {
  const floorsOf = { nano: 2, micro: 4 } as Record<string, number>;
  const runs = Object.keys(floorsOf).map((scale) =>
    syntheticRun({ scale, plan: () => ({ rank: () => falls(floorsOf[scale], 200) }) }),
  );
  const sort = floorSummaries(floorCells(runs)).find(({ task }) => task === 'SORT')!;
  assert.deepEqual([sort.mean, sort.deviation], [3, 1]);
  assert.ok(Math.abs(sort.published.mean - (2.18 + 2.9) / 2) < 1e-9);
});

test('the task explains floors that are planted by task, and noise does not', () => {
  const random = noise(1);
  const run = (floorOfTask: (index: number) => number, seed: number) =>
    syntheticRun({
      seed,
      steps: 1000,
      plan: (_, i) => ({ rank: () => falls(floorOfTask(i), 200) }),
    });
  const planted = taskEffect(
    floorCells([0, 1].map((seed) => run((i) => 2 + i + 0.1 * random(), seed))),
  )!;
  assert.ok(planted.explained > 0.9 && planted.chance.p < 0.01);
  const null_ = taskEffect(floorCells([0, 1].map((seed) => run(() => 2 + random(), seed))))!;
  assert.ok(null_.chance.p > 0.05, `${null_.chance.p}`);
});

test('recovery before acquisition is told from recovery at any task’s time', () => {
  const early = sequence([
    syntheticRun({
      plan: (_, i) => ({
        rank: () => falls(2, 200, (250 * 2 ** i) ** 2 / 200),
        acquired: [300 * 2 ** i, 500 * 2 ** i, 900 * 2 ** i],
      }),
    }),
  ])!;
  assert.ok(early.held.value > 0.6 && early.exchanged!.p < 0.01, JSON.stringify(early));
  const same = sequence([
    syntheticRun({
      tasks: ['ADD', 'MOD', 'SORT', 'MUL'],
      plan: () => ({ rank: () => falls(2, 200, 400), acquired: [2000, 3000, 4000] }),
    }),
  ])!;
  assert.equal(same.held.value, 1);
  assert.equal(same.exchanged!.p, 1);
});

test('curves that are the paper’s are off by a factor of 1, and a doubled curve by 2', () => {
  const run = (factor: number) =>
    syntheticRun({
      steps: 1000,
      tasks: ['MOD', 'ADD', 'SORT', 'MUL'],
      printed: 2,
      plan: (task) => ({
        rank: () =>
          publishedCurve(task, 'nano')!.map(([step, rank]) => [
            step,
            factor * rank,
          ]) as unknown as Knots,
      }),
    });
  assert.ok(Math.abs(curveFactor(curvePoints([run(1)]))!.value - 1) < 1e-9);
  assert.ok(Math.abs(curveFactor(curvePoints([run(2)]))!.value - 2) < 1e-9);
  const printed = curveFactor(curvePoints([run(1)], { reading: 'rankme' }))!;
  assert.ok(Math.abs(printed.value - 2) < 1e-9);
});

test('micro’s doubled checkpoint is there, and its labels can be read 100 lower', () => {
  const [zero, hundred, next] = publishedPoints('MOD', 'micro')!;
  assert.equal(zero[1], hundred[1]);
  assert.deepEqual(publishedPoints('MOD', 'micro', '100 too high')!.slice(0, 2), [
    [0, hundred[1]],
    [100, next[1]],
  ]);
  assert.deepEqual(publishedPoints('MOD', 'nano', '100 too high'), publishedCurve('MOD', 'nano'));
});

test('an unknown layer is an error that names the known ones', () => {
  assert.throws(() => rankSeries(shared('nano'), 'MOD', { layer: 3 }), /layers 0 to 2/);
});
