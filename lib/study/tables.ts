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

/** Updates that have a row each in training.csv; later every tenth has, and the last. */
const EVERY_UPDATE_UNTIL = 100;

/** True where an update of a training of so many has a row in training.csv. */
export function hasTrainingRow(step: number, steps: number): boolean {
  return step <= EVERY_UPDATE_UNTIL || step % 10 === 0 || step === steps;
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

/** Measures of the loss landscape, by their names in landscape.csv. */
export type LandscapeMeasure =
  | 'fisher_rank'
  | 'fisher_trace'
  | 'gradient_rank'
  | 'gradient_rank_leading'
  | 'gradient_trace'
  | 'hessian_top'
  | 'hessian_smallest'
  | 'hessian_trace'
  | 'llc';

/** One measure of the loss landscape at one step in landscape.csv. */
export interface LandscapeRow {
  step: number;
  /** Empty where the whole mixture is measured. */
  task: string;
  /** Undefined where the whole mixture is measured. */
  level: number | undefined;
  measure: LandscapeMeasure;
  /** Undefined where the measure failed; `note` says why. */
  value: number | undefined;
  /** Standard error of the value; the Ritz residual for `hessian_top`. Undefined where there is none. */
  spread: number | undefined;
  /** Why there is no value, or what to know about it; empty where there is nothing to say. */
  note: string;
}

/** One linear probe at one step in probes.csv: what a layer's state at the last prompt token tells. */
export interface ProbeRow {
  step: number;
  task: string;
  level: number;
  /** 0 = after the embeddings, 1…L = after each block. */
  layer: number;
  /** Share of held-out samples whose probed property is read right; undefined where the probe failed. */
  accuracy: number | undefined;
  /** The same for always naming the most common class. */
  chance: number | undefined;
  /** The same for a probe of random labels. */
  control: number | undefined;
  /** Standard error of the accuracy. */
  spread: number | undefined;
  /** Why there is no accuracy; empty where there is one. */
  note: string;
}

/** The tables of a run, by name; each is a CSV file with a header. */
export interface Tables {
  training: TrainingRow[];
  behavior: BehaviorRow[];
  geometry: GeometryRow[];
  /** Empty where the run's landscape was not measured; see `measureRun`. */
  landscape: LandscapeRow[];
  /** Empty where no probes were trained. */
  probes: ProbeRow[];
}
export type TableName = keyof Tables;

/** Columns in the order in which they stand on disk; those of text are marked. */
const COLUMNS: Record<TableName, readonly string[]> = {
  training: ['step', 'loss', 'learning_rate', 'grad_norm', 'tokens', 'seconds'],
  behavior: ['step', 'task', 'level', 'accuracy', 'log_prob'],
  geometry: ['step', 'task', 'level', 'layer', 'position', 'rankme', 'rankme_centered'],
  landscape: ['step', 'task', 'level', 'measure', 'value', 'spread', 'note'],
  probes: [
    ...['step', 'task', 'level', 'layer'],
    ...['accuracy', 'chance', 'control', 'spread', 'note'],
  ],
};
const TEXT = new Set(['task', 'position', 'measure', 'note']);
/** Columns of numbers that may be empty, which reads as undefined. */
const OPTIONAL: Partial<Record<TableName, readonly string[]>> = {
  landscape: ['level', 'value', 'spread'],
  probes: ['accuracy', 'chance', 'control', 'spread'],
};
export const TABLE_NAMES = Object.keys(COLUMNS) as TableName[];

/** Measured numbers are kept to this many significant digits: far below any spread between seeds. */
const DIGITS = 6;
/**
 * Fewer where numbers fill nine tenths of a run's tables (between seeds these differ from the second digit on),
 * and for standard errors, which a few hundred samples at most tell no better than to the second digit; a Ritz
 * residual, in the same column, says how far the eigenvalue can be trusted, and needs no more.
 */
const FEWER_DIGITS: Readonly<Record<string, number>> = {
  rankme: 5,
  rankme_centered: 4,
  spread: 3,
};

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

/**
 * Writes a whole table, in the place of the one that was there, or not at all; without rows, none.
 * @throws Problem where the disk is full or not writable.
 */
export function writeTable<T extends TableName>(folder: string, table: T, rows: Tables[T]): void {
  const path = tablePath(folder, table);
  const lines = (rows as object[]).map((row) => line(table, row as Record<string, unknown>));
  writing(path, () => {
    if (rows.length === 0) return rmSync(path, { force: true });
    writeFileSync(`${path}.partial`, `${COLUMNS[table].join(',')}\n${lines.join('')}`);
    renameSync(`${path}.partial`, path);
  });
}

function line(table: TableName, row: Record<string, unknown>): string {
  const cells = COLUMNS[table].map((column) => {
    const value = row[column];
    if (value === undefined) return '';
    if (typeof value === 'string') return cell(value);
    return String(typeof value === 'number' ? rounded(value, FEWER_DIGITS[column]) : value);
  });
  return `${cells.join(',')}\n`;
}

/** A number as the tables keep it: with six significant digits if not told otherwise, integers whole. */
export function rounded(value: number, digits = DIGITS): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(digits));
}

/** Text of a cell, on one line, since a table's lines are its rows; quoted where it must be. */
function cell(text: string): string {
  const flat = text.replace(/\s+/g, ' ');
  return /[",]/.test(flat) ? `"${flat.replaceAll('"', '""')}"` : flat;
}

/**
 * Reads a table; a missing file is an empty table.
 * @throws Problem naming file and line where a row is cut short or a number cannot be read.
 */
export function readTable<T extends TableName>(folder: string, table: T): Tables[T] {
  const rows = readRows(tablePath(folder, table), COLUMNS[table], TEXT, OPTIONAL[table]);
  return rows as unknown as Tables[T];
}

/**
 * Reads rows of any table with a header; a missing file has none.
 * @param columns that the file must have, in order.
 * @param text those of text; the others are numbers.
 * @param optional numbers that may be empty, which reads as undefined.
 * @throws Problem naming file and line where a row is cut short or a number cannot be read.
 */
export function readRows(
  path: string,
  columns: readonly string[],
  text: ReadonlySet<string>,
  optional: readonly string[] = [],
): Record<string, string | number | undefined>[] {
  if (!existsSync(path)) return [];
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
        if (text.has(column)) return [column, record[i]];
        if (record[i] === '' && optional.includes(column)) return [column, undefined];
        const value = Number(record[i]);
        if (record[i] === '' || Number.isNaN(value))
          throw bad(`${column} is "${record[i]}", not a number`);
        return [column, value];
      }),
    );
  });
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
