import assert from 'node:assert/strict';
import test from 'node:test';
import { CONVENTIONS, identification } from '../../lib/findings/curves';
import { FIGURE_TASKS, publishedCurve } from '../../lib/findings/paper';
import { IDENTIFIED } from '../../lib/findings/series';
import { untrained } from '../../lib/study/run/untrained';
import { syntheticRun } from './synthetic';

test('of untrained nets, the identified convention is nearest to the paper’s numbers, within 6 %', async () => {
  const runs = [];
  for (const scale of ['nano', 'micro', 'small']) runs.push(await untrained({ scale }));
  const [best, next] = identification(runs);
  assert.deepEqual(best.convention, { ...IDENTIFIED, level: undefined });
  assert.equal(best.compared.length, 12);
  assert.ok(best.error < 0.06, `${best.error}`);
  assert.ok(next.error > 2 * best.error, `${next.error}`);
  const printed = identification(runs).find(
    ({ convention: { reading, position, level } }) =>
      reading === 'rankme' && position === 'answer' && level === undefined,
  )!;
  assert.ok(printed.error > 0.8, `${printed.error}`);
});

test('numbers that are planted are found without error, along a curve as well', () => {
  const run = syntheticRun({
    steps: 1000,
    tasks: FIGURE_TASKS,
    printed: 2,
    plan: (task) => ({ rank: () => publishedCurve(task, 'nano')! }),
  });
  assert.ok(identification([run])[0].error < 1e-9);
  const [best, ...others] = identification([run], (step) => step > 0);
  assert.ok(best.error < 1e-9 && best.compared.length > 20);
  assert.equal(others.at(-1)!.error, 1);
  // These tables have no rank of a single level.
  assert.ok(others.length + 1 < CONVENTIONS.length);
});
