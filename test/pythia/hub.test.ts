import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, beforeEach } from 'node:test';
import { ROOT } from '../../lib/environment/paths';
import { Problem } from '../../lib/files/problem';
import { hubSource, openCheckpoint, weightFiles } from '../../lib/pythia/checkpoints';
import { hubConfig } from '../../lib/pythia/config';
import { download, hubEndpoint, hubFiles, NotOnHub, waitAsked } from '../../lib/pythia/hub';
import { STANDINS, standinConfig } from '../../lib/pythia/standin';
import { HubServer } from './hub-server';

const REPO = 'someone/model';
const patience = { retries: 3, pauseMs: 1 };
const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251));
let folder: string;
let server: HubServer;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'anatomy-hub-'));
});
beforeEach(async () => {
  server?.stop();
  server = new HubServer();
  process.env.HF_ENDPOINT = await server.start();
  server.files.set(`${REPO}/step1/model.safetensors`, content);
  server.files.set(`${REPO}/step1/config.json`, Buffer.from('{}'));
});
after(() => {
  server.stop();
  delete process.env.HF_ENDPOINT;
  rmSync(folder, { recursive: true });
});

let count = 0;
async function fetched(name = 'model.safetensors'): Promise<string> {
  const path = join(folder, `out-${count++}`);
  await download(REPO, 'step1', await file(name), path, { patience });
  return path;
}
async function file(name: string) {
  const found = (await hubFiles(REPO, 'step1', { patience })).find(({ path }) => path === name);
  assert.ok(found);
  return found;
}
const asksFor = (name: string) => server.asked.filter((each) => each.includes(name));

test('listing and content, with the hash of large and of small files', async () => {
  assert.deepEqual(readFileSync(await fetched()), content);
  assert.deepEqual(readFileSync(await fetched('config.json')), Buffer.from('{}'));
  assert.equal((await file('model.safetensors')).hash.kind, 'sha256');
  assert.equal((await file('config.json')).hash.kind, 'git');
});

test('a cut connection is resumed from where it was cut', async () => {
  server.faults.push({ cutAfter: 100_000 }, { cutAfter: 50_000 });
  assert.deepEqual(readFileSync(await fetched()), content);
  const starts = asksFor('model').map((each) => Number(each.split('@')[1]));
  assert.equal(starts.length, 3);
  assert.equal(starts[0], 0);
  assert.ok(starts[1] > 0 && starts[2] > starts[1], String(starts));
});

test('a download that gave up leaves what has come, and the next goes on from there', async () => {
  const path = join(folder, 'resumed');
  const wanted = await file('model.safetensors');
  server.faults.push(...Array.from({ length: 4 }, () => ({ cutAfter: 20_000 })));
  await assert.rejects(
    download(REPO, 'step1', wanted, path, { patience }),
    (error: Error) => error instanceof Problem && /cannot be reached/.test(error.message),
  );
  assert.equal(existsSync(path), false);
  const kept = readFileSync(`${path}.partial`).length;
  assert.ok(kept > 0);
  await download(REPO, 'step1', wanted, path, { patience });
  assert.deepEqual(readFileSync(path), content);
  assert.equal(asksFor('model').at(-1), `step1/model.safetensors@${kept}`);
});

test('a server without ranges sends all again, and nothing is doubled', async () => {
  server.faults.push({ cutAfter: 100_000 }, { ignoreRange: true });
  assert.deepEqual(readFileSync(await fetched()), content);
});

test('a wrong hash is fetched once more, then refused, and nothing is kept', async () => {
  const wrong = Buffer.alloc(content.length, 1);
  server.faults.push({ instead: wrong });
  assert.deepEqual(readFileSync(await fetched()), content);
  server.faults.push({ instead: wrong }, { instead: wrong });
  await assert.rejects(fetched(), /came twice with another content .* sha256 hash is wrong/);
  assert.equal(existsSync(join(folder, `out-${count - 1}`)), false);
  assert.equal(existsSync(join(folder, `out-${count - 1}.partial`)), false);
  server.faults.push({ instead: Buffer.concat([content, content]) });
  await assert.rejects(fetched(), /sends more than the 300000 bytes/);
});

test('rate limits and server errors are waited out, with an end', async () => {
  server.faults.push({ status: 429, retryAfter: '0' }, { status: 503 });
  assert.deepEqual(readFileSync(await fetched()), content);
  server.faults.push(...Array.from({ length: 4 }, () => ({ status: 429, retryAfter: '0' })));
  await assert.rejects(fetched(), /limits the rate of requests/);
  server.listFaults.push(429, 500);
  assert.equal((await hubFiles(REPO, 'step1', { patience })).length, 2);
});

test('the hub says how long to wait, and that long is waited', async () => {
  const now = Date.parse('2026-11-24T06:00:00Z');
  const asked = (headers: Record<string, string>) => waitAsked(new Headers(headers), now);
  assert.equal(asked({}), undefined);
  assert.equal(asked({ 'Retry-After': '7' }), 7000);
  assert.equal(asked({ 'Retry-After': 'Tue, 24 Nov 2026 06:00:30 GMT' }), 30_000);
  assert.equal(asked({ 'Retry-After': 'Tue, 24 Nov 2026 05:00:00 GMT' }), 0);
  assert.equal(asked({ 'Retry-After': 'soon' }), undefined);
  assert.equal(asked({ RateLimit: '"resolvers";r=0;t=55' }), 55_000);
  assert.equal(asked({ RateLimit: '"api";r=0;t=55', 'Retry-After': '3' }), 3000);

  const waits: string[] = [];
  const onWait = (seconds: number, reason: string) => waits.push(`${seconds}: ${reason}`);
  const begin = Date.now();
  server.listFaults.push({ status: 429, rateLimit: '"api";r=0;t=1' });
  await hubFiles(REPO, 'step1', { patience, onWait });
  server.faults.push({ status: 503, retryAfter: '1' });
  const wanted = await file('model.safetensors');
  await download(REPO, 'step1', wanted, join(folder, 'waited'), { patience, onWait });
  assert.ok(Date.now() - begin >= 2000, `${Date.now() - begin} ms`);
  assert.deepEqual(waits, ['1: it limits the rate of requests', '1: it answers 503']);

  server.listFaults.push({ status: 429, retryAfter: '3600' });
  await assert.rejects(
    hubFiles(REPO, 'step1', { patience }),
    (error: Error) => error instanceof Problem && /Wait 60 min, then run again/.test(error.message),
  );
});

test('a pause ends when it is stopped', async () => {
  server.listFaults.push({ status: 429, retryAfter: '300' });
  const stop = new AbortController();
  const work = hubFiles(REPO, 'step1', { signal: stop.signal, onWait: () => stop.abort() });
  await assert.rejects(work, /step1: stopped; what is there is kept. Run the same again/);
});

test('what is not there, and what needs an account, is told at once', async () => {
  await assert.rejects(
    hubFiles(REPO, 'step7', { patience }),
    (error: Error) =>
      error instanceof NotOnHub && /someone\/model at step7: not on http/.test(error.message),
  );
  server.listFaults.push(401);
  await assert.rejects(hubFiles(REPO, 'step1', { patience }), /without an account/);
  const wanted = await file('model.safetensors');
  server.files.delete(`${REPO}/step1/model.safetensors`);
  await assert.rejects(
    download(REPO, 'step1', wanted, join(folder, 'none'), { patience }),
    /step1 model.safetensors: not on http/,
  );
  assert.equal(asksFor('model').length, 0);
});

test('no network: one line that says what to do', async () => {
  server.stop();
  await assert.rejects(
    hubFiles(REPO, 'step1', { patience: { retries: 1, pauseMs: 1 } }),
    (error: Error) =>
      error instanceof Problem &&
      /cannot be reached \(ECONNREFUSED\).*HF_ENDPOINT.*stand-in/.test(error.message),
  );
});

test('a full disk ends the download in one line', async () => {
  const path = join(folder, 'full');
  symlinkSync('/dev/full', `${path}.partial`);
  const wanted = await file('model.safetensors');
  await assert.rejects(
    download(REPO, 'step1', wanted, path, { patience }),
    (error: Error) => error instanceof Problem && /the disk is full/.test(error.message),
  );
  assert.equal(existsSync(path), false);
});

test('stopping keeps what has come', async () => {
  const stop = new AbortController();
  const path = join(folder, 'stopped');
  server.faults.push({ cutAfter: 100_000 });
  const work = download(REPO, 'step1', await file('model.safetensors'), path, {
    patience,
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await assert.rejects(work, /stopped; what is there is kept. Run the same again/);
  assert.ok(readFileSync(`${path}.partial`).length > 0);
  assert.equal(existsSync(path), false);
});

/** Fetches a step as a measuring does: looked up, then fetched. */
async function fetchStep(source: ReturnType<typeof hubSource>, step: number) {
  const branch = await source.look(step, { patience });
  return source.fetch(step, branch!.files, { patience });
}

test('the cache: checkpoints are fetched once, held while in use, and go after it', async () => {
  const tokenizer = readFileSync(join(ROOT, 'data/corpus/tokenizer.json'));
  const config = Buffer.from(JSON.stringify(hubConfig(standinConfig('austen-0.5m'))));
  server.files.set(`${REPO}/step1/config.json`, config);
  server.files.set(`${REPO}/step1/tokenizer.json`, tokenizer);
  server.files.set(`${REPO}/step1/optimizer.bin`, content);
  const cache = join(folder, 'cache');
  const source = hubSource(REPO, { cache, keep: true });
  const { folder: first, done } = await fetchStep(source, 1);
  assert.equal(first, join(cache, REPO, 'step1'));
  assert.equal(asksFor('optimizer').length, 0);
  // Another process, or another model's work on the same cache, is told so in one line.
  const other = hubSource(REPO, { cache });
  await assert.rejects(fetchStep(other, 1), /the checkpoint is in use by process/);
  done();
  const before = server.asked.length;
  (await fetchStep(source, 1)).done();
  assert.equal(server.asked.length, before);
  // What was fetched is bytes of ours, not weights: opening says so and leaves nothing open.
  await assert.rejects(openCheckpoint(first), /model.safetensors is damaged/);
  (await fetchStep(other, 1)).done();
  assert.equal(existsSync(join(first, 'model.safetensors')), false);
  assert.ok(existsSync(join(first, 'config.json')));
  server.files.delete(`${REPO}/step1/config.json`);
  assert.equal(await source.look(1, { patience }), undefined, 'without a config.json');
});

test('a folder of the cache that holds files of somebody else is left as it is', async () => {
  const cache = join(folder, 'cache-4');
  const own = join(cache, REPO, 'step1', 'model.safetensors');
  mkdirSync(join(own, '..'), { recursive: true });
  writeFileSync(own, 'mine');
  server.files.set(`${REPO}/step1/tokenizer.json`, Buffer.from('{}'));
  await assert.rejects(
    fetchStep(hubSource(REPO, { cache }), 1),
    /step1 holds model.safetensors, which was not fetched here: give another place \(--cache\)/,
  );
  assert.equal(readFileSync(own, 'utf8'), 'mine');
});

test('weights that were kept are held against the hash that the hub lists now', async () => {
  server.files.set(`${REPO}/step1/tokenizer.json`, Buffer.from('{}'));
  const source = hubSource(REPO, { cache: join(folder, 'cache-3'), keep: true });
  const first = await fetchStep(source, 1);
  const place = join(first.folder, 'model.safetensors');
  first.done();
  const other = Buffer.from(content.map((byte) => byte ^ 1));
  server.files.set(`${REPO}/step1/model.safetensors`, other);
  (await fetchStep(source, 1)).done();
  assert.deepEqual(readFileSync(place), other);
});

test('weights in one file or in shards, safetensors first; a set that lacks a shard is none', () => {
  const shard = (i: number, of: number) => `pytorch_model-0000${i}-of-0000${of}.bin`;
  assert.deepEqual(weightFiles([shard(2, 2), shard(1, 2), 'config.json']), [
    shard(1, 2),
    shard(2, 2),
  ]);
  assert.deepEqual(weightFiles([shard(1, 3), shard(2, 2), shard(1, 2)]), [
    shard(1, 2),
    shard(2, 2),
  ]);
  assert.deepEqual(weightFiles([shard(1, 2)]), []);
  assert.deepEqual(weightFiles(['pytorch_model.bin', 'model.safetensors']), ['model.safetensors']);
});

test('a range that the server does not know does not stick', async () => {
  const path = join(folder, 'range');
  writeFileSync(`${path}.partial`, content.subarray(0, 1000));
  server.faults.push({ status: 416 });
  await download(REPO, 'step1', await file('model.safetensors'), path, { patience });
  assert.deepEqual(readFileSync(path), content);
});

test('a login page in the place of the hub is named as such', async () => {
  server.listFaults.push({ page: true });
  await assert.rejects(
    hubFiles(REPO, 'step1', { patience }),
    (error: Error) =>
      error instanceof Problem && /answered with a web page: a login/.test(error.message),
  );
  const wanted = await file('model.safetensors');
  server.faults.push({ page: true });
  await assert.rejects(
    download(REPO, 'step1', wanted, join(folder, 'page'), { patience }),
    /answered with a web page/,
  );
});

test('an HF_ENDPOINT that is no address is named; a password in it is not repeated', () => {
  const own = process.env.HF_ENDPOINT;
  for (const [given, message] of [
    ['mirror.example', /HF_ENDPOINT is "mirror.example": give an address such as https/],
    ['ftp://mirror.example', /give an address/],
    ['https://me:secret@mirror.example', /^(?!.*secret).*HF_ENDPOINT holds a user name/],
  ] as const) {
    process.env.HF_ENDPOINT = given;
    assert.throws(
      () => hubEndpoint(),
      (error: Error) => error instanceof Problem && message.test(error.message),
    );
  }
  process.env.HF_ENDPOINT = own;
});

test('a proxy that the environment names is used', async () => {
  // A process of its own, since the proxy is read once. The server answers whatever host is asked for.
  const proxied: string[] = [];
  const { createServer } = await import('node:http');
  const proxy = createServer((request, response) => {
    proxied.push(request.url!);
    response.writeHead(404).end();
  }).on('connect', (request, socket) => {
    proxied.push(request.url!);
    socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as { port: number };
  const hub = JSON.stringify(join(ROOT, 'lib/dist/lib/pythia/hub.js'));
  const program = `require(${hub}).hubFiles('a/b', 'step0', { patience: { retries: 0, pauseMs: 0 } }).catch(() => {})`;
  const env = {
    ...{
      ...process.env,
      HF_ENDPOINT: 'http://hub.example',
      HTTP_PROXY: `http://127.0.0.1:${port}`,
    },
    ...{ NO_PROXY: '', no_proxy: '' },
  };
  await new Promise((resolve) =>
    spawn(process.execPath, ['-e', program], { env }).on('close', resolve),
  );
  proxy.close();
  assert.ok(proxied.length > 0 && proxied[0].includes('hub.example'), String(proxied));
});

test('a file that stands where a folder is needed is named', async () => {
  const path = join(folder, 'a-file');
  writeFileSync(path, '');
  for (const cache of [path, join(path, 'below')]) {
    await assert.rejects(
      fetchStep(hubSource(REPO, { cache }), 1),
      (error: Error) => error instanceof Problem && error.message.includes(path),
    );
  }
});

test('a step of the hub with a name that leaves the cache is not followed', async () => {
  server.files.set(`${REPO}/step1/../../escape.json`, Buffer.from('x'));
  server.files.set(`${REPO}/step1/tokenizer.json`, Buffer.from('{}'));
  const cache = join(folder, 'cache-2');
  mkdirSync(cache);
  await fetchStep(hubSource(REPO, { cache }), 1);
  assert.equal(asksFor('escape').length, 0);
});

test('the stand-ins have Pythia-like shapes', () => {
  for (const name of Object.keys(STANDINS) as (keyof typeof STANDINS)[]) {
    const config = standinConfig(name);
    assert.equal(config.rotary, config.width / config.heads / 4);
    assert.equal(config.rotary % 2, 0);
  }
});
