import assert from 'node:assert/strict';
import test from 'node:test';
import { type FloorRun, floorFactors } from '../../lib/findings/floor-factors';
import { floorScaling, sameFloors } from '../../lib/findings/floor-scaling';
import { TASK_LEVELS } from '../../lib/tasks';
import { trainingConfig } from '../../lib/training/config';

/** A run whose task-levels fall from 8 to the given floor, and to half of it when centered. */
function planted(
  floor: number,
  settings: { scale?: string; learningRate?: number; seed?: number },
): FloorRun {
  const training = trainingConfig({ scale: 'nano', steps: 2, learningRate: 0.001, ...settings });
  const rows = (step: number, rank: number) =>
    TASK_LEVELS.flatMap(({ task, level }) =>
      (['prompt', 'answer'] as const).map((position) => ({
        ...{ step, task, level, layer: 2, position, rankme: rank, rankme_centered: rank / 2 },
      })),
    );
  return {
    info: { training, parameters: 1, step: 2 },
    geometry: [...rows(0, 8), ...rows(1, floor), ...rows(2, 6)],
    behavior: [],
  };
}

test('planted ratios of floors come back, one setting at a time', () => {
  const found = floorFactors([
    planted(2, {}),
    planted(4, { scale: 'micro' }),
    planted(1, { learningRate: 0.003 }),
    planted(3, { scale: 'micro', learningRate: 0.003 }),
  ]);
  const prompt = found.filter(({ view }) => view === 'prompt, as is');
  assert.deepEqual(
    prompt.map(({ what, factor, start, floor, ratio }) => [what, factor, start, floor, ratio]),
    [
      ['reference', 'reference', 8, 2, 1],
      ['micro', 'scale', 8, 4, 2],
      ['learning rate 0.003', 'learning rate', 8, 1, 0.5],
    ],
  );
  assert.equal(found.length, 4 * 3, 'what differs in two settings is left out');
  assert.equal(found.find(({ view }) => view === 'answer, centered')?.floor, 1);
  assert.throws(() => floorFactors([]), /no run to compare/);
});

test('floors over scales are compared among runs trained alike, task by task', () => {
  const grown = planted(2.4, { scale: 'micro' });
  const run: FloorRun = {
    ...grown,
    info: { ...grown.info, parameters: 2 },
    // One level of COPY keeps a floor twice as high; the mean over three levels grows by its cube root.
    geometry: grown.geometry.map((row) =>
      row.step === 1 && row.task === 'COPY' && row.level === 3
        ? { ...row, rankme: 2 * row.rankme }
        : row,
    ),
  };
  const all = floorScaling([
    planted(2, {}),
    planted(5, { scale: 'small', learningRate: 0.003 }),
    planted(5, { seed: 1 }),
    run,
  ]);
  const { from, to, same: kept, levels: of, tasks, invariant } = sameFloors(all, 'prompt, as is');
  assert.deepEqual([from, to, kept, of, invariant], ['nano', 'micro', 23, 24, false]);
  assert.deepEqual([tasks.length, tasks.includes('COPY')], [7, false]);
  assert.throws(() => sameFloors(all, 'sideways'), RangeError);
  const found = all.filter(({ view }) => view === 'prompt, as is');
  assert.deepEqual(
    [...new Set(found.map(({ scale }) => scale))],
    ['nano', 'micro'],
    'another learning rate or seed is left out',
  );
  const at = (scale: string, task: string) =>
    found.find((one) => one.scale === scale && one.task === task)!;
  assert.deepEqual([at('nano', 'COPY').ratio, at('nano', 'COPY').same], [1, 3]);
  const { ratio, same, levels, floor } = at('micro', 'MOD');
  assert.deepEqual([same, levels], [3, 3]);
  assert.ok(Math.abs(ratio - 1.2) < 1e-12 && Math.abs(floor - 2.4) < 1e-12);
  assert.ok(Math.abs(at('micro', 'COPY').ratio - 1.2 * 2 ** (1 / 3)) < 1e-12);
  assert.equal(at('micro', 'COPY').same, 2);
});
