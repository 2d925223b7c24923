import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { OUT, ROOT } from '../../lib/environment/paths';

const folder = join(OUT, 'test-kernel');
test.before(() => mkdirSync(folder, { recursive: true }));
test.after(() => rmSync(folder, { recursive: true }));

/** A notebook whose only cell tells the kernel's process and then waits for ever. */
function waiting(name: string): { path: string; kernel(): Promise<number> } {
  const told = join(folder, `${name}.pid`);
  const source = `require('node:fs').writeFileSync(${JSON.stringify(told)}, String(process.pid)); await new Promise(() => {});`;
  const cell = {
    id: 'a',
    cell_type: 'code',
    metadata: {},
    source,
    outputs: [],
    execution_count: null,
  };
  const kernelspec = { name: 'tslab', display_name: 'TypeScript (tslab)', language: 'typescript' };
  const path = join(folder, `${name}.ipynb`);
  const notebook = { cells: [cell], metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 };
  writeFileSync(path, JSON.stringify(notebook));
  return {
    path,
    kernel: async () => {
      return soon(
        () => Number(readFileSync(told, 'utf8')) || undefined,
        'the kernel did not start',
      );
    },
  };
}

/** The first value that `look` gives; what it throws means "not yet". */
async function soon<T>(look: () => T | undefined, otherwise: string): Promise<T> {
  for (const end = Date.now() + 240_000; Date.now() < end; ) {
    try {
      const value = look();
      if (value !== undefined) return value;
    } catch {}
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(otherwise);
}

function alive(process: number): boolean {
  try {
    globalThis.process.kill(process, 0);
    return true;
  } catch {
    return false;
  }
}

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGKILL'] as const) {
  test(`after ${signal} to whoever executes a notebook, no kernel is left`, async () => {
    const { path, kernel } = waiting(signal);
    const script = `require(${JSON.stringify(join(ROOT, 'lib/dist/lib/notebook/files/execute.js'))}).executeNotebook(${JSON.stringify(path)}, {})`;
    const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    const id = await kernel();
    assert.ok(alive(id));
    child.kill(signal);
    await soon(() => (alive(id) ? undefined : true), `the kernel ${id} is still there`);
  });
}
