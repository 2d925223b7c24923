import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { keptSteps, PLAN, type PlannedRun, plannedRun, type RunPlan } from '../../lib/study/plan';
import { planStates, type RunState } from '../../lib/study/plan-state';
import { readRunInfo, writeRunInfo } from '../../lib/study/run-folder';
import { runSettings, settingDifferences } from '../../lib/study/run-settings';
import { type LandscapeRow, readTable, type Tables, writeTable } from '../../lib/study/tables';
import { TASK_LEVELS } from '../../lib/tasks';
import { measuredSteps } from '../../lib/training/schedule';

const home = mkdtempSync(join(tmpdir(), 'anatomy-plan-'));
test.after(() => rmSync(home, { recursive: true }));

const NANO: RunPlan = { scale: 'nano', seed: 0, steps: 20_000, landscape: 20 };
const FOUR = ['fisher', 'gradient', 'hessian', 'probes'] as const;
/** Where the landscape of {@link ended} was measured. */
const STEPS = measuredSteps(20_000).slice(0, 24);
let folders = 0;

/** A planned run that has ended, with those four parts of the landscape at 24 checkpoints and without weights. */
function ended(given: Partial<RunPlan> = {}) {
  const run = plannedRun({ ...NANO, ...given }, join(home, String(folders++)));
  writeRunInfo(run.folder, {
    ...runSettings(run.training),
    ...{ parameters: 406_528, step: 20_000, ended: true, seconds: 4800, sittings: [] },
  });
  const row = { level: undefined, value: 1, spread: undefined, note: '' };
  const measure = (step: number, task: string, level: number | undefined, name: string) =>
    ({ ...row, step, task, level, measure: name }) as LandscapeRow;
  const each = <R>(make: (task: string, level: number) => R) =>
    TASK_LEVELS.map(({ task, level }) => make(task, level));
  writeTable(
    run.folder,
    'landscape',
    STEPS.flatMap((step) => [
      ...['fisher_rank', 'gradient_rank', 'hessian_top'].map((name) =>
        measure(step, '', undefined, name),
      ),
      ...each((task, level) => measure(step, task, level, 'fisher_rank')),
    ]),
  );
  writeTable(
    run.folder,
    'probes',
    STEPS.flatMap((step) =>
      each((task, level) => ({
        ...{ step, task, level, layer: 0, accuracy: 1, chance: 0, control: 0 },
        ...{ spread: undefined, note: '' },
      })),
    ),
  );
  const change = <T extends 'landscape' | 'probes'>(table: T, by: (rows: Tables[T]) => Tables[T]) =>
    writeTable(run.folder, table, by(readTable(run.folder, table)));
  return { run, change };
}

function stateOf(run: PlannedRun): RunState {
  return planStates([run])[0];
}

function changeInfo({ folder }: PlannedRun, changes: object): void {
  const path = join(folder, 'run.json');
  const info = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify({ ...info, ...changes }));
}

test('the plan says how far each run is and what is left', () => {
  const states = planStates();
  assert.deepEqual(
    states.map(({ run }) => run.name),
    PLAN.map(({ name }) => name),
  );
  for (const { run, state, step, landscape, secondsLeft } of states) {
    if (state === 'missing') assert.deepEqual([step, landscape], [0, 0]);
    if (state === 'whole' || state === 'no weights') assert.equal(secondsLeft, 0);
    else assert.ok(secondsLeft > 0, run.name);
  }
});

test('kept steps are measured steps, enough for the landscape', () => {
  for (const run of PLAN) {
    const kept = keptSteps(run);
    const measured = new Set(measuredSteps(run.training.steps, run.checkpoints));
    assert.ok(kept.every((step) => measured.has(step)));
    assert.ok(kept.length >= run.landscape && kept.at(-1) === run.training.steps, run.name);
  }
});

test('a checkpoint counts once all planned parts are there; a part that failed with its reason is there', () => {
  const { run, change } = ended({ parts: FOUR });
  assert.deepEqual([stateOf(run).state, stateOf(run).landscape], ['whole', 24]);

  const all = stateOf({ ...run, parts: [...FOUR, 'llc'] });
  assert.deepEqual([all.landscape, all.secondsLeft], [0, 0]);
  assert.match(all.note, /^landscape in part at 24 checkpoints \(without llc\)/);

  change('landscape', (rows) => [
    ...rows,
    ...STEPS.slice(0, 21).map((step) => ({
      ...{ step, task: '', level: undefined, measure: 'llc' as const },
      ...{ value: undefined, spread: undefined, note: 'all chains diverged' },
    })),
  ]);
  const failed = stateOf({ ...run, parts: [...FOUR, 'llc'] });
  assert.deepEqual([failed.state, failed.landscape], ['whole', 21]);
  assert.equal(failed.note, 'landscape in part at 3 checkpoints (without llc)');

  change('probes', (rows) => rows.filter(({ step, task }) => step !== STEPS[5] || task !== 'SORT'));
  change('landscape', (rows) =>
    rows.filter(
      ({ step, task, measure }) => step !== STEPS[9] || task || !measure.startsWith('gradient'),
    ),
  );
  const short = stateOf(run);
  assert.equal(short.landscape, 22);
  assert.equal(short.note, 'landscape in part at 2 checkpoints (without probes, gradient)');
});

test('an ended run is to be measured where its weights are, and said to lack them where not', () => {
  const { run } = ended();
  const without = stateOf(run);
  assert.equal(without.state, 'no weights');
  assert.match(without.note, /needs the weights of 20 more checkpoints, which are not here/);
  mkdirSync(join(run.folder, 'weights'));
  const put = (step: number) =>
    writeFileSync(
      join(run.folder, 'weights', `step-${String(step).padStart(6, '0')}.safetensors`),
      '',
    );
  keptSteps(run).slice(0, 5).forEach(put);
  assert.match(stateOf(run).note, /needs the weights of 15 more checkpoints/);
  assert.equal(stateOf(run).secondsLeft, 5 * run.cost.landscape);
  keptSteps(run).slice(5, 20).forEach(put);
  const ready = stateOf(run);
  assert.equal(ready.state, 'to measure');
  assert.equal(ready.note, 'landscape in part at 24 checkpoints (without llc)');
  assert.equal(ready.secondsLeft, 20 * run.cost.landscape);
});

test('a run of other settings, of older code or damaged counts for nothing, and the plan says why', () => {
  const { run } = ended({ parts: FOUR });
  // Runs from before there was a choice say nothing of it.
  const { precision: _, ...before } = run.training;
  changeInfo(run, { training: before });
  assert.equal(stateOf(run).state, 'whole');
  const bf16 = stateOf({ ...run, training: { ...run.training, precision: 'bf16' } });
  assert.deepEqual([bf16.state, bf16.landscape, bf16.step], ['other', 0, 0]);
  assert.equal(bf16.note, 'precision is "float32", not "bf16"');
  const longer = stateOf({ ...run, training: { ...run.training, steps: 30_000 } });
  assert.equal(longer.note, 'steps is 20000, not 30000');
  assert.match(stateOf({ ...run, checkpoints: 230 }).note, /^checkpoints is 220, not 230$/);

  const info = readRunInfo(run.folder);
  assert.deepEqual(settingDifferences(info, info), []);
  changeInfo(run, { tasks: 'f00', samples: { behavior: 100, rankme: 200 } });
  const older = stateOf(run);
  assert.equal(older.state, 'other');
  assert.equal(older.note, "its tasks are not this code's; behavior is 100, not 200");

  const cut = ended().run;
  appendFileSync(join(cut.folder, 'probes.csv'), '20000,SORT,3');
  const damaged = stateOf(cut);
  assert.deepEqual([damaged.state, damaged.step], ['damaged', 0]);
  assert.match(damaged.note, /probes.csv line 578: 3 columns instead of 9/);
});

test('a run cut short says how far it is, and that it begins anew without its weights', () => {
  const { run } = ended();
  changeInfo(run, { ended: false, step: 10_000, seconds: 1000 });
  const anew = stateOf(run);
  assert.deepEqual([anew.state, anew.step], ['stopped', 10_000]);
  assert.match(anew.note, /its weights are not here, so it begins anew/);
  mkdirSync(join(run.folder, 'weights'));
  writeFileSync(join(run.folder, 'weights', 'last.safetensors'), '');
  const on = stateOf(run);
  assert.doesNotMatch(on.note, /anew/);
  // At its own pace of a tenth of a second an update.
  assert.ok(Math.abs(on.secondsLeft - (1000 + 20 * run.cost.landscape)) < 1e-6);
  assert.ok(anew.secondsLeft > 20_000 * run.cost.update + 20 * run.cost.landscape);
});

test('what is planned is checked', () => {
  const bad = (change: Partial<RunPlan>, fault: RegExp) =>
    assert.throws(() => plannedRun({ ...NANO, ...change }, home), fault);
  bad({ scale: 'huge' }, /Unknown scale "huge": use one of nano, /);
  bad({ steps: 0 }, /steps is 0/);
  bad({ precision: 'fp8' as never }, /precision is "fp8"/);
  bad({ landscape: 1 }, /landscape is 1: it must be 0, or 2 and more/);
  bad(
    { landscape: 30, keepEvery: 20 },
    /landscape is 30, and the weights of only 12 steps are kept/,
  );
  bad({ checkpoints: 0.5 }, /checkpoints is 0.5/);
  bad({ name: '../up' }, /name is "..\/up"/);
  const half = plannedRun({ ...NANO, batch: 64, precision: 'bf16' }, home);
  assert.equal(half.cost.update, plannedRun({ ...NANO, precision: 'bf16' }, home).cost.update / 2);
});
