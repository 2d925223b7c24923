import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { compileBinding, zig } from '../../lib/environment/binding';
import { unpackWheel, WHEELS } from '../../lib/environment/library';

const home = mkdtempSync(join(tmpdir(), 'anatomy-platforms-'));
test.after(() => rmSync(home, { recursive: true }));

/** Beginnings of the files that Linux and macOS load on Arm: the format, then the processor. */
const ARM: Record<string, (file: Buffer) => boolean> = {
  'linux-arm64': (file) => file.readUInt32BE(0) === 0x7f454c46 && file.readUInt16LE(18) === 183,
  'darwin-arm64': (file) =>
    file.readUInt32LE(0) === 0xfeedfacf && file.readUInt32LE(4) === 0x0100000c,
};

for (const platform of Object.keys(ARM)) {
  test(`the binding compiles and links for ${platform}, and its TensorFlow has all functions it calls`, async (t) => {
    if (!process.env.ANATOMY_PLATFORMS)
      return t.skip(
        'it downloads 0.3 GB and compiles for minutes: set ANATOMY_PLATFORMS=1 to run it',
      );
    const folder = join(home, platform);
    try {
      await unpackWheel(WHEELS[platform], folder);
    } catch (error) {
      return t.skip(`its wheel cannot be had here: ${(error as Error).message}`);
    }
    const tensorflow = join(folder, 'tensorflow');
    const binding = join(folder, 'binding', 'tfjs_binding.node');
    mkdirSync(join(folder, 'binding'));
    assert.equal(
      await compileBinding(await zig(platform), platform, Promise.resolve(), tensorflow, binding),
      undefined,
    );
    const built = [binding, join(folder, 'binding', 'tensorflow_binding.so')].map((path) =>
      readFileSync(path),
    );
    for (const file of built) assert.ok(ARM[platform](file));
    // Names of functions stand in the files as they are, on macOS with a line before each and stubs named after them.
    const names = built[1].toString('latin1').match(/(?<=\0_?)TFE?_[A-Z][a-z]\w+(?=\0)/g) ?? [];
    const called = new Set(names.filter((name) => !name.endsWith('__thunk')));
    assert.ok(called.size >= 60, `${called.size} functions`);
    const offered = readdirSync(tensorflow)
      .filter((name) => name.startsWith('lib'))
      .map((name) => readFileSync(join(tensorflow, name)));
    const missing = [...called].filter(
      (name) => !offered.some((library) => library.includes(`${name}\0`)),
    );
    assert.deepEqual(missing, []);
  });
}
