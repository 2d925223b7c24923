import { newPlace } from './kernel';
import { type Cell, type TableOptions, tableHtml } from './table-html';

/** A danfo DataFrame or Series, derived ones included, which are of another class. */
export interface Frame {
  readonly columns: readonly string[];
  readonly values: unknown;
  readonly index: readonly (string | number)[];
}

/** What {@link table} takes: a frame, or plain rows. */
export type TableData = Frame | readonly object[];

export function isFrame(data: unknown): data is Frame {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false;
  const { columns, values, index } = data as Partial<Frame>;
  return Array.isArray(columns) && Array.isArray(values) && Array.isArray(index);
}

/**
 * Shows a DataFrame, or plain rows, as a table: numbers to the right with one number of decimals a column, text
 * escaped, rows after the thirtieth folded away. A click on a heading sorts. Missing values and NaN show as –.
 *
 * ```ts
 * const frame = new DataFrame(loadRun('nano-s0').training);
 * table(frame.query(frame.column('step').le(100)), { sortBy: 'loss', caption: 'the first 100 updates' });
 * ```
 * @throws RangeError for a column to sort by that is not there, TypeError for what is neither frame nor rows.
 */
export function table(data: TableData, options: TableOptions = {}): void {
  const { columns, rows } = toRows(data);
  newPlace().html(tableHtml(columns, rows, options));
}

/**
 * Columns and rows of a frame or of plain objects, whose columns are all fields that occur. An index of names,
 * as `describe` makes it, is the first column.
 */
export function toRows(data: TableData): { columns: string[]; rows: Cell[][] } {
  if (isFrame(data)) {
    const values = (data.values as (Cell | Cell[])[]).map((row) => [row].flat() as Cell[]);
    const named = data.index.some((name) => typeof name !== 'number');
    return named
      ? { columns: ['', ...data.columns], rows: values.map((row, i) => [data.index[i], ...row]) }
      : { columns: [...data.columns], rows: values };
  }
  if (!Array.isArray(data) || data.some((row) => typeof row !== 'object' || row === null)) {
    throw new RangeError('This is no table: give a DataFrame, or an array of rows like {step: 1}.');
  }
  const columns = new Set<string>();
  for (const row of data) for (const name of Object.keys(row)) columns.add(name);
  const names = [...columns];
  return { columns: names, rows: data.map((row) => names.map((name) => row[name])) };
}
