import { DataFrame } from 'danfojs-node';
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
  const cell = (tag: string, text: string, right: boolean) =>
    `<${tag} style="text-align:${right ? 'right' : 'left'};padding:2px 10px;white-space:nowrap;` +
    `font-variant-numeric:tabular-nums">${text}</${tag}>`;
  const head = columns.map((name, i) => cell('th', escapeHtml(name), numeric[i])).join('');
  const body = rows
    .map(
      (row) =>
        `<tr>${row.map((value, i) => cell('td', format(value, digits), numeric[i])).join('')}</tr>`,
    )
    .join('\n');
  return (
    `<div style="max-height:420px;overflow:auto"><table style="border-collapse:collapse">` +
    `${caption ? `<caption style="text-align:left;padding:4px 10px">${escapeHtml(caption)}</caption>` : ''}` +
    `<thead><tr>${head}</tr></thead>\n<tbody>${body}</tbody></table></div>`
  );
}

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

function format(value: Cell, digits: number): string {
  if (value == null || (typeof value === 'number' && Number.isNaN(value))) return '–';
  if (typeof value !== 'number') return escapeHtml(String(value));
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-4 || size >= 1e6)
    ? value.toExponential(digits - 1)
    : String(Number(value.toPrecision(digits)));
}
