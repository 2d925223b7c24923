import { appendFileSync, closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import Papa from 'papaparse';
import { Problem, writing } from './problem';
import { unreadable, writeWhole } from './whole';

/** A column of a table on disk. */
export interface Column {
  readonly name: string;
  /** True for text; other columns hold numbers. */
  readonly text?: boolean;
  /** True where a number may be missing: an empty cell, which reads as undefined. */
  readonly optional?: boolean;
  /** Significant digits that numbers are kept to, 6 by default; integers stay whole. */
  readonly digits?: number;
}

/** Columns by their names: those with `?` may be empty, those with `'` hold text. */
export const columns = (names: string, digits?: number): Column[] =>
  names.split(' ').map((name) => ({
    ...{ name: name.replace(/[?']$/, ''), digits },
    ...{ optional: name.endsWith('?'), text: name.endsWith("'") },
  }));

type Row = Record<string, string | number | undefined>;

const RESTORE = 'restore it (git checkout), or move it away and run again';

/** A number as tables keep it: six significant digits are far below any spread between seeds. */
export function rounded(value: number, digits = 6): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(digits));
}

/**
 * Appends rows to a table, with a header if the file is new. A table with fewer columns is written anew with all.
 * @throws Problem where the disk is full or not writable, or the table there is not one of these columns.
 */
export function appendCsv(path: string, columns: readonly Column[], rows: readonly object[]): void {
  if (rows.length === 0) return;
  if (existsSync(path) && headerOf(path) === header(columns)) {
    writing(path, () => appendFileSync(path, linesOf(columns, rows)));
  } else writeCsv(path, columns, [...readCsv(path, columns), ...rows]);
}

export function writeCsv(path: string, columns: readonly Column[], rows: readonly object[]): void {
  writeWhole(path, `${header(columns)}\n${linesOf(columns, rows)}`);
}

/**
 * Reads a table; a missing file has no rows. Columns that an older table lacks read as undefined.
 * @throws Problem naming file, line and column where a row is cut short, a number cannot be read, a column is not
 * known, or a spreadsheet has saved the file in its own way.
 * @param growing true to leave out a last line that is cut short: a process writes it, or was killed when it did.
 */
export function readCsv(path: string, columns: readonly Column[], growing = false): Row[] {
  if (!existsSync(path)) return [];
  const text = textOf(path);
  return parsed(path, growing ? text.slice(0, text.lastIndexOf('\n') + 1) : text, columns);
}

function parsed(path: string, text: string, columns: readonly Column[]): Row[] {
  if (text.startsWith('\uFEFF') || text.includes('\r')) {
    throw new Problem(
      `${path} was saved by another program (byte-order mark or CRLF line ends): ${RESTORE}.`,
    );
  }
  if (!text.endsWith('\n')) throw new Problem(`${path} is cut off in its last line: ${RESTORE}.`);
  const [names, ...records] = Papa.parse<string[]>(text.slice(0, -1), { delimiter: ',' }).data;
  const known = new Map(columns.map((column) => [column.name, column]));
  const strange = names.find((name) => !known.has(name));
  if (strange !== undefined) {
    throw new Problem(
      `${path} has a column "${strange}" that this code does not know; it knows ${header(columns)}: ` +
        'it was made by other code, so move it away.',
    );
  }
  const lacking = columns.filter(({ name }) => !names.includes(name));
  return records.map((record, index) => {
    const bad = (what: string) => new Problem(`${path} line ${index + 2}: ${what}; ${RESTORE}.`);
    if (record.length !== names.length) {
      throw bad(`${record.length} cells instead of ${names.length}`);
    }
    const row: Row = Object.fromEntries(lacking.map(({ name }) => [name, undefined]));
    names.forEach((name, i) => {
      const { text: isText, optional } = known.get(name)!;
      const cell = record[i];
      const value = isText ? cell : cell === '' && optional ? undefined : Number(cell);
      if (!isText && (Number.isNaN(value) || (cell === '' && !optional))) {
        throw bad(`${name} is "${cell}", not a number`);
      }
      row[name] = value;
    });
    return row;
  });
}

/**
 * Drops the rows after those of `step`, and a last line that was cut short: what a process has written since it was
 * last saved when it is killed, and will write again. The first column is the step.
 * @returns rows left.
 * @throws Problem as {@link readCsv}, before anything is changed.
 */
export function cutCsv(path: string, columns: readonly Column[], step: number): Row[] {
  if (!existsSync(path)) return [];
  const text = textOf(path);
  const [head = '', ...lines] = text.split(/(?<=\n)/).filter((row) => row.endsWith('\n'));
  const whole = [head, ...lines.filter((row) => Number.parseInt(row, 10) <= step)].join('');
  const rows = parsed(path, whole, columns);
  if (whole !== text) writeWhole(path, whole);
  return rows;
}

function header(columns: readonly Column[]): string {
  return columns.map(({ name }) => name).join(',');
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(path, error, RESTORE);
  }
}

/** The first line, without reading the rest. */
function headerOf(path: string): string {
  const descriptor = openSync(path, 'r');
  try {
    // No header is longer.
    const start = Buffer.alloc(4096);
    return start.toString('utf8', 0, readSync(descriptor, start)).split('\n', 1)[0];
  } finally {
    closeSync(descriptor);
  }
}

function linesOf(columns: readonly Column[], rows: readonly object[]): string {
  const cells = (row: Row) => columns.map(({ name, digits }) => cell(row[name], digits));
  return rows.map((row) => `${cells(row as Row).join(',')}\n`).join('');
}

function cell(value: Row[string], digits?: number): string {
  if (typeof value === 'number') return Number.isNaN(value) ? '' : String(rounded(value, digits));
  // A table's lines are its rows, so a cell is one line.
  const flat = (value ?? '').replace(/\s+/g, ' ');
  return /[",]/.test(flat) ? `"${flat.replaceAll('"', '""')}"` : flat;
}
