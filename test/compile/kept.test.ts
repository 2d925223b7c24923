import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';

// What XLA compiles is kept for the next process.

/** Other flags of XLA have entries of their own: no other test uses these. */
const OWN = { ...process.env, XLA_FLAGS: '--xla_cpu_enable_fast_min_max=true' };
const library = (name: string) => JSON.stringify(join(__dirname, '../../lib', name));
const SCRIPT = `
  const { tf } = require(${library('environment/tensorflow.js')});
  const { compile } = require(${library('compile/index.js')});
  const sums = [1, 2].map(() => compile((x) => tf.sum(tf.mul(x, 3))));
  const values = sums.map((sum) => {
    const value = sum(tf.range(0, 1000)).dataSync()[0];
    sum.dispose();
    return value;
  });
  console.log(JSON.stringify({ values, folder: /'(.*)'/.exec(process.env.TF_XLA_FLAGS)[1] }));
`;

/** Values that a new process computes, and the entries that are kept after it. */
function inNewProcess(env: NodeJS.ProcessEnv = OWN) {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', SCRIPT], { env, encoding: 'utf8' });
  assert.ok(stdout, stderr);
  const { values, folder } = JSON.parse(stdout) as { values: number[]; folder: string };
  assert.ok(!existsSync(folder), 'a process leaves no folder behind');
  const kept = dirname(folder);
  return { values, kept, entries: readdirSync(kept) };
}

test('what one process has compiled, the next one takes; what was cut short is compiled anew', () => {
  rmSync(inNewProcess().kept, { recursive: true });
  const first = inNewProcess();
  // Two functions that do the same are one.
  assert.equal(first.values[0], first.values[1]);
  assert.equal(first.entries.length, 1);
  const entry = join(first.kept, first.entries[0]);
  const { mtimeMs, size } = statSync(entry);
  const again = inNewProcess();
  assert.deepEqual(again.values, first.values);
  assert.equal(statSync(entry).mtimeMs, mtimeMs);

  for (const left of [0, 1, size >> 1, size - 1]) {
    truncateSync(entry, left);
    assert.deepEqual(inNewProcess().values, first.values);
    assert.equal(statSync(entry).size, size);
  }
  // What a process leaves that is killed within a write.
  const killed = join(first.kept, 'process-4194303-a');
  mkdirSync(killed);
  copyFileSync(entry, join(killed, first.entries[0]));
  inNewProcess();
  assert.ok(!existsSync(killed));
  assert.notEqual(inNewProcess(process.env).kept, first.kept);
});
