import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { ROOT } from '../../environment/paths';
import { runProgram } from '../../environment/program';
import { nameOf, type Plot } from '../../figures/plot';
import { Problem } from '../../files/problem';
import { PLOTLY_MIME } from '../show';

/** One output of a cell: data by MIME type, for those that display something. */
export interface CellOutput {
  output_type: string;
  data?: Record<string, unknown>;
  text?: string | string[];
  [field: string]: unknown;
}

export interface NotebookCell {
  cell_type: 'code' | 'markdown' | 'raw';
  source: string | string[];
  metadata: { tags?: string[]; [key: string]: unknown };
  outputs?: CellOutput[];
  execution_count?: number | null;
  [field: string]: unknown;
}

/** A notebook as Jupyter stores it. */
export interface Notebook {
  cells: NotebookCell[];
  metadata: Record<string, unknown>;
  [field: string]: unknown;
}

/** Where the project's notebooks are. */
export const NOTEBOOKS = join(ROOT, 'notebooks');

/**
 * Paths of the project's notebooks: those that git tracks, all or those whose names start with one of `wanted`
 * (`01`, `03-metric`). A path of another notebook is taken as it is.
 * @throws Problem naming those that are not there.
 */
export function notebookPaths(wanted: readonly string[] = []): string[] {
  const own = trackedNotebooks();
  if (wanted.length === 0) return own;
  const found = wanted.map((part) => {
    const matches = own.filter((path) => basename(path).startsWith(part));
    if (matches.length > 0) return matches;
    if (part.endsWith('.ipynb') && existsSync(part)) return [resolve(part)];
    throw new Problem(
      `There is no notebook "${part}": use one of ${own.map((path) => basename(path)).join(', ')}, or a path.`,
    );
  });
  return [...new Set(found.flat())].sort();
}

function trackedNotebooks(): string[] {
  const listed = runProgram('git', ['-C', NOTEBOOKS, 'ls-files', '*.ipynb'], 10);
  // A copy of the project without its history knows its own by their numbers.
  const names = listed.ok
    ? listed.output.split('\n')
    : readdirSync(NOTEBOOKS).filter((name) => /^\d\d-.*\.ipynb$/.test(name));
  return names
    .filter((name) => name !== '' && !name.includes('/') && existsSync(join(NOTEBOOKS, name)))
    .sort()
    .map((name) => join(NOTEBOOKS, name));
}

/** @throws Problem where the file is not a notebook. */
export function readNotebook(path: string): Notebook {
  const bad = (why: string) => new Problem(`${path} cannot be read as a notebook: ${why}.`);
  let notebook: Notebook | null;
  try {
    notebook = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw bad((error as Error).message);
  }
  if (!notebook || !Array.isArray(notebook.cells)) throw bad('it has no cells');
  return notebook;
}

/** A cell's or an output's text in one piece. */
export function textOf(text: unknown): string {
  return Array.isArray(text) ? text.join('') : typeof text === 'string' ? text : '';
}

/** The first heading of a notebook; its file's name where it has none. */
export function headingOf(path: string, { cells }: Notebook): string {
  const first = cells.find(({ cell_type }) => cell_type === 'markdown');
  return /^# (.*)$/m.exec(textOf(first?.source))?.[1] ?? basename(path, '.ipynb');
}

/** The figures in a notebook's outputs, in order, with names for files: `01-floors-by-task`, each one once. */
export function figuresIn(
  path: string,
  { cells }: Notebook,
): { readonly figure: Plot; readonly name: string; readonly output: CellOutput }[] {
  const number = /^\d\d/.exec(basename(path))?.[0] ?? basename(path, '.ipynb');
  const taken = new Map<string, number>();
  return cells.flatMap(({ outputs = [] }) =>
    outputs.flatMap((output) => {
      const figure = output.data?.[PLOTLY_MIME] as Plot | undefined;
      if (!figure) return [];
      const name = `${number}-${nameOf(figure)}`;
      const times = (taken.get(name) ?? 0) + 1;
      taken.set(name, times);
      return [{ figure, name: times > 1 ? `${name}-${times}` : name, output }];
    }),
  );
}
