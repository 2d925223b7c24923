import assert from 'node:assert/strict';
import test from 'node:test';
import { blindLadder, ladderCells, rungFits } from '../../lib/findings/blind-ladder';
import { measuredSteps } from '../../lib/training/schedule';
import { falls, noise, syntheticRun } from './synthetic';

const STEPS = measuredSteps(1000).filter((step) => step > 60);
const near = (step: number) =>
  STEPS.reduce((a, b) => (Math.abs(b - step) < Math.abs(a - step) ? b : a));

test('a floor that stands on a rung is found there, task by task', () => {
  const at = (i: number) => ({
    token: 81,
    previous: near(120 + 10 * i),
    task: near(200 + 50 * i),
    level: near(900),
  });
  const runs = [0, 1].map((seed) =>
    syntheticRun({
      seed,
      steps: 2000,
      plan: (_, i) => ({ rank: () => falls(2, at(i).task), rungs: at(i) }),
    }),
  );
  const rows = runs.flatMap((run) => blindLadder(run));
  assert.ok(
    rows.every(({ nearest, floor, minima }) => nearest === 'task' && minima.task.step === floor),
  );
  const fits = rungFits(rows);
  assert.deepEqual(
    fits.map(({ nearest }) => nearest),
    [0, 0, rows.length, 0],
  );
  assert.equal(fits[2].ratio, 1);
  assert.ok(fits[2].correlation! > 0.99 && fits[2].p! < 0.01);
  assert.equal(fits[0].correlation, undefined);
  const [cell] = ladderCells(rows);
  assert.deepEqual([cell.seeds, cell.floor.low, cell.floor.high], [2, at(0).task, at(0).task]);
  assert.ok(cell.fallen!.median <= cell.floor.median);
});

test('floors and rungs at random steps do not follow each other', () => {
  const random = noise(7);
  const step = () => STEPS[Math.floor(random() * STEPS.length)];
  const run = syntheticRun({
    steps: 2000,
    plan: () => {
      const floor = step();
      const rungs = { token: step(), previous: step(), task: step(), level: step() };
      return { rank: () => falls(2, floor), rungs };
    },
  });
  assert.ok(rungFits(blindLadder(run)).every(({ p }) => p! > 0.05));
});
