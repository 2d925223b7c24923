import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { readOptions } from '../../lib/commands/options';
import { study as studyCommand } from '../../lib/commands/study';
import { machine } from '../../lib/environment/machine';
import { landscapeSettings } from '../../lib/study/landscape-settings';
import { keptSteps, PLAN, type PlannedRun, plannedRun, type RunPlan } from '../../lib/study/plan';
import { readPlan } from '../../lib/study/plan-file';
import { planStates, type RunState } from '../../lib/study/plan-state';
import { readRunInfo, writeRunInfo } from '../../lib/study/run-folder';
import { lockRun } from '../../lib/study/run-lock';
import { runSettings, settingDifferences } from '../../lib/study/run-settings';
import { savedSteps, weightsPath } from '../../lib/study/saved-weights';
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
    if (state === 'whole') assert.equal(secondsLeft, 0);
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
  assert.deepEqual([all.state, all.landscape], ['no weights', 0]);
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
  const put = (step: number) => writeFileSync(weightsPath(run.folder, step), '');
  keptSteps(run).slice(0, 5).forEach(put);
  assert.match(stateOf(run).note, /needs the weights of 15 more checkpoints/);
  const { cost, training } = run;
  assert.equal(stateOf(run).secondsLeft, 20 * cost.landscape + training.steps * cost.update);
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

test('a landscape of other settings counts for nothing, and the plan says which', () => {
  const { run } = ended({ parts: FOUR });
  const settings = landscapeSettings('nano');
  const measured = (change: object) =>
    writeFileSync(
      join(run.folder, 'landscape.json'),
      JSON.stringify({ settings: { ...settings, ...change }, sittings: [] }),
    );
  measured({});
  assert.deepEqual([stateOf(run).state, stateOf(run).note], ['whole', '']);
  measured({ gradient: { batches: 16, size: 32 } });
  const other = stateOf(run);
  assert.deepEqual([other.state, other.landscape], ['no weights', 0]);
  assert.match(other.note, /^its landscape counts for nothing: gradient.batches is 16, not 64; /);
  writeFileSync(join(run.folder, 'landscape.json'), '{');
  assert.equal(stateOf(run).state, 'damaged');
  assert.match(stateOf(run).note, /landscape.json cannot be read/);
});

/** A sitting on this machine, or on one with twice as many threads. */
function sitting(elsewhere = false) {
  const here = machine();
  return { started: '', facts: elsewhere ? { ...here, cores: 2 * here.cores } : here };
}

test('a run cut short says how far it is, and that it begins anew without its weights', () => {
  const { run } = ended();
  changeInfo(run, { ended: false, step: 10_000 });
  const anew = stateOf(run);
  assert.deepEqual([anew.state, anew.step], ['stopped', 10_000]);
  assert.match(anew.note, /its weights are not here, so it begins anew/);
  mkdirSync(join(run.folder, 'weights'));
  writeFileSync(join(run.folder, 'weights', 'last.safetensors'), '');
  const on = stateOf(run);
  assert.doesNotMatch(on.note, /anew/);
  const { cost } = run;
  const measured = measuredSteps(20_000);
  const after = measured.filter((step) => step > 10_000).length;
  const left = 10_000 * cost.update + after * cost.measured + 20 * cost.landscape;
  assert.ok(Math.abs(on.secondsLeft - left) < 1e-6);
  const gone = 10_000 * cost.update + (measured.length - after) * cost.measured;
  assert.ok(Math.abs(anew.secondsLeft - left - gone) < 1e-6);
});

test('estimates are at the pace of runs that were made on this kind of machine', () => {
  const { run } = ended();
  const other = plannedRun({ ...NANO, seed: 1 }, home);
  const { update, measured } = run.cost;
  const estimate = 20_000 * update + measuredSteps(20_000).length * measured;
  const untold = planStates([run, other]);
  assert.deepEqual([untold[0].pace, untold[1].pace], [undefined, undefined]);

  changeInfo(run, { seconds: 3 * estimate, sittings: [sitting()] });
  const told = planStates([other, run]);
  for (const [i, { pace, secondsLeft }] of told.entries()) {
    assert.ok(Math.abs(pace! - 3) < 1e-9);
    assert.ok(Math.abs(secondsLeft / (3 * untold[1 - i].secondsLeft) - 1) < 1e-9);
  }
  assert.doesNotMatch(told[1].note, /a replay makes them again,/);

  changeInfo(run, { sittings: [sitting(), sitting(true)] });
  const elsewhere = stateOf(run);
  assert.equal(elsewhere.pace, undefined);
  assert.match(elsewhere.note, /a replay makes them again, on .* with \d+ threads$/);
  // A few updates say nothing.
  changeInfo(run, { step: 3, seconds: 100, sittings: [sitting()] });
  assert.equal(stateOf(run).pace, undefined);
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
    /landscape is 30, and the weights of only 11 steps are kept/,
  );
  bad({ checkpoints: 0.5 }, /checkpoints is 0.5/);
  bad({ name: '../up' }, /name is "..\/up"/);
  const half = plannedRun({ ...NANO, batch: 64, precision: 'bf16' }, home);
  assert.equal(half.cost.update, plannedRun({ ...NANO, precision: 'bf16' }, home).cost.update / 2);
});

/** Writes a plan file whose runs live in the folder of {@link ended}'s. */
function planFile(content: unknown): string {
  const path = join(home, `plan-${folders++}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** `npm run study` with what is typed after it. */
function study(argv: string[]): Promise<number> {
  const { values, words } = readOptions('study', studyCommand, argv);
  return studyCommand.run(values, words);
}

/** Runs `npm run study` with a plan file; what it says, and its exit code. */
async function commanded(argv: string[]): Promise<{ code: number; said: string }> {
  let said = '';
  const { write } = process.stderr;
  process.stderr.write = ((text: string) => {
    said += text;
    return true;
  }) as typeof write;
  try {
    return { code: await study(argv), said };
  } finally {
    process.stderr.write = write;
  }
}

test('a plan file is a plan of its own, and faults in it are named with run and field', () => {
  const one = { scale: 'nano', steps: 40 };
  const [run, other] = readPlan(
    planFile({ folder: 'mine', runs: [one, { ...one, seed: 1, parts: ['probes'], landscape: 3 }] }),
  );
  assert.deepEqual([run.name, run.folder], ['nano-s0', join(home, 'mine', 'nano-s0')]);
  assert.deepEqual([run.training.seed, run.checkpoints, run.landscape], [0, 220, 0]);
  assert.deepEqual([other.parts, other.landscape], [['probes'], 3]);
  const path = planFile({ runs: [one] });
  assert.equal(readPlan(path)[0].folder, join(path.replace(/\.json$/, ''), 'nano-s0'));

  const bad = (content: unknown, fault: RegExp) =>
    assert.throws(
      () => readPlan(planFile(content)),
      (error: Error) => {
        assert.match(error.message, /plan-\d+\.json (is not a plan|cannot be read as a plan)/);
        assert.match(error.message, fault);
        return error.name === 'Problem';
      },
    );
  bad('{', /cannot be read as a plan/);
  bad([], /it should be/);
  bad({ runs: [] }, /at least one run/);
  bad({ runs: [one], folders: 'x' }, /a field "folders"/);
  bad({ runs: [one], folder: 3 }, /folder should be a path/);
  bad({ runs: [one, 'nano'] }, /run 2: it should be/);
  bad({ runs: [{ scale: 'nano' }] }, /run 1: steps is missing/);
  bad({ runs: [one, { ...one, Seed: 1 }] }, /run 2: "Seed" is not known; use scale, /);
  bad({ runs: [{ ...one, steps: '40' }] }, /run 1: steps is "40" and should be a number/);
  bad({ runs: [{ ...one, scale: 3 }] }, /scale is 3 and should be a text/);
  bad({ runs: [{ ...one, parts: 'llc' }] }, /parts is "llc" and should be a list/);
  bad({ runs: [{ ...one, parts: ['lcl'] }] }, /run 1: Unknown measure "lcl"/);
  bad({ runs: [{ ...one, scale: 'huge' }] }, /run 1: Unknown scale "huge"/);
  bad({ runs: [{ ...one, learningRate: -1 }] }, /run 1: learningRate is -1/);
  bad({ runs: [one, one] }, /two runs are called nano-s0: give one another name or seed/);
  assert.throws(() => readPlan(join(home, 'none.json')), /none.json cannot be read as a plan/);
});

test('a run that cannot be made is told, the others are made, and the command does not end with 0', async () => {
  const { run: gone } = ended({ landscape: 2 });
  const folder = dirname(gone.folder);
  const { run: older } = ended({ seed: 1 });
  changeInfo(older, { tasks: 'f00' });
  renameSync(older.folder, join(folder, 'nano-s1'));
  const { run: held } = ended({ seed: 2 });
  renameSync(held.folder, join(folder, 'nano-s2'));
  changeInfo({ ...held, folder: join(folder, 'nano-s2') }, { ended: false });
  const unlock = lockRun(join(folder, 'nano-s2'));
  const nano = { scale: 'nano', steps: 20_000, landscape: 2 };
  const tiny = { scale: 'nano', seed: 3, steps: 3, batch: 24, checkpoints: 2 };
  const path = planFile({
    folder,
    runs: [0, 1, 2].map((seed) => ({ ...nano, seed })).concat(tiny as never),
  });
  const { code, said } = await commanded(['--plan-file', path]);
  unlock();
  assert.equal(code, 1);
  const lines = said.split('\n');
  assert.match(
    lines[1],
    /^nano-s0 +no weights +20000 of 20000 +0 of 2 .*weights of 2 more checkpoints, which are not here/,
  );
  assert.match(lines[2], /^nano-s1 +other .*its tasks are not this code's$/);
  assert.match(
    said,
    /^nano-s0 is left out: .*nano-s0 has no training.csv to hold a replay against: train it first/m,
  );
  assert.match(
    said,
    /^nano-s1 is left out: .*holds a run that is not the plan's.*Move .*nano-s1 away/m,
  );
  assert.match(said, /^nano-s2 is left out: .*nano-s2 is in use by process/m);
  const states = planStates(readPlan(path)).map(({ state }) => state);
  assert.deepEqual(states, ['no weights', 'other', 'stopped', 'whole']);
  const again = await commanded(['--plan-file', path, 'nano-s3']);
  assert.equal(again.code, 0);
  assert.match(again.said, /1 of 1 runs are whole/);
  await assert.rejects(
    study(['--plan-file', path, 'micro']),
    /The plan has no run "micro": use one of nano-s0, /,
  );
});

test('a run without the weights for its landscape is replayed for them', async () => {
  const folder = mkdtempSync(join(home, 'replayed-'));
  const run = { scale: 'nano', seed: 4, steps: 6, batch: 24, checkpoints: 2, parts: ['gradient'] };
  // A name of its own, since the replay is made in the clone.
  const name = `plan-test-${process.pid}`;
  const first = await commanded(['--plan-file', planFile({ folder, runs: [{ ...run, name }] })]);
  assert.equal(first.code, 0);
  rmSync(join(folder, name, 'weights'), { recursive: true });
  const path = planFile({ folder, runs: [{ ...run, name, landscape: 3 }] });
  assert.equal(planStates(readPlan(path))[0].state, 'no weights');
  const { code, said } = await commanded(['--plan-file', path]);
  assert.equal(code, 0, said);
  const [{ state, landscape }] = planStates(readPlan(path));
  assert.deepEqual([state, landscape], ['whole', 3]);
  assert.equal(savedSteps(join(folder, name)).length, 3);
});
