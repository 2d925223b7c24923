import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from '../environment/paths';
import { Problem } from '../environment/problem';
import { Figure } from '../figures/figure';
import { PLOTLY_MIME } from './show';

/** One output of a cell: data by MIME type, for those that display something. */
export interface CellOutput {
  output_type: string;
  data?: Record<string, unknown>;
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

const FOLDER = join(ROOT, 'notebooks');

/**
 * Paths of the project's notebooks, all or those whose names start with one of `wanted` (`01`, `03-metric`).
 * @throws Problem naming those that are not there.
 */
export function notebookPaths(wanted: readonly string[] = []): string[] {
  const names = existsSync(FOLDER)
    ? readdirSync(FOLDER)
        .filter((name) => name.endsWith('.ipynb'))
        .sort()
    : [];
  const unknown = wanted.filter((part) => !names.some((name) => name.startsWith(part)));
  if (unknown.length > 0) {
    throw new Problem(
      `There is no notebook ${unknown.join(', ')}: use one of ${names.join(', ')}.`,
    );
  }
  return names
    .filter((name) => wanted.length === 0 || wanted.some((part) => name.startsWith(part)))
    .map((name) => join(FOLDER, name));
}

/** @throws Problem where the file is not a notebook. */
export function readNotebook(path: string): Notebook {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Problem(`${path} cannot be read as a notebook: ${(error as Error).message}.`);
  }
}

/** A cell's text in one piece. */
export function sourceOf(cell: NotebookCell): string {
  return Array.isArray(cell.source) ? cell.source.join('') : cell.source;
}

/** The figures in a notebook's outputs, with the outputs they are in, in order. */
export function figuresIn(notebook: Notebook): { figure: Figure; output: CellOutput }[] {
  return notebook.cells.flatMap(({ outputs = [] }) =>
    outputs.flatMap((output) => {
      const spec = output.data?.[PLOTLY_MIME] as Figure | undefined;
      return spec ? [{ figure: new Figure(spec.data, spec.layout, spec.config), output }] : [];
    }),
  );
}

/** Name for files made from the `index`-th figure (from 0) of a notebook. */
export function figureName(notebookPath: string, index: number): string {
  return `${basename(notebookPath, '.ipynb')}-${index + 1}`;
}
