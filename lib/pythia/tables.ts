import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writing } from '../environment/problem';
import { readRows, rounded } from '../study/tables';

/** One probe set at one step in behavior.csv. */
export interface ProbeBehaviorRow {
  step: number;
  probe: string;
  /** Share of items whose right option is the likeliest, 0…1. */
  accuracy: number;
  /** Mean log-probability of the right option, nats. */
  log_prob: number;
}

/** One layer on one probe set at one step in geometry.csv. */
export interface ProbeGeometryRow {
  step: number;
  /** A set's name, or `all` for 25 items of each. */
  probe: string;
  /** 0 = after the embedding, 1…L = after each block, before the final norm. */
  layer: number;
  /** Hidden states measured: the last prompt token of each item. */
  samples: number;
  rankme: number;
  rankme_centered: number;
}

/** One checkpoint in checkpoints.csv. */
export interface CheckpointRow {
  step: number;
  /** `missing` where the hub has no such branch; the others as in history.ts. */
  verdict: 'genuine' | 'duplicate' | 'inconsistent' | 'missing';
  /** The genuine step that it repeats, −1 where it repeats none. */
  of: number;
  /** Distance of its weights to the last checkpoint's, as a share of the largest. */
  distance: number;
  /** Fingerprint of its weights as float32. */
  sha256: string;
  /** Hash of its weights' file, as the hub lists it; empty for a stand-in. */
  file: string;
  /** Seconds that measuring took, fetching left out. */
  seconds: number;
}

/** One checkpoint of a stand-in in training.csv. */
export interface StandinTrainingRow {
  step: number;
  /** Mean loss of the updates since the checkpoint before, nats per token. */
  loss: number;
  /** Loss on 16,384 tokens of held-out text, nats per token. */
  held_out: number;
  tokens: number;
  seconds: number;
}

/** Tables of one model, by name; each is a CSV file with a header. */
export interface PythiaTables {
  behavior: ProbeBehaviorRow[];
  geometry: ProbeGeometryRow[];
  checkpoints: CheckpointRow[];
  training: StandinTrainingRow[];
}
type TableName = keyof PythiaTables;

const COLUMNS: Record<TableName, readonly string[]> = {
  behavior: ['step', 'probe', 'accuracy', 'log_prob'],
  geometry: ['step', 'probe', 'layer', 'samples', 'rankme', 'rankme_centered'],
  checkpoints: ['step', 'verdict', 'of', 'distance', 'sha256', 'file', 'seconds'],
  training: ['step', 'loss', 'held_out', 'tokens', 'seconds'],
};
const TEXT = new Set(['probe', 'verdict', 'sha256', 'file']);

/** Writes a table whole or not at all. */
export function writePythiaTable<T extends TableName>(
  folder: string,
  table: T,
  rows: PythiaTables[T],
): void {
  const path = join(folder, `${table}.csv`);
  const cell = (value: unknown) => String(typeof value === 'number' ? rounded(value) : value);
  const lines = (rows as object[]).map((row) =>
    COLUMNS[table].map((column) => cell((row as Record<string, unknown>)[column])).join(','),
  );
  writing(path, () => {
    writeFileSync(`${path}.partial`, `${[COLUMNS[table].join(','), ...lines].join('\n')}\n`);
    renameSync(`${path}.partial`, path);
  });
}

/**
 * Reads a table; a missing file is an empty table.
 * @throws Problem naming file and line where a row is cut short or a number cannot be read.
 */
export function readPythiaTable<T extends TableName>(folder: string, table: T): PythiaTables[T] {
  const rows = readRows(join(folder, `${table}.csv`), COLUMNS[table], TEXT);
  return rows as unknown as PythiaTables[T];
}
