import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { DataFrame, toExcel } from 'danfojs-node';
import Papa from 'papaparse';
import { OUT } from '../environment/paths';
import { Problem, writing } from '../environment/problem';
import { escapeHtml, newPlace } from './kernel';

/** How a table is shown. */
export interface TableOptions {
  /** Significant digits of numbers that are not whole, 4 by default. */
  readonly digits?: number;
  /** Column to sort by, and whether largest first. */
  readonly sortBy?: string;
  readonly descending?: boolean;
  /** A line above the table. */
  readonly caption?: string;
}

/** Characters up to which a text is kept on one line. */
const SHORT = 36;
/** Pixels of height above which a table scrolls: 24 task-levels are seen whole. */
const MOST_HEIGHT = 620;

type Cell = string | number | boolean | null | undefined;

/**
 * Shows a DataFrame, or plain rows, as a table: numbers to the right with sensible digits, text escaped,
 * scrolling where it is long. Missing values and NaN show as –.
 */
export function table(data: DataFrame | readonly object[], options: TableOptions = {}): void {
  newPlace().html(tableHtml(data, options));
}

/** The table as HTML, in the colors of the page around it. */
export function tableHtml(
  data: DataFrame | readonly object[],
  { digits = 4, sortBy, descending = false, caption }: TableOptions = {},
): string {
  const { columns, rows } = toRows(data);
  const by = sortBy === undefined ? -1 : columns.indexOf(sortBy);
  if (sortBy !== undefined && by < 0) {
    throw new RangeError(`There is no column "${sortBy}": sort by one of ${columns.join(', ')}.`);
  }
  if (by >= 0) rows.sort((a, b) => compare(a[by], b[by]) * (descending ? -1 : 1));
  const numeric = columns.map((_, i) =>
    rows.every((row) => row[i] == null || typeof row[i] === 'number'),
  );
  const formats = columns.map((_, i) =>
    numberFormat(
      rows.map((row) => row[i]).filter((value): value is number => typeof value === 'number'),
      digits,
    ),
  );
  const cell = (tag: string, text: string, right: boolean) => {
    // Short text keeps to its line; sentences wrap instead of pushing other columns out of sight.
    const wraps = !right && text.length > SHORT;
    return (
      `<${tag} style="text-align:${right ? 'right' : 'left'};padding:2px 10px;vertical-align:top;` +
      `${wraps ? 'min-width:16em;max-width:26em;white-space:normal' : 'white-space:nowrap'}">${text}</${tag}>`
    );
  };
  const head = columns.map((name, i) => cell('th', escapeHtml(name), numeric[i])).join('');
  const body = rows
    .map(
      (row) =>
        `<tr>${row.map((value, i) => cell('td', format(value, formats[i]), numeric[i])).join('')}</tr>`,
    )
    .join('\n');
  return (
    `<div style="max-height:${MOST_HEIGHT}px;overflow:auto">` +
    '<table style="border-collapse:collapse;font-variant-numeric:tabular-nums">' +
    `${caption ? `<caption style="text-align:left;padding:4px 10px">${escapeHtml(caption)}</caption>` : ''}` +
    `<thead><tr>${head}</tr></thead>\n<tbody>${body}</tbody></table></div>`
  );
}

/** Columns and rows of a DataFrame or of plain objects, whose columns are all fields that occur. */
function toRows(data: DataFrame | readonly object[]): { columns: string[]; rows: Cell[][] } {
  if (data instanceof DataFrame) {
    return { columns: data.columns, rows: (data.values as Cell[][]).map((row) => [...row]) };
  }
  const columns = [...new Set(data.flatMap((row) => Object.keys(row)))];
  return {
    columns,
    rows: data.map((row) => columns.map((column) => (row as Record<string, Cell>)[column])),
  };
}

function compare(a: Cell, b: Cell): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a ?? '').localeCompare(String(b ?? ''));
}

function format(value: Cell, number: (value: number) => string): string {
  if (value == null || (typeof value === 'number' && Number.isNaN(value))) return '–';
  return typeof value === 'number' ? number(value) : escapeHtml(String(value));
}

/**
 * How one column's numbers are written: whole numbers whole, others with as many decimals as give the
 * largest `digits` significant digits, so that points stand below each other. Where the smallest would
 * then lose all but its first digit, each number has its own digits.
 */
function numberFormat(values: readonly number[], digits: number): (value: number) => string {
  const finite = values.filter(Number.isFinite).map(Math.abs);
  if (finite.every(Number.isInteger)) return (value) => value.toLocaleString('en-US');
  const largest = Math.max(...finite);
  const smallest = Math.min(...finite.filter((value) => value > 0));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(largest)));
  if (decimals <= 8 && smallest >= 10 ** (1 - decimals) && largest < 1e6) {
    return (value) => value.toFixed(decimals);
  }
  return (value) => {
    const size = Math.abs(value);
    return size !== 0 && (size < 1e-4 || size >= 1e6)
      ? value.toExponential(digits - 1)
      : String(Number(value.toPrecision(digits)));
  };
}

/**
 * Writes a DataFrame, or plain rows, as CSV or Excel, by the name's ending. Numbers are written whole, not
 * with the digits that {@link table} shows.
 * @param name a path that ends in .csv or .xlsx; a relative one is below out/.
 * @returns the file's path.
 * @throws Problem for another ending, or where the file cannot be written.
 */
export function saveTable(data: DataFrame | readonly object[], name: string): string {
  const path = resolve(OUT, name);
  const ending = extname(name).toLowerCase();
  if (ending !== '.csv' && ending !== '.xlsx') {
    throw new Problem(`A table cannot be saved as "${name}": end the name in .csv or .xlsx.`);
  }
  const { columns, rows } = toRows(data);
  writing(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    if (ending === '.csv') {
      // A missing number is an empty cell, as pandas and Excel read it.
      const cells = rows.map((row) => row.map((value) => (Number.isNaN(value) ? '' : value)));
      writeFileSync(path, `${Papa.unparse({ fields: columns, data: cells }, { newline: '\n' })}\n`);
    } else {
      toExcel(new DataFrame(rows, { columns }), { filePath: path });
    }
  });
  return path;
}
