import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Papa from 'papaparse';
import { Problem, writing } from '../environment/problem';

/** One update in training.csv. */
export interface TrainingRow {
  step: number;
  /** Mean cross-entropy of the answers, nats per token. */
  loss: number;
  learning_rate: number;
  /** Global norm of the gradient before clipping. */
  grad_norm: number;
  /** Tokens of real sequences seen so far, padding included. */
  tokens: number;
  /** Seconds of work on this run so far, training and measuring, over all its sittings. */
  seconds: number;
}

/** One task-level at one step in behavior.csv. */
export interface BehaviorRow {
  step: number;
  task: string;
  level: number;
  /** Share of the diagnostic samples whose whole answer is right, 0…1. */
  accuracy: number;
  /** Mean log-probability of the whole answer, nats. */
  log_prob: number;
}

/** One layer's representation of one task-level at one step in geometry.csv. */
export interface GeometryRow {
  step: number;
  task: string;
  level: number;
  /** 0 = after the embeddings, 1…L = after each block. */
  layer: number;
  /** `prompt` = the last prompt token; `answer` = all answer positions. */
  position: 'prompt' | 'answer';
  /** Effective rank of the hidden states as they are, 1 … width. */
  rankme: number;
  /** The same after subtracting their mean. */
  rankme_centered: number;
}

/** The tables of a run, by name; each is a CSV file with a header. */
export interface Tables {
  training: TrainingRow[];
  behavior: BehaviorRow[];
  geometry: GeometryRow[];
}
export type TableName = keyof Tables;

/** Columns in the order in which they stand on disk; those of text are marked. */
const COLUMNS: Record<TableName, readonly string[]> = {
  training: ['step', 'loss', 'learning_rate', 'grad_norm', 'tokens', 'seconds'],
  behavior: ['step', 'task', 'level', 'accuracy', 'log_prob'],
  geometry: ['step', 'task', 'level', 'layer', 'position', 'rankme', 'rankme_centered'],
};
const TEXT = new Set(['task', 'position']);
export const TABLE_NAMES = Object.keys(COLUMNS) as TableName[];

/** Measured numbers are kept to this many significant digits: far below any spread between seeds. */
const DIGITS = 6;

/** Path of a table in a run's folder. */
export function tablePath(folder: string, table: TableName): string {
  return join(folder, `${table}.csv`);
}

/**
 * Appends rows to a table, with a header if the file is new.
 * @throws Problem where the disk is full or not writable.
 */
export function appendRows<T extends TableName>(folder: string, table: T, rows: Tables[T]): void {
  if (rows.length === 0) return;
  const path = tablePath(folder, table);
  const header = existsSync(path) ? '' : `${COLUMNS[table].join(',')}\n`;
  const lines = (rows as object[]).map((row) => line(table, row as Record<string, unknown>));
  writing(path, () => appendFileSync(path, header + lines.join('')));
}

function line(table: TableName, row: Record<string, unknown>): string {
  const cells = COLUMNS[table].map((column) => {
    const value = row[column];
    return typeof value === 'number' && !Number.isInteger(value)
      ? String(Number(value.toPrecision(DIGITS)))
      : String(value);
  });
  return `${cells.join(',')}\n`;
}

/**
 * Reads a table; a missing file is an empty table.
 * @throws Problem naming file and line where a row is cut short or a number cannot be read.
 */
export function readTable<T extends TableName>(folder: string, table: T): Tables[T] {
  const path = tablePath(folder, table);
  if (!existsSync(path)) return [] as Tables[T];
  const columns = COLUMNS[table];
  const [header, ...records] = Papa.parse<string[]>(readFileSync(path, 'utf8').trimEnd()).data;
  if (String(header) !== String(columns)) {
    throw new Problem(
      `${path} has the columns "${header}" instead of "${columns}": it was made by other code; move it away.`,
    );
  }
  return records.map((record, index) => {
    const bad = (what: string) => new Problem(`${path} line ${index + 2}: ${what}.`);
    if (record.length !== columns.length) {
      throw bad(`${record.length} columns instead of ${columns.length} (a row cut short?)`);
    }
    return Object.fromEntries(
      columns.map((column, i) => {
        if (TEXT.has(column)) return [column, record[i]];
        const value = Number(record[i]);
        if (record[i] === '' || Number.isNaN(value))
          throw bad(`${column} is "${record[i]}", not a number`);
        return [column, value];
      }),
    );
  }) as unknown as Tables[T];
}

/**
 * Drops the rows of steps after `step`, and a last line that was cut short: what a run has written since
 * its last checkpoint when it is killed, and will write again.
 */
export function cutTable(folder: string, table: TableName, step: number): void {
  const path = tablePath(folder, table);
  if (!existsSync(path)) return;
  const [header, ...lines] = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  // Every table starts with the step.
  const kept = lines.filter((text) => Number.parseInt(text, 10) <= step);
  if (header === undefined) {
    rmSync(path);
    return;
  }
  writing(path, () => {
    writeFileSync(`${path}.partial`, `${[header, ...kept].join('\n')}\n`);
    renameSync(`${path}.partial`, path);
  });
}
