import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { tf } from '../../lib/environment/tensorflow';
import { readTensorFile } from '../../lib/files/safetensors';
import { liveRun } from '../../lib/notebook/live-run';
import { verifyFolder } from '../../lib/study/proof/verify';
import { loadRun, RunFolder, studyRuns } from '../../lib/study/run/run-folder';
import { type TrainOptions, train } from '../../lib/study/run/train';
import { measuredSteps } from '../../lib/training/schedule';

const home = mkdtempSync(join(tmpdir(), 'anatomy-run-'));
test.after(() => rmSync(home, { recursive: true }));
const folder = (name: string) => join(home, name);

/** A real but short training of a small shape: three tasks, small batches, few samples. */
const SHORT: TrainOptions = {
  shape: { layers: 2, width: 32, heads: 2 },
  tasks: ['COPY', 'MOD', 'PAR'],
  samples: { behavior: 40, dense: 30, rankme: 30 },
  ...{ seed: 1, steps: 24, batch: 16, warmup: 4, scheduled: 400, learningRate: 3e-3 },
};
/** The least that has all of a run's files. */
const TINY: TrainOptions = {
  shape: { layers: 1, width: 16, heads: 2 },
  ...{ tasks: ['PAR'], samples: { behavior: 10, dense: 10, rankme: 10 } },
  ...{ seed: 1, steps: 6, batch: 8, warmup: 2 },
};
const weights = (path: string) => readTensorFile(new RunFolder(path).checkpointPath).tensors;
const tables = ['training', 'behavior', 'geometry'] as const;
const withoutTime = (path: string) =>
  tables.map((table) =>
    (loadRun(path)[table] as object[]).map((row) => ({ ...row, seconds: undefined })),
  );

test('a run lowers the loss and leaves whole tables that verify', async () => {
  const seen: number[] = [];
  const steps: number[] = [];
  const run = await train({
    ...SHORT,
    folder: folder('straight'),
    keep: [0, 24],
    onProgress: ({ label, done, of }) => {
      assert.equal(`${label} ${of}`, 'straight 24');
      seen.push(done);
    },
    onMeasured: ({ step, weights: live }) => {
      assert.ok('wte' in live);
      steps.push(step);
    },
  });
  // Compiling is told, then each update.
  assert.deepEqual(
    seen,
    Array.from({ length: 25 }, (_, i) => i),
  );
  assert.deepEqual(steps, measuredSteps(24));
  assert.ok(run.info.ended && run.info.step === 24);
  assert.ok(run.training[23].loss < 0.95 * run.training[0].loss, String(run.training[23].loss));
  assert.equal(run.behavior.length, 9 * steps.length);
  // Nine task-levels and three pooled tasks, three layers, two positions.
  assert.equal(run.geometry.length, 12 * 3 * 2 * steps.length);
  assert.deepEqual(
    [...new Set(run.behavior.map(({ step, samples }) => (step % 24 === 0 ? samples : -samples)))],
    [40, -30],
  );
  assert.deepEqual(new RunFolder(run.folder).savedSteps(), [0, 24]);
  assert.deepEqual(verifyFolder(run.folder), []);
  assert.equal(run.info.tables.behavior?.rows, run.behavior.length);
});

test('with fewer samples than ranks take, the steps between have levels pooled alone', async () => {
  const samples = { behavior: 40, dense: 12, rankme: 30 };
  const run = await train({ ...SHORT, samples, steps: 2, folder: folder('coarse') });
  const [at, pooled] = [run.geometry.filter(({ step }) => step === 1), 3 * 3 * 2];
  assert.equal(at.length, pooled);
  assert.equal(run.geometry.length, 2 * 4 * pooled + pooled);
  assert.ok(run.behavior.every(({ step, samples }) => samples === (step === 1 ? 12 : 40)));
  const all = loadRun(folder('straight')).geometry;
  for (const { covariance_rank_centered: rank, ...row } of at) {
    const same = all.find(
      ({ step, task, level, layer, position }) =>
        `${step} ${task} ${level} ${layer} ${position}` ===
        `1 ${row.task} ${row.level} ${row.layer} ${row.position}`,
    )!;
    assert.ok(Math.abs(same.covariance_rank_centered / rank - 1) < 1e-3);
  }
});

test('stopped and resumed, or prolonged, a run ends bit by bit where it would have ended anyway', async () => {
  const stop = new AbortController();
  const stopped = train({
    ...SHORT,
    folder: folder('resumed'),
    signal: stop.signal,
    onProgress: ({ done }) => done === 5 && stop.abort(),
  });
  await assert.rejects(
    stopped,
    /Stopped at step 5 of 24; all work is saved in .*Run the same again/,
  );
  assert.equal(loadRun(folder('resumed')).info.ended, false);
  const resumed = await train({ ...SHORT, folder: folder('resumed') });
  assert.equal(resumed.info.sessions.length, 2);
  assert.deepEqual(weights(folder('resumed')), weights(folder('straight')));
  assert.deepEqual(withoutTime(folder('resumed')), withoutTime(folder('straight')));
  await train({ ...SHORT, steps: 10, folder: folder('prolonged') });
  const longer = await train({ ...SHORT, folder: folder('prolonged') });
  assert.equal(longer.info.step, 24);
  assert.deepEqual(weights(folder('prolonged')), weights(folder('straight')));
});

test('a run that has ended is reused; other settings and foreign folders are refused', async () => {
  const before = readFileSync(join(folder('straight'), 'run.json'));
  let trained = false;
  await train({ ...SHORT, folder: folder('straight'), onProgress: () => (trained = true) });
  assert.equal(trained, false);
  const other = (more: object) => train({ ...SHORT, ...more, folder: folder('straight') });
  await assert.rejects(other({ learningRate: 5e-4 }), /learningRate is 0.003, not 0.0005.*--fresh/);
  await assert.rejects(other({ tasks: ['ADD'] }), /its tasks are COPY, PAR, MOD .* not ADD/);
  assert.deepEqual(readFileSync(join(folder('straight'), 'run.json')), before);
  const mine = mkdtempSync(join(home, 'mine-'));
  writeFileSync(join(mine, 'training.csv'), 'my own numbers\n');
  await assert.rejects(train({ ...SHORT, folder: mine, fresh: true }), /training.csv and no run/);
  assert.equal(readFileSync(join(mine, 'training.csv'), 'utf8'), 'my own numbers\n');
});

test('killed in the middle, a run goes on from its last checkpoint with whole tables', async () => {
  const path = folder('killed');
  const options = { ...SHORT, steps: 400, folder: path };
  const module = join(__dirname, '../../lib/study/run/train.js');
  const script = `require(${JSON.stringify(module)}).train(${JSON.stringify(options)})`;
  const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
  const closed = new Promise((resolve) => child.on('close', resolve));
  const geometry = join(path, 'geometry.csv');
  while (!existsSync(geometry)) await new Promise((resolve) => setTimeout(resolve, 50));
  await assert.rejects(train(options), /the run is in use by process \d+/);
  child.kill('SIGKILL');
  await closed;
  // What a kill in the middle of a write leaves behind: a row cut short, which nobody reads.
  writeFileSync(geometry, `${readFileSync(geometry, 'utf8')}3,COPY,1,0,pro`);
  assert.equal(loadRun(path).info.ended, false);
  const stop = new AbortController();
  const again = train({
    ...options,
    signal: stop.signal,
    onProgress: ({ done }) => done === 3 && stop.abort(),
  });
  await assert.rejects(again, /Stopped at step 3/);
  const { behavior, geometry: rows } = loadRun(path);
  const steps = [...new Set(rows.map(({ step }) => step))];
  assert.deepEqual(steps, [0, 1, 2]);
  assert.equal(behavior.length, 9 * steps.length);
});

test('tables that were cut, emptied, edited or lost are named', async () => {
  const path = folder('edited');
  await train({ ...SHORT, steps: 3, folder: path });
  const file = join(path, 'behavior.csv');
  const text = readFileSync(file, 'utf8');
  const holds = (content: string, message: RegExp) => {
    writeFileSync(file, content);
    assert.throws(() => loadRun(path), message);
  };
  holds(text.slice(0, -1), /behavior.csv is cut off in its last line/);
  holds(
    text.split('\n').slice(0, -3).join('\n').concat('\n'),
    /34 rows .*run.json counts 36 to step 3/,
  );
  holds(text.replaceAll('\n', '\r\n'), /byte-order mark or CRLF/);
  holds(text.replace(/0\.\d+/, 'half'), /line \d+: .* is "half", not a number/);
  holds(text.replace('accuracy', 'acc'), /a column "acc" that this code does not know/);
  rmSync(file);
  assert.throws(() => loadRun(path), /behavior.csv has 0 rows/);
  writeFileSync(file, text);
  assert.deepEqual(verifyFolder(path), []);
  assert.throws(() => loadRun('no-such'), /There is no run "no-such": use one of/);
  assert.deepEqual(studyRuns(join(home, 'nowhere')), []);
});

test('a stopped run whose table was edited, cut, emptied or lost is named, and goes on once it is restored', async () => {
  const path = folder('stopped');
  const options = { ...TINY, folder: path };
  const stop = new AbortController();
  const onProgress = ({ done }: { done: number }) => done === 3 && stop.abort();
  await assert.rejects(train({ ...options, signal: stop.signal, onProgress }), /Stopped at step 3/);
  const file = join(path, 'behavior.csv');
  const text = readFileSync(file, 'utf8');
  const damages: [string | undefined, RegExp][] = [
    [text.replaceAll('\n', '\r\n'), /byte-order mark or CRLF/],
    [`\uFEFF${text}`, /byte-order mark or CRLF/],
    [text.replace(/(\d)\.(\d)/g, '$1,$2'), /behavior.csv line \d+: \d+ cells instead of 10/],
    ['', /behavior.csv is cut off/],
    [text.slice(0, text.indexOf('\n') + 1), /behavior.csv has 0 rows, and 9 were stored/],
    [text.slice(0, -2), /behavior.csv has 8 rows, and 9 were stored/],
    [undefined, /behavior.csv has 0 rows, and 9 were stored/],
  ];
  for (const [content, message] of damages) {
    if (content === undefined) rmSync(file);
    else writeFileSync(file, content);
    await assert.rejects(train(options), message);
  }
  writeFileSync(file, text);
  assert.ok((await train(options)).info.ended);
});

test('a folder is taken for a run by its own files, and only these are deleted', async () => {
  const [path, options] = [folder('begun'), { ...TINY, steps: 1, folder: folder('begun') }];
  const write = (...names: string[]) => {
    mkdirSync(join(path, 'weights'), { recursive: true });
    for (const name of names) writeFileSync(join(path, name), '');
  };
  write('weights/last.safetensors');
  await assert.rejects(train(options), /holds weights\/last.safetensors and no run/);
  rmSync(join(path, 'weights'), { recursive: true });
  // What a run leaves that is killed within its first write.
  write('lock', 'run.json.4194303.partial');
  await train(options);
  const mine = ['notes.txt', 'weights/mine.bin', 'weights/step-1.txt'];
  write(...mine);
  await train({ ...options, fresh: true });
  assert.ok(mine.every((name) => existsSync(join(path, name))));
  writeFileSync(join(path, 'run.json'), '{"my": "own"}');
  await assert.rejects(train({ ...options, fresh: true }), /run.json has no model/);
  assert.ok(existsSync(join(path, 'training.csv')));
});

test('a clock that is set back does not keep a run from being saved', async (context) => {
  let [clock, passed] = [Date.now(), 0];
  context.mock.method(Date, 'now', () => (clock -= 1000));
  context.mock.method(performance, 'now', () => (passed += 30_000));
  const path = folder('clock');
  const saved: number[] = [];
  const onProgress = () => saved.push(new RunFolder(path).info().step);
  await train({ ...TINY, folder: path, onProgress });
  assert.deepEqual(saved.slice(0, 3), [0, 0, 1]);
});

test('a run of the study without run.json or a table is named, not left out', () => {
  const study = mkdtempSync(join(home, 'study-'));
  cpSync(folder('edited'), join(study, 'a'), { recursive: true });
  assert.equal(studyRuns(study).length, 1);
  rmSync(join(study, 'a', 'behavior.csv'));
  assert.throws(() => studyRuns(study), /behavior.csv has 0 rows .*run.json counts 36/);
  rmSync(join(study, 'a', 'run.json'));
  assert.throws(() => studyRuns(study), /no run in .*a, as it has no run.json: restore it/);
});

test('a run of the former study is named as such', () => {
  const path = mkdtempSync(join(home, 'former-'));
  const info = JSON.parse(readFileSync(join(folder('edited'), 'run.json'), 'utf8'));
  writeFileSync(
    join(path, 'run.json'),
    JSON.stringify({ ...info, tasks: '4019948730d8', sittings: [] }),
  );
  assert.throws(() => new RunFolder(path).info(), /of the former study, .* Move the folder away/);
});

test('runs of unknown scales are recognized', () => {
  const path = mkdtempSync(join(home, 'scale-'));
  const info = JSON.parse(readFileSync(join(folder('edited'), 'run.json'), 'utf8'));
  for (const training of [{ ...info.training, scale: '![](http://a)' }, {}, null]) {
    writeFileSync(join(path, 'run.json'), JSON.stringify({ ...info, training }));
    assert.throws(() => loadRun(path), /run.json names an unknown scale ("!|null)/);
  }
});

test('a damaged checkpoint is named, and nothing is overwritten', async () => {
  const path = folder('resumed');
  const checkpoint = new RunFolder(path).checkpointPath;
  const copy = join(home, 'copy');
  copyFileSync(checkpoint, copy);
  const longer = { ...SHORT, steps: 26, folder: path };
  truncateSync(checkpoint, 5000);
  await assert.rejects(train(longer), /last.safetensors is damaged .*delete it/);
  const bytes = readFileSync(copy);
  bytes[bytes.length - 3] ^= 1;
  writeFileSync(checkpoint, bytes);
  await assert.rejects(train(longer), /does not match its checksum/);
  await train({ ...SHORT, seed: 2, steps: 1, folder: folder('other') });
  copyFileSync(new RunFolder(folder('other')).checkpointPath, checkpoint);
  await assert.rejects(train(longer), /last.safetensors is the state of another run/);
  rmSync(checkpoint);
  await assert.rejects(train(longer), /24 steps of the run without the weights to go on from/);
  copyFileSync(copy, checkpoint);
  assert.ok((await train(longer)).info.ended);
});

test('divergence stops with what to change', async () => {
  const wild = train({ ...SHORT, learningRate: 1e6, clip: 1e9, folder: folder('wild') });
  await assert.rejects(wild, /diverged at step \d+ .*lower learningRate \(1000000\)/);
});

test('settings out of range are named, before anything is written', async () => {
  const bad = (more: object, message: RegExp) =>
    assert.rejects(train({ ...SHORT, ...more, folder: folder('bad') }), message);
  await bad({ shape: undefined, scale: 'huge' }, /Unknown scale "huge"/);
  await bad({ steps: 0 }, /steps is 0: it must be an integer of 1 or more/);
  await bad({ steps: Number.NaN }, /steps is NaN/);
  await bad({ steps: 500 }, /steps is 500: it must be at most the schedule's \(scheduled is 400\)/);
  await bad({ seed: -1 }, /seed is -1/);
  await bad({ learningRate: 0 }, /learningRate is 0/);
  await bad({ betas: [2, 3] }, /betas is 2,3/);
  await bad({ tasks: ['DIV'] }, /Unknown task "DIV"/);
  await bad({ samples: { behavior: 5000 } }, /samples.behavior is 5000: .* from 1 to 1000/);
  await bad({ keep: [25] }, /keep names step 25/);
  await bad({ context: 20 }, /context is 20, and lines of these tasks have \d+ tokens/);
  assert.equal(existsSync(join(folder('bad'), 'run.json')), false);
});

test('runs leave no tensors behind', async () => {
  const before = tf.memory().numTensors;
  await train({ ...SHORT, steps: 2, folder: folder('tidy') });
  assert.equal(tf.memory().numTensors, before);
});

test('a run of the command line and a live run of a notebook, of one scale and seed, have folders of their own', async () => {
  const seed = 8_000_018;
  const typed = await train({ ...TINY, seed });
  // As in a kernel that runs a cell.
  const kernel = require('tslab/dist/jupyter');
  kernel.lastWriteDisplayData = () => {};
  const live = await liveRun({ ...TINY, seed, steps: 4, learningRate: 1e-3 });
  kernel.lastWriteDisplayData = null;
  for (const run of [typed, live]) rmSync(run.folder, { recursive: true });
  assert.notEqual(typed.folder, live.folder);
  assert.deepEqual([typed.info.step, live.info.step], [6, 4]);
});

test('a run that was stopped between two measured steps, or at one, verifies', async () => {
  for (const at of [18, 23]) {
    const stop = new AbortController();
    const onProgress = ({ done }: { done: number }) => done === at && stop.abort();
    const options = { ...TINY, steps: 40, folder: folder('between'), onProgress };
    const stopped = train({ ...options, signal: stop.signal });
    await assert.rejects(stopped, new RegExp(`Stopped at step ${at} of 40`));
    assert.equal(measuredSteps(40).includes(at), at === 18);
    assert.deepEqual(verifyFolder(options.folder), []);
  }
});
