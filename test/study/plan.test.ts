import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { workOff } from '../../lib/commands/study';
import { Problem } from '../../lib/files/problem';
import { variantOf } from '../../lib/findings/runs';
import {
  firstLook,
  keptSteps,
  PLAN,
  plannedRun,
  planStates,
  type RunPlan,
} from '../../lib/study/plan/plan';
import { readPlan } from '../../lib/study/plan/plan-file';
import { RunFolder, studyRuns } from '../../lib/study/run/run-folder';
import { train } from '../../lib/study/run/train';
import { numbered, PAPER_TASKS, TASKS, type Task, taskSet } from '../../lib/tasks';
import { measuredSteps } from '../../lib/training/schedule';

const home = mkdtempSync(join(tmpdir(), 'anatomy-plan-'));
test.after(() => rmSync(home, { recursive: true }));

const TINY: RunPlan = {
  ...{
    shape: { layers: 1, width: 16, heads: 2 },
    tasks: ['PAR'],
    samples: { behavior: 8, dense: 8, rankme: 8 },
  },
  ...{ steps: 6, scheduled: 100, batch: 4, warmup: 2, landscape: 2 },
};
const planned = (plan: Partial<RunPlan> = {}) => plannedRun({ ...TINY, ...plan }, home);
const stateOf = (plan: Partial<RunPlan> = {}) => planStates([planned(plan)])[0];

test('a ninth task in the catalog leaves the study’s runs, and their settings, as they are', () => {
  const before = planStates(PLAN);
  assert.ok(before.some(({ step }) => step > 0) && !before.some(({ state }) => state === 'other'));
  const double = numbered('double', 10, (n) => ({ input: [n], answer: [2 * n] }));
  const catalog = TASKS as Task[];
  catalog.push({ name: 'DOUBLE', rule: 'give twice the number', levels: [double] });
  try {
    assert.ok(taskSet().tasks.length > PAPER_TASKS.length);
    assert.deepEqual(planStates(PLAN), before);
    assert.ok(studyRuns().every((run) => variantOf(run).length === 0));
  } finally {
    catalog.pop();
  }
});

test('a run is missing, stopped, to measure, whole; of other settings, or damaged', async () => {
  assert.equal(stateOf().state, 'missing');
  const { folder: path, choices } = planned();
  const folder = new RunFolder(path);
  await train({ ...choices, folder: path, keep: [0, 6] });
  // More updates are wanted of the same schedule.
  const begun = stateOf({ steps: 9 });
  assert.deepEqual([begun.state, begun.step, begun.note], ['stopped', 6, '']);
  const checkpoint = readFileSync(folder.checkpointPath);
  rmSync(folder.checkpointPath);
  assert.match(stateOf({ steps: 9 }).note, /last weights are not here/);
  writeFileSync(folder.checkpointPath, checkpoint);
  assert.deepEqual([stateOf().state, stateOf().note, stateOf().landscape], ['to measure', '', 0]);
  assert.equal(stateOf({ landscape: 0 }).state, 'whole');
  // The plan asks for a step whose weights were not kept.
  assert.match(stateOf({ landscape: 3 }).note, /the weights of 1 checkpoints are not here/);
  const row = { task: 'PAR', level: undefined, measure: 'hessian_top', value: 1, note: '' };
  const rest = { standard_error: undefined, residual: undefined, acceptance: undefined };
  const at = (step: number) => ({ ...row, ...rest, step, drift: undefined, step_size: undefined });
  folder.replace('landscape', [at(0)]);
  assert.deepEqual([stateOf().state, stateOf().landscape], ['to measure', 1]);
  folder.replace('landscape', [at(0), at(6)]);
  assert.equal(stateOf().state, 'whole');
  const other = stateOf({ learningRate: 0.01 });
  assert.deepEqual([other.state, other.step], ['other', 0]);
  assert.match(other.note, /learningRate is 0.0003, not 0.01/);
  const info = readFileSync(join(path, 'run.json'), 'utf8');
  // Begun on another processor.
  const elsewhere = JSON.parse(info);
  const [session] = elsewhere.sessions;
  elsewhere.sessions.unshift({ ...session, facts: { ...session.facts, device: 'Zilog Z80' } });
  writeFileSync(join(path, 'run.json'), JSON.stringify(elsewhere));
  assert.deepEqual(
    [stateOf().state, /made on Zilog Z80 .*; /.test(stateOf().note)],
    ['whole', true],
  );
  assert.match(stateOf({ steps: 9 }).note, /going on here mixes machines.*Zilog Z80/);
  writeFileSync(join(path, 'run.json'), info.slice(0, 40));
  assert.equal(stateOf().state, 'damaged');
  writeFileSync(join(path, 'run.json'), info);
  const table = join(path, 'behavior.csv');
  writeFileSync(table, readFileSync(table, 'utf8').split('\n').slice(0, 3).join('\n'));
  assert.equal(stateOf().state, 'damaged');
  assert.match(stateOf().note, /behavior.csv/);
});

test('kept steps are measured ones, first and last among them, about evenly over ln(1 + step)', () => {
  const kept = keptSteps(planned({ steps: 5000, scheduled: 5000, landscape: 12 }));
  const measured = new Set(measuredSteps(5000));
  assert.ok(kept.every((step) => measured.has(step)));
  assert.deepEqual([kept[0], kept.at(-1), kept.length], [0, 5000, 12]);
  const gaps = kept.slice(1).map((step, i) => Math.log1p(step) - Math.log1p(kept[i]));
  assert.ok(Math.max(...gaps) < 1.6 * (Math.log1p(5000) / 11), String(kept));
  assert.deepEqual(keptSteps(planned({ landscape: 0 })), []);
  assert.deepEqual(keptSteps(planned({ landscape: 1 })), [0, 6]);
});

test('first a look at each run but the slow ones, then run after run; one that fails is left out', async () => {
  const plan = (['medium', 'nano', 'micro', 'small'] as const).map((scale) =>
    plannedRun({ scale, steps: scale === 'micro' ? 700 : 4000 }, join(home, 'order')),
  );
  assert.deepEqual(plan.map(firstLook), [0, 2000, 700, 2000]);
  const asked: string[] = [];
  const { signal } = new AbortController();
  await workOff(plan, [true, false], signal, async ({ name }, steps) => {
    asked.push(`${name} ${steps}`);
    if (name === 'small-s0') throw new Problem('it diverged');
  });
  const [looks, rest] = [asked.slice(0, 3), asked.slice(3)];
  assert.deepEqual(looks, ['nano-s0 2000', 'micro-s0 700', 'small-s0 2000']);
  assert.deepEqual(rest, ['medium-s0 4000', 'nano-s0 4000', 'micro-s0 700']);

  const stop = new AbortController();
  const stopped = workOff(plan, [false], stop.signal, async () => {
    stop.abort();
    throw new Problem('stopped');
  });
  await assert.rejects(stopped, /stopped/, 'an interrupt is for all');
});

test('the plan of the study names each run once', () => {
  assert.equal(new Set(PLAN.map(({ name }) => name)).size, PLAN.length);
});

test('a plan of one’s own is read; a bad one is refused with file, run and field', () => {
  const path = join(home, 'wide.json');
  const read = (plan: unknown) => {
    writeFileSync(path, typeof plan === 'string' ? plan : JSON.stringify(plan));
    return readPlan(path);
  };
  const nano = { scale: 'nano', steps: 10 };
  const [first, second] = read({
    runs: [
      { ...nano, seed: 7, landscape: 3 },
      { ...nano, name: 'flat' },
    ],
  });
  assert.deepEqual([first.name, first.folder], ['nano-s7', join(home, 'wide', 'nano-s7')]);
  assert.deepEqual([second.name, second.landscape, first.landscape], ['flat', 0, 3]);
  assert.equal(read({ folder: '../x', runs: [nano] })[0].folder, join(home, '..', 'x', 'nano-s0'));
  const bad: [unknown, RegExp][] = [
    ['{', /wide.json/],
    [{ runs: [nano], speed: 1 }, /a field "speed", and only folder and runs/],
    [{ runs: [] }, /runs should be a list/],
    [{ runs: 'all' }, /runs should be a list/],
    [{ folder: 3, runs: [nano] }, /folder should be a path/],
    [{ folder: 'wide.json', runs: [nano] }, /folder is the file itself/],
    [{ runs: [nano, 3] }, /run 2: it should be/],
    [{ runs: [{ scale: 'nano' }] }, /run 1: steps is missing/],
    [{ runs: [{ ...nano, rate: 1 }] }, /"rate" is not known; use scale/],
    [{ runs: [{ ...nano, seed: '7' }] }, /seed is "7" and should be a number/],
    [{ runs: [{ ...nano, tasks: 'ADD' }] }, /tasks is "ADD" and should be a list/],
    [{ runs: [{ ...nano, steps: 0 }] }, /run 1: steps is 0: it must be an integer of 1/],
    [{ runs: [{ ...nano, scale: 'huge' }] }, /run 1: .*huge/],
    [{ runs: [{ ...nano, tasks: ['DIV'] }] }, /run 1: .*DIV/],
    [{ runs: [{ ...nano, name: '../x' }] }, /run 1: name is "..\/x"/],
    [{ runs: [{ ...nano, landscape: -1 }] }, /run 1: landscape is -1/],
    [{ runs: [nano, nano] }, /two runs are called nano-s0/],
  ];
  for (const [plan, message] of bad) {
    const told = (error: Error) => error instanceof Problem && message.test(error.message);
    assert.throws(() => read(plan), told, String(message));
  }
});
