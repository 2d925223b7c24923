import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { calibrateRun } from '../../lib/study/calibrate-run';
import { readCalibration } from '../../lib/study/calibration-table';
import type { LandscapeInfo } from '../../lib/study/landscape-folder';
import { parseParts, parseTaskLevels } from '../../lib/study/landscape-plan';
import { type LandscapeSettings, landscapeSettings } from '../../lib/study/landscape-settings';
import { parseShare } from '../../lib/study/landscape-shares';
import { landscapeSteps } from '../../lib/study/landscape-steps';
import { measureRun } from '../../lib/study/measure-run';
import { train } from '../../lib/study/run';
import { loadRun, readRunInfo, writeRunInfo } from '../../lib/study/run-folder';
import { lockRun } from '../../lib/study/run-lock';
import { savedSteps } from '../../lib/study/saved-weights';
import { readTable, writeTable } from '../../lib/study/tables';
import { taskLevel } from '../../lib/tasks';
import { readTensorFile, writeTensorFile } from '../../lib/training/safetensors';
import { measuredSteps } from '../../lib/training/schedule';

const home = mkdtempSync(join(tmpdir(), 'anatomy-landscape-'));
test.after(() => rmSync(home, { recursive: true }));

/** As little of everything as the measures take, in two shapes of batch. */
const settings: LandscapeSettings = {
  fisher: { mixture: 12, task: 6 },
  gradient: { batches: 4, size: 8 },
  hessian: { batch: 8, steps: 5, probes: 2 },
  llc: {
    ...{ batches: 2, size: 8, chains: 2, draws: 6, burnIn: 2 },
    ...{ stepSize: 1e-7, localization: 100, nBeta: 10 },
  },
  probes: { samples: 100 },
};
const taskLevels = [taskLevel('MOD', 1)];
const plan = { settings, taskLevels };
const RUN = {
  ...{ scale: 'nano', seed: 1, steps: 6, batch: 24, warmup: 4, checkpoints: 2 },
  ...{ behaviorSamples: 20, rankmeSamples: 20, keep: [0, 3, 6], folder: join(home, 'run') },
  ...{ landscape: [6], landscapePlan: plan },
};
const landscapeInfo = (folder: string): LandscapeInfo =>
  JSON.parse(readFileSync(join(folder, 'landscape.json'), 'utf8'));
const MEASURES = [
  ...['fisher_rank', 'fisher_trace', 'fisher_rank', 'fisher_trace'],
  ...['gradient_rank', 'gradient_rank_leading', 'gradient_trace'],
  ...['hessian_top', 'hessian_smallest', 'hessian_trace', 'llc'],
];

test('a run measures its landscape and probes at the steps it is told', async () => {
  const run = await train(RUN);
  assert.deepEqual(
    run.landscape.map(({ measure }) => measure),
    MEASURES,
  );
  for (const { step, value, measure } of run.landscape) {
    assert.equal(step, 6);
    assert.ok(Number.isFinite(value), measure);
  }
  const value = (measure: string, task = '') =>
    run.landscape.find((row) => row.measure === measure && row.task === task)!.value!;
  assert.ok(value('fisher_rank') > 1 && value('fisher_rank') <= 12);
  assert.ok(value('fisher_rank', 'MOD') > 1 && value('fisher_rank', 'MOD') <= 6);
  assert.ok(value('gradient_rank') > 1 && value('gradient_rank') <= 3);
  assert.ok(value('hessian_top') > value('hessian_smallest'));
  assert.match(run.landscape.at(-1)!.note, /^acceptance \d\.\d\d; drift -?\d+\.\d\d/);
  assert.deepEqual(
    run.probes.map(({ task, level, layer }) => [task, level, layer]),
    [0, 1, 2].map((layer) => ['MOD', 1, layer]),
  );
  for (const { accuracy, chance, control } of run.probes) {
    for (const share of [accuracy, chance, control]) assert.ok(share! >= 0 && share! <= 1);
  }
  // It has ended: the same is not measured twice, and what it lacks is told.
  assert.deepEqual(await train(RUN), run);
  await assert.rejects(
    train({ ...RUN, landscape: [3, 6] }),
    /landscape at step 3 .*npm run measure/,
  );
  await assert.rejects(train({ ...RUN, landscape: [7] }), /Step 7 is not in the run/);
});

test('saved checkpoints are measured afterwards, as the run itself would have, and resumed', async () => {
  const folder = join(home, 'afterwards');
  cpSync(RUN.folder, folder, { recursive: true });
  assert.deepEqual(savedSteps(folder), [0, 3, 6]);
  const stop = new AbortController();
  const stopped = measureRun(folder, {
    ...plan,
    ...{ fresh: true, steps: [6, 0, 3], signal: stop.signal },
    onProgress: ({ step, done, of }) => {
      assert.equal(of, 3);
      if (step === 3 && done === 1) stop.abort();
    },
  });
  await assert.rejects(stopped, /Stopped at checkpoint 3 \(1 of 3 done\).*Run the same again/);
  assert.ok(loadRun(folder).landscape.every(({ step }) => step === 0));
  const seen = new Set<number>();
  const { run, unread } = await measureRun(folder, {
    ...plan,
    steps: [0, 3, 6],
    onProgress: ({ step, share, secondsLeft }) => {
      assert.ok(share >= 0 && share <= 1 && !(secondsLeft < 0));
      seen.add(step);
    },
  });
  assert.deepEqual([...seen], [3, 6]);
  assert.deepEqual(unread, []);
  assert.equal(run.landscape.length, 3 * MEASURES.length);
  const inRun = loadRun(RUN.folder);
  const at6 = <R extends { step: number }>(rows: R[]) => rows.filter(({ step }) => step === 6);
  assert.deepEqual(at6(run.landscape), inRun.landscape);
  assert.deepEqual(at6(run.probes), inRun.probes);
  // Parts and task-levels add to what is there; nothing is measured twice.
  const more = await measureRun(folder, {
    ...{ settings, steps: [6], parts: ['fisher', 'task-llc'] },
    taskLevels: [...taskLevels, taskLevel('PAR', 1)],
  });
  const added = at6(more.run.landscape).slice(MEASURES.length);
  assert.deepEqual(
    added.map(({ measure, task }) => `${measure} ${task}`),
    ['fisher_rank PAR', 'fisher_trace PAR', 'llc MOD', 'llc PAR'],
  );
});

test('shares of one run are measured apart and brought together', async () => {
  const folder = join(home, 'shares');
  cpSync(RUN.folder, folder, { recursive: true });
  const cheap = { settings, taskLevels, parts: ['gradient', 'probes'] as const };
  const whole = (await measureRun(folder, { ...cheap, steps: [0, 3], fresh: true })).run;
  for (const name of ['landscape.csv', 'landscape.json', 'probes.csv']) rmSync(join(folder, name));

  const share = (number: number) => ({ number, of: 2 });
  await measureRun(folder, { ...cheap, steps: [0] });
  const second = await measureRun(folder, { ...cheap, steps: [0, 3, 6], share: share(2) });
  assert.deepEqual([...new Set(second.run.landscape.map(({ step }) => step))], [3]);
  // What the run has is not measured again; what a share has, not by it either.
  const first = await measureRun(folder, { ...cheap, steps: [0, 3], share: share(1) });
  assert.deepEqual(first.run.landscape, []);
  assert.ok(!loadRun(folder).landscape.some(({ step }) => step === 3));
  const { sittings } = landscapeInfo(folder);

  // While a share is at work, its tables stay where they are.
  const unlock = lockRun(join(folder, 'share-2-of-2'));
  await assert.rejects(measureRun(folder, cheap), /share-2-of-2 is in use by process/);
  unlock();
  const other = { ...settings, probes: { samples: 90 } };
  await assert.rejects(measureRun(folder, { ...cheap, settings: other }), /other settings/);
  const seen: number[] = [];
  const { run } = await measureRun(folder, {
    ...{ ...cheap, steps: [0, 3] },
    onProgress: ({ of }) => seen.push(of),
  });
  assert.deepEqual(seen, [0]);
  assert.deepEqual([run.landscape, run.probes], [whole.landscape, whole.probes]);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('share')),
    [],
  );
  const starts = landscapeInfo(folder).sittings.map(({ started }) => started);
  // What measured nothing was no sitting.
  assert.deepEqual([sittings.length, starts.length], [1, 2]);
  assert.deepEqual([...starts].sort(), starts);

  writeRunInfo(folder, { ...readRunInfo(folder), ended: false });
  await assert.rejects(measureRun(folder, { ...cheap, share: share(1) }), /has not ended/);
  assert.deepEqual(parseShare('2/3'), { number: 2, of: 3 });
  for (const text of ['3/2', '0/2', '2', '1/2/3', '-1/2']) {
    assert.throws(() => parseShare(text), /The share is .*1\/3/);
  }
});

test('a measure that fails is missing with its reason, and the rest is measured', async () => {
  const folder = join(home, 'failing');
  cpSync(RUN.folder, folder, { recursive: true });
  appendFileSync(join(folder, 'weights', 'step-000003.safetensors'), 'x');
  const { run, unread } = await measureRun(folder, {
    ...{ fresh: true, steps: [0, 3], taskLevels, parts: ['gradient', 'llc', 'probes'] },
    settings: {
      ...settings,
      llc: { ...settings.llc, stepSize: 1e6 },
      probes: { samples: 1001 },
    },
  });
  assert.equal(unread.length, 1);
  assert.match(unread[0].reason, /step-000003.safetensors is damaged/);
  const llc = run.landscape.find(({ measure }) => measure === 'llc')!;
  assert.equal(llc.value, undefined);
  assert.match(llc.note, /All 2 SGLD chains diverged \(loss .*\): lower stepSize \(1000000\)/);
  assert.ok(run.landscape.some(({ measure, value }) => measure === 'gradient_rank' && value! > 1));
  assert.equal(run.probes.length, 3);
  for (const { accuracy, note } of run.probes) {
    assert.equal(accuracy, undefined);
    assert.match(note, /1001 samples of MOD 1 are asked for, and there are 1000/);
  }
});

test('a sweep of the calibration goes on where it was stopped, and is kept with its settings', async () => {
  const path = join(home, 'sweep', 'llc-test.csv');
  const few = {
    stepSizes: [1e-7, 1e-6],
    localizations: [100, 1000],
    chains: 2,
    draws: 2,
    burnIn: 0,
  };
  const seen: number[] = [];
  const stop = new AbortController();
  const stopped = calibrateRun(RUN.folder, {
    ...few,
    ...{ steps: [3], path, signal: stop.signal },
    onRow: ({ localization }) => {
      seen.push(localization);
      stop.abort();
    },
  });
  await assert.rejects(stopped, /Stopped after 1 pairs.*Run the same again/);
  const onRow = ({ localization }: { localization: number }) => seen.push(localization);
  const rows = await calibrateRun(RUN.folder, { ...few, steps: [3], path, onRow });
  assert.deepEqual(seen, [100, 1000, 100, 1000]);
  assert.deepEqual(
    rows.map(({ step, stepSize, localization }) => [step, stepSize, localization]),
    [
      [3, 1e-7, 100],
      [3, 1e-7, 1000],
      [3, 1e-6, 100],
      [3, 1e-6, 1000],
    ],
  );
  assert.equal(readCalibration(path).length, 4);
  await assert.rejects(
    calibrateRun(RUN.folder, { ...few, draws: 3, steps: [3], path }),
    /swept with other settings/,
  );
});

test('what cannot be measured is refused by name', async () => {
  const folder = RUN.folder;
  await assert.rejects(
    measureRun(folder, { ...plan, steps: [2] }),
    /weights of step 2 are not in .* nearest are those of step 3/,
  );
  const other = { ...settings, probes: { samples: 90 } };
  await assert.rejects(
    measureRun(folder, { taskLevels, settings: other, steps: [0] }),
    /other settings \(probes.samples is 100, not 90\)/,
  );
  await assert.rejects(measureRun(join(home, 'nowhere')), /no run in/);
  const empty = join(home, 'empty');
  cpSync(folder, empty, { recursive: true });
  rmSync(join(empty, 'weights'), { recursive: true });
  await assert.rejects(measureRun(empty), /holds no weights to measure/);
  assert.throws(() => parseParts('fisher,hesian'), /Unknown measure "hesian"/);
  assert.deepEqual(parseParts('llc, probes'), ['llc', 'probes']);
  const names = parseTaskLevels('MOD1,copy').map(({ task, level }) => `${task} ${level}`);
  assert.deepEqual(names, ['MOD 1', 'COPY 1', 'COPY 2', 'COPY 3']);
  assert.equal(parseTaskLevels('all').length, 24);
  assert.throws(() => parseTaskLevels('XOR'), /Unknown task "XOR"/);
  assert.throws(() => parseTaskLevels('MOD4'), /Unknown level 4/);
});

test('a checkpoint of another architecture is left out with the reason', async () => {
  const folder = join(home, 'other');
  cpSync(RUN.folder, folder, { recursive: true });
  const path = join(folder, 'weights', 'step-000000.safetensors');
  const { tensors, metadata } = readTensorFile(path);
  const { shape } = tensors['model.wte'];
  const wide = { shape: [shape[0], 256], values: new Float32Array(shape[0] * 256) };
  writeTensorFile(path, { tensors: { ...tensors, 'model.wte': wide }, metadata });
  const { unread } = await measureRun(folder, { ...plan, steps: [0] });
  assert.match(unread[0].reason, /wte should be \[\d+,128\] and is \[\d+,256\]/);
});

test('checkpoints are chosen densely early and around events, first and last included', () => {
  const available = measuredSteps(20_000, 220);
  const even = landscapeSteps(available, 60);
  assert.equal(even.length, 60);
  assert.equal(new Set(even).size, 60);
  assert.deepEqual([even[0], even[59]], [0, 20_000]);
  assert.ok(even.every((step) => available.includes(step)));
  const within = (steps: number[], from: number, to: number) =>
    steps.filter((step) => step >= from && step <= to).length;
  assert.ok(within(even, 0, 100) > 15);
  // Two events at 4,000 and one at 40: more checkpoints there than without.
  const drawn = landscapeSteps(available, 60, [40, 4000, 4000]);
  assert.equal(drawn.length, 60);
  assert.ok(within(drawn, 3200, 5000) > 2 * within(even, 3200, 5000));
  assert.ok(within(drawn, 32, 50) > within(even, 32, 50));
  assert.ok(within(drawn, 100, 3000) > 10, 'the even half is still there');
  assert.deepEqual(landscapeSteps([0, 5, 9], 60), [0, 5, 9]);
  assert.throws(() => landscapeSteps(available, 1), /checkpoints is 1/);
});

test('notes and empty cells survive the disk; a run without a landscape has none', () => {
  const row = {
    ...{ step: 3, task: '', level: undefined, measure: 'llc' as const },
    ...{ value: undefined, spread: undefined, note: 'so, he said "no"\nand left' },
  };
  const folder = mkdtempSync(join(home, 'tables-'));
  writeTable(folder, 'landscape', [row, { ...row, task: 'MOD', level: 2, value: 1.5, note: '' }]);
  assert.deepEqual(readTable(folder, 'landscape'), [
    { ...row, note: 'so, he said "no" and left' },
    { ...row, task: 'MOD', level: 2, value: 1.5, note: '' },
  ]);
  writeTable(folder, 'landscape', []);
  assert.ok(!existsSync(join(folder, 'landscape.csv')));
  assert.deepEqual(readTable(folder, 'landscape'), []);
  assert.deepEqual(readTable(folder, 'probes'), []);
});

test("a scale's own settings meet the targets in number of gradients", () => {
  const { fisher, gradient, hessian, llc } = landscapeSettings('nano');
  // In gradients of 128 sequences, each cheaper than a training step.
  assert.ok(fisher.mixture > 24 && fisher.task > 24);
  assert.ok((gradient.batches * gradient.size) / 128 <= 60);
  assert.ok((hessian.steps * 2 * hessian.batch) / 128 <= 120);
  assert.ok((llc.chains * (llc.draws + llc.burnIn) * llc.size) / 128 <= 600);
});
