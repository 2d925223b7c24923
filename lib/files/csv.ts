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
  /** Significant digits that numbers are kept to, {@link DIGITS} by default; integers stay whole. */
  readonly digits?: number;
}

type Row = Record<string, string | number | undefined>;

/** Far below any spread between seeds. */
export const DIGITS = 6;

/** A number as tables keep it. */
export function rounded(value: number, digits = DIGITS): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(digits));
}

/**
 * Appends rows to a table, with a header if the file is new. A table with fewer columns is written anew with all.
 * @throws Problem where the disk is full or not writable, or the table there is not one of these columns.
 */
export function appendCsv(path: string, columns: readonly Column[], rows: readonly object[]): void {
  if (rows.length === 0) return;
  if (!existsSync(path) || headerOf(path) !== header(columns)) {
    writeCsv(path, columns, [...readCsv(path, columns), ...rows]);
    return;
  }
  const lines = rows.map((row) => line(columns, row as Row)).join('');
  writing(path, () => appendFileSync(path, lines));
}

/** Writes a table whole or not at all. */
export function writeCsv(path: string, columns: readonly Column[], rows: readonly object[]): void {
  const lines = rows.map((row) => line(columns, row as Row)).join('');
  writeWhole(path, `${header(columns)}\n${lines}`);
}

/**
 * Reads a table; a missing file has no rows. Columns that an older table lacks read as undefined.
 * @throws Problem naming file, line and column where a row is cut short, a number cannot be read, a column is not
 * known, or a spreadsheet has saved the file in its own way.
 */
export function readCsv(path: string, columns: readonly Column[]): Row[] {
  return existsSync(path) ? parsed(path, textOf(path), columns) : [];
}

const RESTORE = 'restore it (git checkout), or move it away and run again';

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
  const lacking = columns.filter(({ name }) => !names.includes(name)).map(({ name }) => name);
  return records.map((record, index) => {
    const bad = (what: string) => new Problem(`${path} line ${index + 2}: ${what}; ${RESTORE}.`);
    if (record.length !== names.length) {
      throw bad(`${record.length} cells instead of ${names.length}`);
    }
    const row: Row = Object.fromEntries(lacking.map((name) => [name, undefined]));
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
    const start = Buffer.alloc(HEADER_BYTES);
    return start.toString('utf8', 0, readSync(descriptor, start)).split('\n', 1)[0];
  } finally {
    closeSync(descriptor);
  }
}

/** No header is longer. */
const HEADER_BYTES = 4096;

function line(columns: readonly Column[], row: Row): string {
  const cells = columns.map(({ name, digits }) => {
    const value = row[name];
    if (typeof value === 'number') {
      return Number.isNaN(value) ? '' : String(rounded(value, digits));
    }
    // A table's lines are its rows, so a cell is one line.
    const flat = (value ?? '').replace(/\s+/g, ' ');
    return /[",]/.test(flat) ? `"${flat.replaceAll('"', '""')}"` : flat;
  });
  return `${cells.join(',')}\n`;
}
