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
import { CACHE } from '../../lib/environment/paths';

// What XLA compiles is kept for the next process.

/** A number that no other run of these tests has compiled, exact as a float32. */
const FRESH = Date.now() % 2 ** 24;
const library = (name: string) => JSON.stringify(join(__dirname, '../../lib', name));
const SCRIPT = `
  const { tf } = require(${library('environment/tensorflow.js')});
  const { compile } = require(${library('compile/index.js')});
  const sums = [1, 2].map(() => compile((x) => tf.sum(tf.mul(x, ${FRESH}))));
  const values = sums.map((sum) => {
    const value = sum(tf.range(0, 1000)).dataSync()[0];
    sum.dispose();
    return value;
  });
  console.log(JSON.stringify({ values, folder: /'(.*)'/.exec(process.env.TF_XLA_FLAGS)[1] }));
`;

/** Values that a new process computes, and the entries that are kept after it. */
function inNewProcess(env: NodeJS.ProcessEnv = process.env) {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', SCRIPT], { env, encoding: 'utf8' });
  assert.ok(stdout, stderr);
  const { values, folder } = JSON.parse(stdout) as { values: number[]; folder: string };
  assert.ok(!existsSync(folder), 'a process leaves no folder behind');
  const kept = dirname(folder);
  const entries = readdirSync(kept).filter((name) => name.endsWith('.pb'));
  return { values, kept, entries: new Set(entries) };
}

test('what one process has compiled, the next one takes; what was cut short is compiled anew', () => {
  mkdirSync(join(CACHE, 'xla'), { recursive: true });
  const before = new Set(readdirSync(join(CACHE, 'xla'), { recursive: true, encoding: 'utf8' }));
  const first = inNewProcess();
  // Two functions that do the same are one.
  assert.equal(first.values[0], first.values[1]);
  const own = [...first.entries].filter((name) =>
    [...before].every((path) => !path.endsWith(name)),
  );
  assert.equal(own.length, 1);
  const entry = join(first.kept, own[0]);
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
  copyFileSync(entry, join(killed, own[0]));
  inNewProcess();
  assert.ok(!existsSync(killed));
  rmSync(entry);
});

test('other flags of XLA have entries of their own', () => {
  const env = { ...process.env, XLA_FLAGS: '--xla_cpu_enable_fast_min_max=true' };
  assert.notEqual(inNewProcess(env).kept, inNewProcess().kept);
});
