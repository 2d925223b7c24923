import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { ROOT } from '../../lib/environment/paths';
import { Problem } from '../../lib/files/problem';
import { type Allowed, readPickle } from '../../lib/pythia/pickle';
import { openTorchFile } from '../../lib/pythia/torch-file';
import { DamagedWeights, joinShards, openSafetensors, toFloat32 } from '../../lib/pythia/weights';

const fixtures = join(ROOT, 'test/fixtures/pythia');
const folder = mkdtempSync(join(tmpdir(), 'anatomy-files-'));
after(() => rmSync(folder, { recursive: true }));

/** What every tensor of the fixtures holds. */
const eighths = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => (from + i) / 8 - 1);

function file(bytes: Uint8Array): string {
  const path = join(folder, `file-${Math.random()}`);
  writeFileSync(path, bytes);
  return path;
}

function safetensors(header: object | string, data = 0, claimed?: number): string {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(claimed ?? json.length));
  return file(Buffer.concat([size, json, Buffer.alloc(data)]));
}

test('a safetensors file of the reference library, in three types', () => {
  const weights = openSafetensors(join(fixtures, 'sound.safetensors'));
  assert.deepEqual([...weights.tensors.keys()].sort(), ['brain', 'half', 'single']);
  assert.deepEqual(weights.tensors.get('half')!.shape, [2, 3]);
  assert.deepEqual([...weights.read('half')], eighths(6));
  assert.deepEqual([...weights.read('brain')], eighths(5));
  assert.deepEqual([...weights.read('single')], eighths(4));
  assert.throws(() => weights.read('other'), /has no tensor other/);
  weights.close();
});

test('hostile and damaged safetensors are refused before a tensor is read', () => {
  const tensor = (from: number, to: number, more: object = {}) => ({
    dtype: 'F32',
    shape: [(to - from) / 4],
    data_offsets: [from, to],
    ...more,
  });
  const cases: [RegExp, string][] = [
    [/3 bytes are too few/, file(new Uint8Array(3))],
    [/header claims 99999999999 bytes/, safetensors({}, 8, 99_999_999_999)],
    [/header claims 1\d+ bytes/, safetensors({}, 8, 2 ** 60)],
    [/header is not JSON/, safetensors('{"a": ')],
    [/header is not an object/, safetensors('[1]')],
    [/a overlaps|b overlaps/, safetensors({ a: tensor(0, 8), b: tensor(4, 12) }, 12)],
    [/b overlaps/, safetensors({ a: tensor(0, 8), b: tensor(0, 8) }, 8)],
    [/b leaves a gap/, safetensors({ a: tensor(0, 8), b: tensor(12, 16) }, 16)],
    [/end at byte \d+ of a file/, safetensors({ a: tensor(0, 8) }, 4)],
    [/4 bytes follow/, safetensors({ a: tensor(0, 8) }, 12)],
    [/bytes that its shape needs/, safetensors({ a: tensor(0, 8, { shape: [3] }) }, 8)],
    [
      /bytes that its shape needs/,
      safetensors({ a: tensor(0, 8, { shape: [2 ** 40, 2 ** 40] }) }, 8),
    ],
    [/proper shape/, safetensors({ a: tensor(0, 8, { shape: [-2] }) }, 8)],
    [/proper shape/, safetensors({ a: tensor(0, 8, { data_offsets: [0] }) }, 8)],
    [/unknown type "F4"/, safetensors({ a: tensor(0, 8, { dtype: 'F4' }) }, 8)],
    [/unknown type "toString"/, safetensors({ a: tensor(0, 8, { dtype: 'toString' }) }, 8)],
    [/unknown type undefined/, safetensors({ a: null }, 8)],
  ];
  for (const [message, path] of cases) {
    assert.throws(
      () => openSafetensors(path),
      (error: Error) => error instanceof Problem && message.test(error.message),
      String(message),
    );
  }
});

test('a file cut after it was opened ends in a Problem', () => {
  const path = safetensors({ a: { dtype: 'F32', shape: [64], data_offsets: [0, 256] } }, 256);
  const weights = openSafetensors(path);
  writeFileSync(path, readFileSync(path).subarray(0, 200));
  assert.throws(() => weights.read('a'), /ends at byte 200, inside a tensor/);
  weights.close();
});

test('a pytorch_model.bin: types, shared storages, offsets and parameters', async () => {
  const weights = await openTorchFile(join(fixtures, 'sound.bin'));
  assert.deepEqual([...weights.read('half')], eighths(6));
  assert.deepEqual([...weights.read('brain')], eighths(5));
  assert.deepEqual([...weights.read('single')], eighths(12));
  assert.deepEqual([...weights.read('part')], eighths(6, 3));
  assert.deepEqual([...weights.read('double')], eighths(4));
  assert.deepEqual([...weights.read('parameter')], eighths(3));
  assert.deepEqual(weights.tensors.get('single')!.shape, [4, 3]);
  assert.throws(() => weights.read('mask'), /mask in .* is of type BOOL/);
  weights.close();
});

test('a pickle that calls something is refused, and nothing is executed', async () => {
  for (const name of ['calls.bin', 'calls-protocol-4.bin']) {
    await assert.rejects(
      openTorchFile(join(fixtures, name)),
      /is refused: it names posix.system, which is not on the list .* Nothing of it was executed/,
    );
  }
  assert.equal(existsSync('/tmp/anatomy-was-here'), false);
});

test('other PyTorch files are refused in one line', async () => {
  const refuse = (path: string, message: RegExp) => assert.rejects(openTorchFile(path), message);
  await refuse(
    join(fixtures, 'legacy.bin'),
    /not a zip archive; PyTorch files from before version 1.6/,
  );
  await refuse(join(fixtures, 'transposed.bin'), /a tensor in another order/);
  const sound = readFileSync(join(fixtures, 'sound.bin'));
  for (const share of [0, 0.1, 0.5, 0.9, 0.99]) {
    await refuse(file(sound.subarray(0, Math.floor(share * sound.length))), /is damaged/);
  }
  // One byte wrong anywhere: a Problem or a file that can be read, never another error.
  for (let at = 0; at < sound.length; at += 7) {
    const bytes = Uint8Array.from(sound);
    bytes[at] ^= 0x41;
    try {
      (await openTorchFile(file(bytes))).close();
    } catch (error) {
      assert.ok(error instanceof Problem, `byte ${at}: ${(error as Error).stack}`);
    }
  }
});

test('the stack machine knows plain values and refuses the rest', () => {
  const allowed: Allowed = { globals: { 'a b': () => 7 }, persistent: (id) => ({ id }) };
  const run = (...codes: (string | number)[]) =>
    readPickle(
      Buffer.from(
        codes.flatMap((code) =>
          typeof code === 'number' ? [code] : [...Buffer.from(code, 'latin1')],
        ),
      ),
      allowed,
    );
  assert.equal(run('\x80\x02K\x05.'), 5);
  assert.equal(run('\x8a\x01\xfe.'), -2);
  assert.equal(run('ca\nb\n)R.'), 7);
  assert.deepEqual(run('}(X\x01\x00\x00\x00kK\x01u.'), new Map([['k', 1]]));
  assert.deepEqual(run('(K\x01K\x02t.'), [1, 2]);
  assert.throws(() => run('cos\nsystem\n.'), /names os.system/);
  assert.throws(() => run('c__proto__\nx\n.'), /not on the list/);
  assert.throws(() => run('ctoString\n\n.'), /not on the list/);
  assert.throws(() => run('(ios\nsystem\n.'), /operation 0x69/);
  assert.throws(() => run('K\x01K\x02R.'), /not a function on the list/);
  assert.throws(() => run('R.'), /stack is empty/);
  assert.throws(() => run('h\x05.'), /recalls value 5/);
  assert.throws(() => run('K\x01'), /ends early/);
  assert.throws(() => run('\x8a\xff.'), /more than 6 bytes/);
  assert.throws(() => run('K\x01a.'), /stack is empty|where a list is needed/);
});

test('float16 and bfloat16 at their edges', () => {
  const halves = Uint16Array.from([
    0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x7c00,
  ]);
  const values = toFloat32(new Uint8Array(halves.buffer), 'F16', 'x');
  assert.deepEqual(
    [...values],
    [0, -0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1, -2, 65504, Number.POSITIVE_INFINITY],
  );
  const brain = Uint16Array.from([0x3f80, 0xc000, 0x4049]);
  assert.deepEqual([...toFloat32(new Uint8Array(brain.buffer), 'BF16', 'x')], [1, -2, 3.140625]);
});

test('a weight that is no number is named with its file', () => {
  const path = safetensors({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, 8);
  const bytes = readFileSync(path);
  bytes.writeFloatLE(Number.NaN, bytes.length - 4);
  writeFileSync(path, bytes);
  const weights = openSafetensors(path);
  assert.throws(
    () => weights.read('a'),
    (error: Error) =>
      error instanceof DamagedWeights &&
      error.message.includes(path) &&
      /a holds NaN/.test(error.message),
  );
  weights.close();
});

test('shards are read as one file', async () => {
  const shards = [
    openSafetensors(safetensors({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, 4)),
    await openTorchFile(join(fixtures, 'sound.bin')),
  ];
  const weights = joinShards(shards);
  assert.deepEqual([...weights.read('a')], [0]);
  assert.deepEqual([...weights.read('half')], eighths(6));
  assert.throws(() => weights.read('other'), /no shard has a tensor other/);
  weights.close();
});

test('a zip archive that points far beyond its end is refused, and the process goes on', async () => {
  // The end of a zip64 archive: its directory is said to lie at 2⁶².
  const end = Buffer.alloc(56 + 20 + 22);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  for (const at of [24, 32]) end.writeBigUInt64LE(1n, at);
  end.writeBigUInt64LE(64n, 40);
  end.writeBigUInt64LE(2n ** 62n, 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(4n, 56 + 8);
  end.writeUInt32LE(1, 56 + 16);
  end.writeUInt32LE(0x06054b50, 76);
  for (const at of [8, 10]) end.writeUInt16LE(0xffff, 76 + at);
  for (const at of [12, 16]) end.writeUInt32LE(0xffffffff, 76 + at);
  const path = file(Buffer.concat([Buffer.from('PK\x03\x04'), end]));
  await assert.rejects(openTorchFile(path), DamagedWeights);
});
