import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unwritable } from '../files/problem';
import { installBinding } from './binding';
import { installBrowser } from './browser';
import { installLibrary, machinesWheel } from './library';
import { ROOT, VENV } from './paths';
import { installJupyter, makeVenv } from './python';

/**
 * Sets up all that the project needs inside the clone, after the npm packages and the build (lib/cli.mjs). Each step is
 * skipped where its result stands. @throws Problem naming what is missing and what to do.
 */
export function setUp(): Promise<void> {
  return (ended ??= work());
}

/** Once in a process is enough. */
let ended: Promise<void> | undefined;

async function work(): Promise<void> {
  try {
    const wheel = machinesWheel();
    await makeVenv();
    // Where one fails, the others are let finish: what they have done stands at the next try.
    const library = installLibrary(wheel);
    const others = [library, installBinding(wheel, library), installBrowser()];
    const ends = await Promise.allSettled([installJupyter(), ...others]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    installKernel();
  } catch (error) {
    throw unwritable((error as NodeJS.ErrnoException).path ?? VENV, error);
  }
}

/** Megabytes that a notebook's JavaScript may use; Node's default is less than a run's tables need. */
const HEAP_MB = 4096;

/** Registers the tslab kernel inside .venv, by absolute paths: Jupyter would take any other `tslab` on the PATH. */
function installKernel(): void {
  const folder = join(VENV, 'share', 'jupyter', 'kernels', 'tslab');
  const spec = {
    argv: [
      ...[process.execPath, `--max-old-space-size=${HEAP_MB}`, '--require'],
      join(ROOT, 'lib', 'dist', 'lib', 'notebook', 'kernel-start.js'),
      join(ROOT, 'node_modules', 'tslab', 'bin', 'tslab'),
      ...['kernel', '--config-path', '{connection_file}'],
    ],
    display_name: 'TypeScript (tslab)',
    language: 'typescript',
    env: { TF_CPP_MIN_LOG_LEVEL: '3' },
  };
  writeChanged(folder, 'kernel.json', `${JSON.stringify(spec, null, 2)}\n`);
}

/** Writes a file where it differs, so that a clone that stands can be read-only. */
export function writeChanged(folder: string, name: string, text: string): void {
  const path = join(folder, name);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, text);
}
