import assert from 'node:assert/strict';
import test from 'node:test';
import { derivedTables, longTable } from '../../lib/findings/derived';
import type { Run } from '../../lib/study/run/run-folder';
import { falls, syntheticRun } from './synthetic';

test('derived tables hold what was planted, with run, scale and seed; the long one holds every number once', () => {
  const run = syntheticRun({
    ...{ scale: 'micro', seed: 3, tasks: ['MOD', 'ADD'], printed: 4 },
    plan: () => ({ rank: () => falls(2, 200, 900), acquired: [1000, 2000, undefined] }),
  });
  const tables = derivedTables([{ ...run, folder: '/data/runs/micro-s3' } as Run]);
  const of = { run: 'micro-s3', scale: 'micro', seed: 3, task: 'MOD' };
  const is = (rows: readonly object[], wanted: object) =>
    rows.filter((row) =>
      Object.entries({ ...of, ...wanted }).every(([key, value]) => Reflect.get(row, key) === value),
    );
  const [floor] = is(tables.floors, { signal: 'as printed, answer' });
  assert.deepEqual(
    { ...floor, recovery: 0 },
    {
      ...{ ...of, level: undefined, rule: '', signal: 'as printed, answer' },
      ...{ start: 80, floor: 8, step: 200, fall: 0.9, recovery: 0 },
    },
  );
  const steps = is(tables.acquisition, { rule: 'v4' }).map((row) => Reflect.get(row, 'step'));
  assert.deepEqual(steps, [1000, 2000, undefined]);
  const leads = is(tables.leads, { rule: 'v4', signal: 'rankme' }).map((row) =>
    Reflect.get(row, 'lead'),
  );
  assert.deepEqual(leads, [800, 1800]);
  const long = longTable(tables);
  assert.deepEqual(
    is(long, { table: 'leads', rule: 'v4', signal: 'rankme', level: 2 }).map((row) =>
      Reflect.get(row, 'value'),
    ),
    [1800],
  );
  const numbers = Object.values(tables)
    .flat()
    .flatMap(({ run, scale, seed, task, level, rule, signal, ...rest }) => Object.values(rest));
  assert.equal(long.length, numbers.filter((one) => one !== undefined).length);
});
