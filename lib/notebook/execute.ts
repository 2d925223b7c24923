import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CACHE, OUT, ROOT, VENV } from '../environment/paths';
import { Problem, writing } from '../environment/problem';
import { VENV_PYTHON } from '../environment/python';
import { step } from '../environment/steps';
import { type Notebook, readNotebook, sourceOf } from './file';

/** Longest time that one cell may take. */
const CELL_SECONDS = 3 * 3600;

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
 * Executes a notebook on the tslab kernel, top to bottom, and returns it with its outputs. The notebook
 * itself is not touched: the work is done on a copy in out/notebooks.
 * @param parameters replace values of the cell tagged `parameters`, by name.
 * @throws Problem naming the cell that failed, or a parameter that the notebook does not have.
 */
export async function executeNotebook(
  path: string,
  parameters: Record<string, string>,
): Promise<{ notebook: Notebook; executed: string }> {
  const folder = join(OUT, 'notebooks');
  const executed = join(folder, basename(path));
  const notebook = readNotebook(path);
  setParameters(path, notebook, parameters);
  for (const cell of notebook.cells) if (cell.cell_type === 'code') cell.outputs = [];
  writing(executed, () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(executed, JSON.stringify(notebook));
  });
  let at = 'starting the kernel';
  const script = join(ROOT, 'lib', 'notebook', 'execute.py');
  const output = await step(
    basename(path),
    runJupyter([script, executed, String(CELL_SECONDS)], (printed) => {
      at = /.*(cell \d+ of \d+)/s.exec(printed)?.[1] ?? at;
    }),
    () => at,
  );
  if (output !== undefined) {
    throw new Problem(`${basename(path)} failed:\n${failure(output)}`);
  }
  return { notebook: readNotebook(executed), executed };
}

/**
 * Runs .venv's Python; resolves to what it printed where it failed, else to undefined.
 * @param look sees all that has been printed, whenever there is more.
 */
export function runJupyter(
  args: string[],
  look: (printed: string) => void = () => {},
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(VENV_PYTHON, args, {
      env: jupyterEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    const collect = (chunk: Buffer) => {
      printed += chunk;
      look(printed);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0 ? undefined : printed));
  });
}

/**
 * Gives parameters other values: rewrites `const name = value;` lines of the cell tagged `parameters`, in
 * place; strings are quoted as the line quotes them.
 * @throws Problem for a parameter that the notebook does not have, or a value of another kind.
 */
export function setParameters(
  path: string,
  notebook: Notebook,
  parameters: Record<string, string>,
): void {
  if (Object.keys(parameters).length === 0) return;
  const cell = notebook.cells.find(({ metadata }) => metadata.tags?.includes('parameters'));
  if (!cell) throw new Problem(`${basename(path)} has no cell tagged "parameters".`);
  let source = sourceOf(cell);
  for (const [name, value] of Object.entries(parameters)) {
    const line = new RegExp(`^(const ${name}\\b[^=]*= )(['"]?)([^'";]*)\\2;`, 'm');
    const found = line.exec(source);
    if (!found) {
      const known = [...source.matchAll(/^const (\w+)/gm)].map(([, known]) => known);
      throw new Problem(
        `${basename(path)} has no parameter "${name}": use one of ${known.join(', ')}.`,
      );
    }
    const quoted = found[2] ? JSON.stringify(value) : value;
    if (!found[2] && !/^(true|false|-?[\d.]+(e-?\d+)?)$/.test(value)) {
      throw new Problem(
        `Parameter ${name} of ${basename(path)} is "${value}": it must be like ${found[3]}.`,
      );
    }
    source = source.replace(line, () => `${found[1]}${quoted};`);
  }
  cell.source = source;
}

/** What Jupyter says of the cell that failed: its source and its error, without Python's own traceback. */
function failure(output: string): string {
  const at = output.indexOf('An error occurred while executing the following cell');
  return (at < 0 ? output.trim().split('\n').slice(-12).join('\n') : output.slice(at)).trim();
}
