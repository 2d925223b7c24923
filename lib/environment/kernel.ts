import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, VENV } from './paths';

/** Megabytes that a notebook's JavaScript may use; Node's default would be far less than a run's tables need. */
const HEAP_MB = 4096;

/**
 * Registers the tslab kernel inside .venv, where only this clone's JupyterLab sees it. Paths are absolute
 * because Jupyter starts kernels in the notebook's folder and would take any other `tslab` on the PATH.
 */
export function installKernel(): void {
  const folder = join(VENV, 'share', 'jupyter', 'kernels', 'tslab');
  const spec = {
    argv: [
      process.execPath,
      `--max-old-space-size=${HEAP_MB}`,
      ...['--require', join(ROOT, 'lib', 'dist', 'lib', 'notebook', 'kernel-start.js')],
      join(ROOT, 'node_modules', 'tslab', 'bin', 'tslab'),
      'kernel',
      '--config-path',
      '{connection_file}',
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
