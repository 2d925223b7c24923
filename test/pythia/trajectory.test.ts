import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, beforeEach } from 'node:test';
import { ROOT } from '../../lib/environment/paths';
import { Problem } from '../../lib/environment/problem';
import { hubConfig, type NeoXConfig } from '../../lib/pythia/config';
import { neoxShapes } from '../../lib/pythia/gpt-neox';
import { pythiaModel } from '../../lib/pythia/models';
import { probeSets } from '../../lib/pythia/probes';
import { makeStandin } from '../../lib/pythia/standin';
import { readPythiaTable } from '../../lib/pythia/tables';
import { measureTrajectory } from '../../lib/pythia/trajectory';
import { lockRun } from '../../lib/study/run-lock';
import { generator } from '../../lib/tasks/random';
import { writeTensorFile } from '../../lib/training/safetensors';
import { HubServer } from './hub-server';

/** A made-up hub: what is called Pythia here are tiny models of random weights. */
const REPO = 'EleutherAI/pythia-160m';
const STEPS = [0, 1, 2, 4, 8, 16, 32];
const config: NeoXConfig = {
  ...{ layers: 1, width: 16, heads: 2, inner: 32, vocabulary: 2048, context: 512 },
  ...{ rotary: 2, rotaryBase: 10_000, parallel: true, epsilon: 1e-5, gelu: 'erf', tied: false },
};
/** The start of two small sets. */
const probes = probeSets()
  .filter(({ name }) => ['syntax', 'general'].includes(name))
  .map((set) => ({ ...set, items: set.items.slice(0, 12) }));

let folder: string;
let server: HubServer;
let endpoint: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'anatomy-trajectory-'));
});
beforeEach(async () => {
  server?.stop();
  server = new HubServer();
  endpoint = await server.start();
  process.env.HF_ENDPOINT = endpoint;
  for (const step of STEPS) publish(step, step === 1 ? 0 : step);
});
after(() => {
  server.stop();
  delete process.env.HF_ENDPOINT;
  rmSync(folder, { recursive: true });
});

/** Puts a branch on the hub that claims to be `step` and serves the weights of `is`. */
function publish(step: number, is: number): void {
  const random = generator(0, 'made-up hub');
  const tensors = Object.fromEntries(
    Object.entries(neoxShapes(config)).map(([name, shape]) => {
      const values = Float32Array.from(
        { length: shape.reduce((a, b) => a * b) },
        () => random.gaussian() + (Math.log1p(is) * random.gaussian()) / 10,
      );
      return [name, { shape, values }];
    }),
  );
  const path = join(folder, 'weights');
  writeTensorFile(path, { tensors, metadata: { format: 'pt' } });
  const put = (name: string, content: Buffer) =>
    server.files.set(`${REPO}/step${step}/${name}`, content);
  put('model.safetensors', readFileSync(path));
  put('config.json', Buffer.from(JSON.stringify(hubConfig(config))));
  put('tokenizer.json', readFileSync(join(ROOT, 'data/corpus/tokenizer.json')));
}

const place = (name: string) => ({
  folder: join(folder, name),
  cache: join(folder, `${name}-cache`),
});
const measured = (name: string, steps = STEPS) =>
  measureTrajectory(pythiaModel('160m'), steps, { ...place(name), probes });

/** All that was measured; how long it took is another time's. */
function tables(name: string): string[] {
  const own = join(folder, name);
  const checkpoints = readPythiaTable(own, 'checkpoints').map((row) => ({ ...row, seconds: 0 }));
  const text = ['behavior', 'geometry'].map((table) =>
    readFileSync(join(own, `${table}.csv`), 'utf8'),
  );
  return [JSON.stringify(checkpoints), ...text];
}

/** Measures in a process of its own, as `npm run pythia` does, and sends it a signal when it asks for a step's weights. */
async function signaled(name: string, step: number, signal: NodeJS.Signals) {
  const { folder, cache } = place(name);
  const index = JSON.stringify(join(ROOT, 'lib/dist/lib/index.js'));
  const program = `
    const { interruptible, measureTrajectory, pythiaModel, probeSets } = require(${index});
    const probes = probeSets().filter(({ name }) => ['syntax', 'general'].includes(name))
      .map((set) => ({ ...set, items: set.items.slice(0, 12) }));
    const options = { folder: ${JSON.stringify(folder)}, cache: ${JSON.stringify(cache)}, probes };
    interruptible((signal) =>
      measureTrajectory(pythiaModel('160m'), ${JSON.stringify(STEPS)}, { ...options, signal }))
      .catch((error) => { console.error('told: ' + error.message); process.exitCode = 1; });`;
  const child = spawn(process.execPath, ['-e', program], {
    env: { ...process.env, HF_ENDPOINT: endpoint },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const watch = setInterval(() => {
    if (!server.asked.some((each) => each.startsWith(`step${step}/model`))) return;
    clearInterval(watch);
    child.kill(signal);
  }, 5);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(watch);
  return { code, told: /told: (.*)/.exec(errors)?.[1] };
}

test('a made-up hub is measured; a repeated branch is found, a missing one noted and looked up again', async () => {
  for (const name of [...server.files.keys()]) {
    if (name.startsWith(`${REPO}/step16/`)) server.files.delete(name);
  }
  const first = await measured('whole');
  assert.deepEqual(
    first.checkpoints.map(({ step, verdict, of }) => [step, verdict, of]),
    STEPS.map((step) =>
      step === 1 ? [1, 'duplicate', 0] : step === 16 ? [16, 'missing', -1] : [step, 'genuine', -1],
    ),
  );
  // A file whose hash is that of one that was measured is not fetched.
  assert.ok(!server.asked.some((each) => each.startsWith('step1/model')));
  assert.equal(first.geometry.length, 6 * 3 * 2);
  assert.equal(first.info.kind, 'Pythia');
  assert.deepEqual(
    readdirSync(join(folder, 'whole-cache'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('safetensors'),
    ),
    [],
    'weights go once they are measured',
  );
  publish(16, 16);
  server.asked.length = 0;
  const second = await measured('whole');
  assert.equal(second.checkpoints.find(({ step }) => step === 16)!.verdict, 'genuine');
  assert.equal(second.checkpoints.length, STEPS.length);
  assert.deepEqual(
    [...new Set(server.asked.map((each) => each.split('/')[0]))],
    ['step16'],
    'only what is missing is fetched',
  );
});

test('killed or interrupted in the middle, the same call goes on and ends with the same tables', async () => {
  const killed = await signaled('killed', 4, 'SIGKILL');
  assert.equal(killed.told, undefined);
  assert.ok(existsSync(join(folder, 'killed', 'run.lock')), 'it left its lock');
  const stopped = await signaled('killed', 16, 'SIGINT');
  assert.match(stopped.told ?? '', /^(Stopped|.*: stopped).*Run the same again to go on\.$/);
  assert.equal(stopped.code, 1);
  const before = readPythiaTable(join(folder, 'killed'), 'checkpoints').map(({ step }) => step);
  assert.deepEqual(before, [0, 1, 2, 4, 8]);
  await measured('killed');
  await measured('straight');
  assert.deepEqual(tables('killed'), tables('straight'));
});

test('a folder that another process writes to is left alone', async () => {
  await measured('held', [0]);
  const release = lockRun(join(folder, 'held'));
  await assert.rejects(measured('held', [2]), /is in use by process/);
  release();
  await measured('held', [2]);
});

test('a hub without any of the steps: one line, and the next call asks again', async () => {
  server.files.clear();
  await assert.rejects(
    measured('none', [0, 1]),
    (error: Error) =>
      error instanceof Problem &&
      /None of the 2 steps of EleutherAI\/pythia-160m is on http/.test(error.message),
  );
  publish(0, 0);
  assert.equal((await measured('none', [0, 1])).behavior.length, 2);
});

test('damaged weights end in one line, and nothing of the step is noted', async () => {
  const path = `${REPO}/step2/model.safetensors`;
  const sound = server.files.get(path)!;
  server.files.set(path, sound.subarray(0, sound.length - 100));
  await assert.rejects(
    measured('damaged', [0, 2]),
    (error: Error) =>
      error instanceof Problem && /model.safetensors is damaged/.test(error.message),
  );
  const steps = readPythiaTable(join(folder, 'damaged'), 'behavior').map(({ step }) => step);
  assert.deepEqual([...new Set(steps)], [0]);
});

test('a stand-in whose training was stopped goes on along the same trajectory', async () => {
  const training = { steps: 12, batch: 16, length: 8 };
  const tokens = Int32Array.from({ length: 4000 }, (_, i) => (i * i) % 2048);
  const corpus = { training: tokens.subarray(0, 3000), heldOut: tokens.subarray(3000) };
  const make = (hub: string, signal?: AbortSignal, onProgress?: (p: { step: number }) => void) =>
    makeStandin('austen-0.2m', { hub: join(folder, hub), training, corpus, signal, onProgress });
  const stop = new AbortController();
  await assert.rejects(
    make('stopped-hub', stop.signal, ({ step }) => step === 10 && stop.abort()),
    /Stopped at step 10 of austen-0.2m's training; the checkpoints by step 8 are kept/,
  );
  const seen: number[] = [];
  const [one, other] = [
    await make('stopped-hub', undefined, ({ step }) => seen.push(step)),
    await make('straight-hub'),
  ];
  assert.deepEqual(seen, [9, 10, 11, 12]);
  assert.deepEqual(readdirSync(one).sort(), readdirSync(other).sort());
  const weights = (place: string) => readFileSync(join(place, 'step12', 'model.safetensors'));
  assert.deepEqual(weights(one), weights(other));
  const losses = (place: string) =>
    readPythiaTable(place, 'training').map(({ step, loss, held_out }) => [step, loss, held_out]);
  assert.deepEqual(losses(one), losses(other));
});
