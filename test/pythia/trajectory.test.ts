import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, beforeEach } from 'node:test';
import { ROOT } from '../../lib/environment/paths';
import { lockFolder } from '../../lib/files/lock';
import { Problem } from '../../lib/files/problem';
import { readTensorFile, writeTensorFile } from '../../lib/files/safetensors';
import { summary } from '../../lib/pythia/command';
import { hubConfig, type NeoXConfig, readTokenizer } from '../../lib/pythia/config';
import { neoxShapes } from '../../lib/pythia/gpt-neox';
import { pythiaModel } from '../../lib/pythia/models';
import { CORPUS, probeSets } from '../../lib/pythia/probes';
import { encodeProbes } from '../../lib/pythia/scoring';
import { makeStandin } from '../../lib/pythia/standin';
import { loadTrajectory, readPythiaTable } from '../../lib/pythia/tables';
import { measureTrajectory } from '../../lib/pythia/trajectory';
import { generator } from '../../lib/tasks/random';

import { HubServer } from './hub-server';

/** A made-up hub: what is called Pythia here are tiny models of random weights. */
const REPO = 'EleutherAI/pythia-160m-deduped';
const STEPS = [0, 1, 2, 4, 8, 16, 32];
const config: NeoXConfig = {
  ...{ layers: 1, width: 16, heads: 2, inner: 32, vocabulary: 2048, context: 512 },
  ...{ rotary: 2, rotaryBase: 10_000, epsilon: 1e-5 },
};
/** The start of two small sets. */
const probes = probeSets()
  .filter(({ name }) => ['syntactic', 'general'].includes(name))
  .map((set) => ({ ...set, items: set.items.slice(0, 12), source: set.source?.slice(0, 9000) }));

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
  const path = join(folder, `weights-${step}`);
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
  const lib = (file: string) => JSON.stringify(join(ROOT, 'lib/dist/lib', file));
  const program = `
    const { interruptible } = require(${lib('notebook/interrupt.js')});
    const { measureTrajectory, pythiaModel, probeSets } = require(${lib('pythia/index.js')});
    const probes = probeSets().filter(({ name }) => ['syntactic', 'general'].includes(name))
      .map((set) => ({ ...set, items: set.items.slice(0, 12), source: set.source?.slice(0, 9000) }));
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
  // Six steps, two sets, layers 0 and 1, rows of both kinds.
  assert.equal(first.geometry.length, 6 * 2 * 2 * 2);
  const tokens = first.geometry.find(({ probe, rows }) => probe === 'general' && rows === 'token')!;
  assert.equal(tokens.samples, 12 * 128);
  assert.equal(
    summary(first, STEPS),
    'Measured 6 of 7 checkpoints of pythia-160m-deduped; missing: 16; duplicate: 1',
  );
  for (const row of first.checkpoints.filter(({ sha256 }) => sha256)) {
    assert.ok(row.bits_per_token! > 0 && row.kl_unigram! > 0);
  }
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
  assert.ok(existsSync(join(folder, 'killed', 'lock')), 'it left its lock');
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
  const release = lockFolder(join(folder, 'held'), 'it');
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
      /None of the 2 steps of EleutherAI\/pythia-160m-deduped of http/.test(error.message),
  );
  publish(0, 0);
  assert.equal((await measured('none', [0, 1])).behavior.length, 1);
});

test('weights that cannot be used are noted with their step, and the others are measured', async () => {
  const path = (step: number) => `${REPO}/step${step}/model.safetensors`;
  const sound = server.files.get(path(2))!;
  server.files.set(path(2), sound.subarray(0, sound.length - 100));
  const nan = Buffer.from(server.files.get(path(4))!);
  nan.writeFloatLE(Number.NaN, nan.length - 4);
  server.files.set(path(4), nan);
  const told: string[] = [];
  const options = { ...place('damaged'), probes };
  const first = await measureTrajectory(pythiaModel('160m'), [0, 2, 4, 8, 16], {
    ...options,
    onProgress: ({ label, detail }) => /damaged/.test(detail!) && told.push(`${label}: ${detail}`),
  });
  const verdicts = first.checkpoints.map(({ step, verdict }) => `${step} ${verdict}`);
  assert.deepEqual(verdicts, ['0 genuine', '2 damaged', '4 damaged', '8 genuine', '16 genuine']);
  assert.match(told[0], /step 2: damaged: .*step2\/model.safetensors is damaged/);
  assert.match(
    told[1],
    /step 4: damaged: .*step4\/model.safetensors .*tensor embed_out.weight holds NaN/,
  );
  // The same weights are not fetched again; others are.
  server.asked.length = 0;
  server.files.set(path(2), sound);
  const second = await measured('damaged', [0, 2, 4, 8, 16]);
  assert.equal(second.checkpoints[1].verdict, 'genuine');
  assert.ok(!server.asked.some((each) => each.startsWith('step4/model')));
});

test('shards are fetched and measured as one file is', async () => {
  const whole = await measured('one-file', [0, 8]);
  for (const step of [0, 8]) {
    const folderOf = `${REPO}/step${step}`;
    const { tensors, metadata } = readTensorFile(join(folder, `weights-${step}`));
    const names = Object.keys(tensors);
    server.files.delete(`${folderOf}/model.safetensors`);
    [names.slice(0, 5), names.slice(5)].forEach((own, i) => {
      const path = join(folder, 'shard');
      const part = Object.fromEntries(own.map((name) => [name, tensors[name]]));
      writeTensorFile(path, { tensors: part, metadata });
      server.files.set(`${folderOf}/model-0000${i + 1}-of-00002.safetensors`, readFileSync(path));
    });
  }
  const shards = await measured('shards', [0, 8]);
  assert.deepEqual(shards.geometry, whole.geometry);
  assert.deepEqual(
    shards.checkpoints.map(({ sha256 }) => sha256),
    whole.checkpoints.map(({ sha256 }) => sha256),
  );
});

test('a table that lost its rows is named, not taken for whole', async () => {
  await measured('cut', [0, 2]);
  const path = join(folder, 'cut', 'geometry.csv');
  const lines = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, `${lines.slice(0, -3).join('\n')}\n`);
  assert.throws(() => loadTrajectory(join(folder, 'cut')), /geometry.csv .* has 14 rows .* of 16/);
});

test('both ranks and the distance from the token frequencies have their known values', async () => {
  // Weights of zero: states are all equal to 0, and every token is as likely as another.
  const zero = Object.fromEntries(
    Object.entries(neoxShapes(config)).map(([name, shape]) => {
      return [name, { shape, values: new Float32Array(shape.reduce((a, b) => a * b)) }];
    }),
  );
  const path = join(folder, 'zero-weights');
  writeTensorFile(path, { tensors: zero, metadata: {} });
  server.files.set(`${REPO}/step0/model.safetensors`, readFileSync(path));
  const { checkpoints, geometry, behavior } = await measured('zero', [0]);
  const V = config.vocabulary;
  assert.ok(Math.abs(checkpoints[0].bits_per_token! - Math.log2(V)) < 1e-4);
  const { unigram, sets } = encodeProbes(probes, readTokenizer(CORPUS), 512);
  const entropy = [...unigram.values()].reduce((sum, q) => sum - q * Math.log(q), 0);
  assert.ok(Math.abs(checkpoints[0].kl_unigram! - (Math.log(V) - entropy)) < 1e-4);
  assert.ok(geometry.every(({ rankme, covariance_rank }) => rankme === 1 && covariance_rank === 1));
  // Every token costs the same, so the option with the fewest is the likeliest. Equal lengths tie, and ties are wrong.
  const { items } = sets.find(({ set }) => set.name === 'syntactic')!;
  const shortest = items.filter(({ options, answer }) =>
    options.every((one, i) => i === answer || one.length > options[answer].length),
  );
  const ties = items.filter(({ options }) => new Set(options.map(({ length }) => length)).size < 2);
  assert.ok(ties.length > 0 && shortest.length < items.length);
  assert.ok(Math.abs(behavior[0].accuracy - shortest.length / items.length) < 1e-6);
});

test('a stand-in whose training was stopped goes on along the same trajectory', async () => {
  const training = { steps: 12, batch: 16, length: 8 };
  const tokens = Int32Array.from({ length: 4000 }, (_, i) => (i * i) % 2048);
  const corpus = { training: tokens.subarray(0, 3000), heldOut: tokens.subarray(3000) };
  const make = (hub: string, signal?: AbortSignal, onProgress?: (p: { done: number }) => void) =>
    makeStandin('austen-0.2m', { hub: join(folder, hub), training, corpus, signal, onProgress });
  const stop = new AbortController();
  await assert.rejects(
    make('stopped-hub', stop.signal, ({ done }) => done === 10 && stop.abort()),
    /Stopped at step 10 of austen-0.2m's training; the checkpoints by step 8 are kept/,
  );
  const seen: number[] = [];
  const [one, other] = [
    await make('stopped-hub', undefined, ({ done }) => seen.push(done)),
    await make('straight-hub'),
  ];
  assert.deepEqual(seen, [9, 10, 11, 12]);
  assert.deepEqual(readdirSync(one).sort(), readdirSync(other).sort());
  const weights = (place: string) => readFileSync(join(place, 'step12', 'model.safetensors'));
  assert.deepEqual(weights(one), weights(other));
  const losses = (place: string) =>
    readPythiaTable(place, 'training').map(({ step, loss, held_out }) => [step, loss, held_out]);
  assert.deepEqual(losses(one), losses(other));

  // Killed just before all is in its place, it trains nothing again; killed just after, what is left over goes.
  const fs = require('node:fs');
  const { renameSync } = fs;
  fs.renameSync = (from: string, to: string) => {
    if (to.endsWith('austen-0.2m')) throw new Error('killed');
    renameSync(from, to);
  };
  try {
    await assert.rejects(make('killed-hub'), /killed/);
  } finally {
    fs.renameSync = renameSync;
  }
  seen.length = 0;
  const third = await make('killed-hub', undefined, ({ done }) => seen.push(done));
  assert.deepEqual(seen, []);
  assert.deepEqual(weights(third), weights(other));
  writeFileSync(join(third, 'state.safetensors'), '');
  await make('killed-hub');
  assert.deepEqual(readdirSync(third).sort(), readdirSync(other).sort());
});
