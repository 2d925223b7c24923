import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { CACHE, OUT, VENV } from '../../environment/paths';
import type { Progress } from '../../environment/progress';
import { VENV_PYTHON } from '../../environment/python';
import { processLives } from '../../files/lock';
import { Problem } from '../../files/problem';
import { writeWhole } from '../../files/whole';
import { HOME, REPORTS, type Report, reported, STARTED_BY } from '../reports';
import { type Notebook, readNotebook } from './notebook-file';
import { setParameters } from './parameters';

/** Longest time in seconds that one cell may take, and until a kernel answers, on a busy machine. */
const [CELL, START] = [3 * 3600, 300];

/** Keeps everything that Jupyter writes inside the clone. */
export function jupyterEnvironment(): NodeJS.ProcessEnv {
  const folder = (name: string) => join(CACHE, 'jupyter', name);
  return {
    ...process.env,
    JUPYTER_CONFIG_DIR: folder('config'),
    JUPYTER_DATA_DIR: folder('data'),
    JUPYTER_RUNTIME_DIR: folder('runtime'),
    JUPYTERLAB_SETTINGS_DIR: folder('lab-settings'),
    JUPYTERLAB_WORKSPACES_DIR: folder('lab-workspaces'),
    IPYTHONDIR: folder('ipython'),
    JUPYTER_PREFER_ENV_PATH: '1',
    PATH: `${join(VENV, 'bin')}:${process.env.PATH}`,
  };
}

/**
 * Executes a copy of a notebook on the tslab kernel, top to bottom, and returns it with its outputs.
 * @param parameters as {@link setParameters}. @param onProgress is told of cells done, and of the training within one.
 * @throws Problem naming the cell that failed, or a parameter that does not fit.
 */
export async function executeNotebook(
  path: string,
  parameters: Record<string, string> = {},
  onProgress?: (progress: Progress) => void,
): Promise<Notebook> {
  const notebook = readNotebook(path);
  setParameters(path, notebook, parameters);
  const code = notebook.cells.filter(({ cell_type }) => cell_type === 'code');
  for (const cell of code) cell.outputs = [];
  const folder = join(OUT, `.executing-${process.pid}`);
  const copy = join(folder, basename(path));
  const progress = { label: basename(path, '.ipynb'), of: code.length, secondsLeft: Number.NaN };
  let done = 0;
  try {
    sweepCopies();
    writeWhole(copy, JSON.stringify(notebook));
    const args = [
      ...['-m', 'nbconvert', '--to', 'notebook', '--execute', '--inplace', copy],
      `--ExecutePreprocessor.timeout=${CELL}`,
      `--ExecutePreprocessor.startup_timeout=${START}`,
      '--ExecutePreprocessor.kernel_name=tslab',
    ];
    const env = { [REPORTS]: '1', [HOME]: dirname(path), [STARTED_BY]: String(process.pid) };
    const failed = await runJupyter(args, env, (report) => {
      if (report.kind === 'cell') done++;
      const detail = report.kind === 'progress' ? report.text : undefined;
      onProgress?.({ ...progress, done, detail });
    });
    if (failed) throw new Problem(`${basename(path)} ${failed}`);
    return readNotebook(copy);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Removes the copies of those who were killed while they executed. */
export function sweepCopies(): void {
  for (const name of existsSync(OUT) ? readdirSync(OUT) : []) {
    const [, pid] = /^\.executing-(\d+)$/.exec(name) ?? [];
    const left = pid && !processLives(Number(pid));
    if (left) rmSync(join(OUT, name), { recursive: true, force: true });
  }
}

/** Runs .venv's Python, and ends it first where this process is asked to end. @returns how it failed, if it did. */
function runJupyter(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  onReport: (report: Report) => void,
): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(VENV_PYTHON, args, {
      env: { ...jupyterEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that Ctrl-C reaches it through us, once.
      detached: true,
    });
    const printed: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        const report = reported(line);
        if (report) onReport(report);
        else printed.push(line);
      });
    }
    let why = '';
    // Asked to end, nbconvert ends its kernel first.
    const end = () => {
      why = 'was stopped: the last good one stays.';
      child.kill('SIGTERM');
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, end);
    child.on('error', ({ message }) => resolve(message));
    child.on('close', (code) => {
      for (const signal of signals) process.off(signal, end);
      resolve(why || (code === 0 ? '' : `failed:\n${failure(printed.join('\n'))}`));
    });
  });
}

/** What nbconvert says of the cell that failed: its source and its error, without Python's own traceback. */
function failure(output: string): string {
  const at = output.indexOf('An error occurred while executing the following cell');
  return (at < 0 ? output.trim().split('\n').slice(-12).join('\n') : output.slice(at)).trim();
}
