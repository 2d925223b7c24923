import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { tf } from '../../lib/environment/tensorflow';
import { behavior, greedyAccuracy } from '../../lib/measures/behavior';
import { parameterSpecs } from '../../lib/model/parameters';
import { modelConfig } from '../../lib/model/scales';
import { forward } from '../../lib/model/transformer';
import { type TrainOptions, train } from '../../lib/study/run';
import { loadRun } from '../../lib/study/run-folder';
import { lockRun } from '../../lib/study/run-lock';
import { readTable } from '../../lib/study/tables';
import { CONTEXT, diagnostics, taskLevel, VOCABULARY } from '../../lib/tasks';
import { readTensorFile } from '../../lib/training/safetensors';

const home = mkdtempSync(join(tmpdir(), 'anatomy-run-'));
test.after(() => rmSync(home, { recursive: true }));

/** Few samples keep the many measurements of these runs short. */
const FEW = { behaviorSamples: 30, rankmeSamples: 30 };
/** A real but short training: nano, small batches. */
const SHORT = {
  ...FEW,
  scale: 'nano',
  seed: 1,
  steps: 12,
  batch: 24,
  warmup: 4,
  checkpoints: 5,
} as const;
const folder = (name: string) => join(home, name);
const weights = (path: string) => readTensorFile(join(path, 'weights', 'last.safetensors')).tensors;

test('a run lowers the loss, collapses RankMe and leaves whole tables', async () => {
  const seen: number[] = [];
  const run = await train({
    ...FEW,
    ...{ scale: 'nano', seed: 0, steps: 40, warmup: 10, checkpoints: 5 },
    folder: folder('whole'),
    onProgress: ({ step, secondsLeft }) => {
      assert.ok(secondsLeft >= 0);
      seen.push(step);
    },
  });
  assert.equal(seen.length, 40);
  assert.ok(run.info.ended && run.info.step === 40);
  assert.equal(run.training.length, 40);
  assert.ok(run.training[39].loss < 0.75 * run.training[0].loss, String(run.training[39].loss));
  const rank = (task: string) =>
    run.geometry.filter(
      (row) => row.task === task && row.level === 1 && row.layer === 2 && row.position === 'prompt',
    );
  for (const task of ['COPY', 'MOD']) {
    const values = rank(task).map(({ rankme }) => rankme);
    assert.ok(
      Math.min(...values) < 0.75 * values[0],
      `${task}: ${values.map((v) => v.toFixed(2))}`,
    );
  }
  const steps = new Set(run.behavior.map(({ step }) => step));
  assert.equal(run.behavior.length, 24 * steps.size);
  assert.equal(run.geometry.length, 24 * 3 * 2 * steps.size);
  assert.equal(run.info.sittings[0].facts.binding, 'compiled');
  assert.deepEqual(readdirSync(run.folder).sort(), [
    'behavior.csv',
    'geometry.csv',
    'run.json',
    'training.csv',
    'weights',
  ]);
});

test('on a trained model, greedy decoding and teacher forcing give the same accuracy', () => {
  const stored = weights(folder('whole'));
  const model = modelConfig('nano', VOCABULARY, CONTEXT);
  const parameters = Object.fromEntries(
    parameterSpecs(model).map(({ name, shape }) => [
      name,
      tf.tensor(stored[`model.${name}`].values, [...shape]),
    ]),
  );
  const N = 100;
  const accuracies = ['CMP', 'PAR', 'ADD', 'SORT'].map((task) => {
    const set = diagnostics(taskLevel(task, 1));
    const rows = (values: Int32Array | Float32Array, dtype: 'int32' | 'float32') =>
      tf.tensor2d(values.subarray(0, N * CONTEXT), [N, CONTEXT], dtype);
    const [inputs, targets] = [rows(set.inputs, 'int32'), rows(set.targets, 'int32')];
    const answers = rows(set.weights, 'float32');
    const predict = (tokens: tf.Tensor2D) => forward(model, parameters, tokens).logits;
    const { accuracy } = behavior(predict(inputs), targets, answers);
    const greedy = greedyAccuracy(predict, inputs, targets, answers);
    assert.ok(Math.abs(accuracy - greedy) < 1e-6, `${task}: ${accuracy} and ${greedy}`);
    return accuracy;
  });
  assert.ok(Math.max(...accuracies) > 0.2, `some answers are right: ${accuracies}`);
  tf.dispose(Object.values(parameters));
});

test('stopped and resumed, a run ends bit by bit where it would have ended anyway', async () => {
  const options: TrainOptions = { ...SHORT };
  await train({ ...options, folder: folder('straight') });
  const stop = new AbortController();
  const stopped = train({
    ...options,
    folder: folder('resumed'),
    signal: stop.signal,
    onProgress: ({ step }) => step === 5 && stop.abort(),
  });
  await assert.rejects(
    stopped,
    /Stopped at step 5 of 12; all work is saved in .*Run the same again/,
  );
  assert.equal(loadRun(folder('resumed')).info.ended, false);
  const resumed = await train({ ...options, folder: folder('resumed') });
  assert.equal(resumed.info.sittings.length, 2);
  assert.deepEqual(weights(folder('resumed')), weights(folder('straight')));
  for (const table of ['behavior', 'geometry'] as const) {
    assert.deepEqual(readTable(folder('resumed'), table), readTable(folder('straight'), table));
  }
});

test('a run that has ended is reused; other settings are refused and named', async () => {
  const before = readFileSync(join(folder('straight'), 'run.json'));
  let trained = false;
  await train({ ...SHORT, folder: folder('straight'), onProgress: () => (trained = true) });
  assert.equal(trained, false);
  const other = train({ ...SHORT, learningRate: 5e-4, folder: folder('straight') });
  await assert.rejects(other, /other settings \(learningRate is 0.001, not 0.0005\).*--fresh/);
  assert.deepEqual(readFileSync(join(folder('straight'), 'run.json')), before);
});

test('killed in the middle, a run goes on from its last checkpoint with whole tables', async () => {
  const path = folder('killed');
  const script = `require(${JSON.stringify(join(__dirname, '../../lib/study/run.js'))}).train(${JSON.stringify(
    {
      ...SHORT,
      steps: 400,
      folder: path,
    },
  )})`;
  const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
  const closed = new Promise((resolve) => child.on('close', resolve));
  const geometry = join(path, 'geometry.csv');
  while (!existsSync(geometry)) await new Promise((resolve) => setTimeout(resolve, 50));
  await assert.rejects(train({ ...SHORT, steps: 400, folder: path }), /in use by process \d+/);
  child.kill('SIGKILL');
  await closed;
  // What a kill in the middle of a write leaves behind: a row cut short.
  writeFileSync(geometry, `${readFileSync(geometry, 'utf8')}3,COPY,1,0,pro`);
  const stop = new AbortController();
  const again = train({
    ...SHORT,
    steps: 400,
    folder: path,
    signal: stop.signal,
    onProgress: ({ step }) => step === 3 && stop.abort(),
  });
  await assert.rejects(again, /Stopped at step 3/);
  const { behavior, geometry: rows } = loadRun(path);
  const steps = [...new Set(rows.map(({ step }) => step))];
  assert.deepEqual(steps, [0, 1, 2]);
  assert.equal(behavior.length, 24 * steps.length);
});

test('a damaged checkpoint is named, and nothing is overwritten', async () => {
  const path = folder('resumed');
  const checkpoint = join(path, 'weights', 'last.safetensors');
  const copy = join(home, 'copy');
  copyFileSync(checkpoint, copy);
  const info = JSON.parse(readFileSync(join(path, 'run.json'), 'utf8'));
  writeFileSync(join(path, 'run.json'), JSON.stringify({ ...info, ended: false }));
  truncateSync(checkpoint, 5000);
  await assert.rejects(
    train({ ...SHORT, folder: path }),
    /last.safetensors is damaged .*delete it/,
  );
  const bytes = readFileSync(copy);
  bytes[bytes.length - 3] ^= 1;
  writeFileSync(checkpoint, bytes);
  await assert.rejects(train({ ...SHORT, folder: path }), /does not match its checksum/);
  copyFileSync(copy, checkpoint);
  assert.ok((await train({ ...SHORT, folder: path })).info.ended);
});

test('divergence stops with what to change', async () => {
  const wild = train({ ...SHORT, steps: 30, learningRate: 1e6, clip: 1e9, folder: folder('wild') });
  await assert.rejects(wild, /Training diverged at step \d+ .*lower learningRate \(1000000\)/);
});

test('settings out of range are named', async () => {
  const bad = (more: object, message: RegExp) =>
    assert.rejects(train({ ...SHORT, ...more, folder: folder('bad') }), message);
  await bad({ scale: 'huge' }, /Unknown scale "huge"/);
  await bad({ steps: 0 }, /steps is 0: it must be a positive integer/);
  await bad({ steps: Number.NaN }, /steps is NaN/);
  await bad({ seed: -1 }, /seed is -1/);
  await bad({ learningRate: 0 }, /learningRate is 0/);
  await bad({ behaviorSamples: 5000 }, /5000 samples of COPY 1 .* holds 1000/);
  assert.equal(existsSync(join(folder('bad'), 'run.json')), false);
});

test('a lock of a process that is gone is taken over', () => {
  const path = mkdtempSync(join(home, 'lock-'));
  writeFileSync(
    join(path, 'run.lock'),
    JSON.stringify({ pid: 2 ** 22 - 1, host: 'elsewhere', started: '' }),
  );
  assert.throws(() => lockRun(path), /in use by process 4194303 on elsewhere/);
  // A machine that has been silent for half an hour.
  const before = new Date(Date.now() - 30 * 60_000);
  utimesSync(join(path, 'run.lock'), before, before);
  lockRun(path)();
  assert.ok(!existsSync(join(path, 'run.lock')));
  writeFileSync(join(path, 'run.lock'), '');
  const unlock = lockRun(path);
  assert.throws(() => lockRun(path), /in use/);
  unlock();
  assert.ok(!existsSync(join(path, 'run.lock')));
});

test('a table cut short or with words for numbers is named with its line', async () => {
  const path = mkdtempSync(join(home, 'table-'));
  const file = join(path, 'behavior.csv');
  const header = 'step,task,level,accuracy,log_prob\n';
  writeFileSync(file, `${header}0,ADD,1,0.5,-3\n1,ADD,1\n`);
  assert.throws(() => readTable(path, 'behavior'), /line 3: 3 columns instead of 5/);
  writeFileSync(file, `${header}0,ADD,1,half,-3\n`);
  assert.throws(() => readTable(path, 'behavior'), /line 2: accuracy is "half"/);
  writeFileSync(file, 'a,b\n');
  assert.throws(() => readTable(path, 'behavior'), /has the columns "a,b"/);
  assert.throws(() => loadRun(join(home, 'nowhere')), /There is no run in/);
});

test('a full disk is said, and the checkpoint from before stays', (t) => {
  if (!existsSync('/dev/full')) return t.skip('needs /dev/full, which only Linux has');
  const { appendRows } =
    require('../../lib/study/tables') as typeof import('../../lib/study/tables');
  const path = mkdtempSync(join(home, 'full-'));
  require('node:fs').symlinkSync('/dev/full', join(path, 'behavior.csv'));
  assert.throws(
    () =>
      appendRows(path, 'behavior', [{ step: 0, task: 'ADD', level: 1, accuracy: 0, log_prob: -1 }]),
    /Cannot write .*behavior.csv: the disk is full/,
  );
});

test('runs leave no tensors behind', async () => {
  const before = tf.memory().numTensors;
  await train({ ...SHORT, steps: 2, folder: folder('tidy') });
  assert.equal(tf.memory().numTensors, before);
});
