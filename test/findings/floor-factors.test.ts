import assert from 'node:assert/strict';
import test from 'node:test';
import { floorFactors } from '../../lib/findings/floor-factors';
import { selectRuns, variantOf } from '../../lib/findings/runs';
import type { MeasuredRun } from '../../lib/findings/series';
import * as say from '../../lib/findings/summaries';
import { falls, syntheticRun } from './synthetic';

const run = (floor: number, seed = 0, steps = 2000) =>
  syntheticRun({ seed, steps, plan: (_, i) => ({ rank: () => falls(floor * (2 + i), 200) }) });
const changed = (given: MeasuredRun, training: object, format = {}): MeasuredRun => ({
  ...given,
  info: {
    ...given.info,
    training: { ...given.info.training, ...training },
    tasks: { ...given.info.tasks, format: { ...given.info.tasks.format, ...format } },
  },
});

test('a planted factor of a start comes back, and a format that changes nothing has 1', () => {
  const runs = [
    ...[run(1), run(1.1, 1)],
    changed(run(1.5), { initialStd: 0.04 }),
    changed(run(1), {}, { blankAfterEquals: true }),
  ];
  assert.deepEqual(variantOf(runs[0]), []);
  assert.deepEqual(selectRuns(runs).runs, runs.slice(0, 2));
  const [plain, start, format] = floorFactors(runs);
  assert.deepEqual(
    [plain.setting, start.setting, format.setting],
    ['plain', 'initialStd 0.04', 'blankAfterEquals true'],
  );
  assert.ok(Math.abs(plain.floorRatio!.value - 1.1) < 1e-9);
  // Against both plain seeds, whose floors are 1 and 1.1 times the planned ones.
  assert.ok(Math.abs(start.floorRatio!.value - 1.5 / Math.sqrt(1.1)) < 1e-9);
  assert.ok(start.floorRatio!.low <= start.floorRatio!.value);
  assert.equal(start.stepRatio!.value, 1);
  assert.ok(Math.abs(format.floors.COPY - 2) < 1e-9);
  assert.match(
    say.floorFactors([plain, start]),
    /^At nano the floors of two seeds are apart by a factor of 1\.1 .* At nano floors with initialStd 0\.04 are 1\.43/,
  );
});

test('plain runs alone, one seed alone, and none: said', () => {
  assert.match(say.floorFactors(floorFactors([run(1)])), /one plain seed.* size and seed alone/);
  assert.match(say.floorFactors(floorFactors([run(1), run(1.2, 1)])), /1\.2 .* seed alone/);
  assert.equal(say.floorFactors(floorFactors([run(1, 0, 500)])), 'No run has 1,000 updates.');
  const alone = floorFactors([changed(run(1), { initialStd: 0.04 })]);
  assert.match(say.floorFactors(alone), /no plain run to set initialStd 0\.04 beside/);
});

test('a longer run has no lower floor for what comes later', () => {
  const late = syntheticRun({
    ...{ seed: 1, steps: 20_000 },
    plan: () => ({
      rank: () => [
        [0, 20],
        [200, 4],
        [15_000, 1],
      ],
    }),
  });
  const short = syntheticRun({
    steps: 2000,
    plan: () => ({
      rank: () => [
        [0, 20],
        [200, 4],
        [15_000, 1],
      ],
    }),
  });
  assert.equal(floorFactors([late, short])[0].floorRatio!.value, 1);
});
