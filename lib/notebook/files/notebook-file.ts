import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { ROOT } from '../../environment/paths';
import { runProgram } from '../../environment/program';
import { nameOf, type Plot } from '../../figures/plot';
import { Problem } from '../../files/problem';
import { PLOTLY_MIME } from '../show';

/** One output of a cell; `data` is by MIME type. */
export interface CellOutput {
  output_type: string;
  data?: Record<string, unknown>;
  [field: string]: unknown;
}

interface NotebookCell {
  cell_type: 'code' | 'markdown' | 'raw';
  source: string | string[];
  metadata: { tags?: string[]; [key: string]: unknown };
  outputs?: CellOutput[];
  [field: string]: unknown;
}

/** A notebook as Jupyter stores it. */
export interface Notebook {
  cells: NotebookCell[];
  metadata: Record<string, unknown>;
  [field: string]: unknown;
}

export const NOTEBOOKS = join(ROOT, 'notebooks');

/**
 * Paths of the project's notebooks: those that git tracks, all or those whose names start with one of `wanted`
 * (`01`, `03-metric`). A path of another notebook is taken as it is.
 * @throws Problem naming those that are not there.
 */
export function notebookPaths(wanted: readonly string[] = []): string[] {
  const own = trackedNotebooks();
  if (wanted.length === 0) return own;
  const found = wanted.flatMap((part) => {
    const matches = own.filter((path) => basename(path).startsWith(part));
    if (matches.length > 0) return matches;
    if (part.endsWith('.ipynb') && existsSync(part)) return [resolve(part)];
    const names = own.map((path) => basename(path)).join(', ');
    throw new Problem(`There is no notebook "${part}": use one of ${names}, or a path.`);
  });
  return [...new Set(found)].sort();
}

function trackedNotebooks(): string[] {
  const listed = runProgram('git', ['-C', NOTEBOOKS, 'ls-files', '*.ipynb'], 10);
  // A copy of the project without its history knows its own by their numbers.
  const numbered = () => readdirSync(NOTEBOOKS).filter((name) => /^\d\d-.*\.ipynb$/.test(name));
  const names = listed.ok ? listed.output.split('\n') : numbered();
  return names
    .filter((name) => name !== '' && !name.includes('/') && existsSync(join(NOTEBOOKS, name)))
    .sort()
    .map((name) => join(NOTEBOOKS, name));
}

/** @throws Problem where the file is not a notebook. */
export function readNotebook(path: string): Notebook {
  try {
    const notebook: Notebook | null = JSON.parse(readFileSync(path, 'utf8'));
    if (!notebook || !Array.isArray(notebook.cells)) throw new Error('it has no cells');
    return notebook;
  } catch (error) {
    throw new Problem(`${path} cannot be read as a notebook: ${(error as Error).message}.`);
  }
}

/** A cell's or an output's text in one piece. */
export function textOf(text: unknown): string {
  return Array.isArray(text) ? text.join('') : typeof text === 'string' ? text : '';
}

/** The figures in a notebook's outputs, in order, with names for files: `01-floors-by-task`, each one once. */
export function figuresIn(path: string, { cells }: Notebook) {
  const number = /^\d\d/.exec(basename(path))?.[0] ?? basename(path, '.ipynb');
  const taken = new Map<string, number>();
  const outputs = cells.flatMap((cell) => cell.outputs ?? []);
  return outputs.flatMap((output) => {
    const figure = output.data?.[PLOTLY_MIME] as Plot | undefined;
    if (!figure) return [];
    const name = `${number}-${nameOf(figure)}`;
    const times = (taken.get(name) ?? 0) + 1;
    taken.set(name, times);
    return [{ figure, name: times > 1 ? `${name}-${times}` : name, output }];
  });
}
