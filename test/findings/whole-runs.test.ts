import assert from 'node:assert/strict';
import test from 'node:test';
import { SETTLED_RUN, WHOLE_RUN } from '../../lib/findings/definitions';
import { ledger } from '../../lib/findings/ledger';
import { selectRuns, wholeRuns } from '../../lib/findings/whole-runs';
import { studyNote } from '../../lib/notebook/whole-study';
import { PLAN } from '../../lib/study/plan';
import type { Run } from '../../lib/study/run-folder';
import { runSettings } from '../../lib/study/run-settings';
import { syntheticRun } from './synthetic';

const PLANNED = PLAN.find(({ name }) => name === 'nano-s0')!;

/** A made-up run with the settings of nano's plan but for these, and with changes to run.json. */
function run(scale: string, seed: number, steps: number, changes: object = {}): Run {
  const made = syntheticRun({
    ...{ scale, seed, steps },
    plan: (_, i) => ({ emerges: 100 + i, falls: [20, 10], floor: 2, rises: 50 + i }),
  });
  const { training, checkpoints } = PLANNED;
  const settings = runSettings({ ...training, scale, seed, steps, checkpoints });
  const tables = { landscape: [], probes: [] };
  return { ...made, ...tables, info: { ...made.info, ...settings, ...changes } } as unknown as Run;
}

const RUNS = [
  run('nano', 0, PLANNED.training.steps),
  run('nano', 0, 20_000, { checkpoints: 230 }),
  run('nano', 1, 20_000, { ended: false, step: 800 }),
  run('nano', 2, 20_000, { tasks: 'f00' }),
  run('micro', 0, 2000),
];

test('runs of other code, not ended, too short or of the same start are left out, each with the reason', () => {
  const { whole, leftOut } = selectRuns(RUNS);
  assert.deepEqual(whole, [RUNS[0]]);
  assert.deepEqual(
    leftOut.map(({ run, why }) => [RUNS.indexOf(run), why]),
    [
      [1, 'a second run of this scale and seed'],
      [2, 'not ended: at 800 of 20,000 updates'],
      [3, "made by other code: its tasks are not this code's"],
      [4, `only 2,000 updates of the 3,000 that count as whole`],
    ],
  );
  assert.equal(WHOLE_RUN, 3000);
  assert.deepEqual(wholeRuns(RUNS, SETTLED_RUN), [RUNS[0], RUNS[4]]);
  // The ledger sees the same.
  assert.deepEqual(ledger(RUNS, '01', []), ledger([RUNS[0], RUNS[4]], '01', []));
  assert.deepEqual(ledger(RUNS, '03', []), ledger([RUNS[0]], '03', []));
});

test('notebooks name each run, what it lacks and how it is not as planned', () => {
  const { training } = PLANNED;
  const other = run('nano', 1, 8000, {
    training: { ...training, seed: 1, steps: 8000, precision: 'bf16' },
  });
  const text = studyNote([...RUNS, other]);
  const lines = text.split('\n');
  assert.match(lines[0], /whole runs in `data\/runs`:$/);
  assert.match(
    lines[2],
    /^- nano, seed 0: [\d,]+ updates, 400,000 parameters, measured at 1\d\d steps; without landscape and probes$/,
  );
  assert.match(
    lines[3],
    /^- nano, seed 1: .*; trained with bf16 products; .*\*\*not as planned\*\*: .*steps is 8000, not \d+$/,
  );
  assert.equal(lines.filter((line) => line.startsWith('- left out: ')).length, 4);
  assert.match(
    text,
    /^- left out: nano, seed 2 \(made by other code: its tasks are not this code's\)$/m,
  );
  const none = studyNote([RUNS[2]]);
  assert.match(
    none,
    /^\*\*There is no whole run.*\n\n- left out: nano, seed 1 \(not ended: at 800/,
  );
});
