import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Papa from 'papaparse';
import { DATA } from '../environment/paths';
import { Problem, writing } from '../environment/problem';
import type { CalibrationRow } from '../measures/calibration';
import { SCALES } from '../model/scales';
import { rounded } from './tables';

/** One pair of the sweep at one checkpoint, as llc-*.csv keeps it. */
export interface CalibrationRecord extends CalibrationRow {
  readonly step: number;
}

/** What was swept: beside the table, as JSON. */
export interface CalibrationConfig {
  readonly scale: string;
  readonly seed: number;
  readonly batches: number;
  readonly size: number;
  readonly chains: number;
  readonly draws: number;
  readonly burnIn: number;
  readonly nBeta: number;
  readonly made: object;
}

const COLUMNS = {
  step: 'step',
  step_size: 'stepSize',
  localization: 'localization',
  llc: 'llc',
  spread: 'spread',
  acceptance: 'acceptance',
  drift: 'drift',
  diverged: 'diverged',
  negative: 'negative',
} as const satisfies Record<string, keyof CalibrationRecord>;

/** Writes the sweep as CSV, whole or not at all; what all chains' divergence leaves undefined is empty. */
export function writeCalibration(path: string, rows: readonly CalibrationRecord[]): void {
  const lines = rows.map((row) =>
    Object.values(COLUMNS)
      .map((field) => (Number.isNaN(row[field]) ? '' : String(rounded(row[field]))))
      .join(','),
  );
  writing(path, () => {
    writeFileSync(`${path}.partial`, `${[Object.keys(COLUMNS), ...lines].join('\n')}\n`);
    renameSync(`${path}.partial`, path);
  });
}

/**
 * Reads a sweep; empty cells are NaN.
 * @throws Problem where there is none, or it has other columns.
 */
export function readCalibration(path: string): CalibrationRecord[] {
  if (!existsSync(path))
    throw new Problem(
      `There is no sweep in ${path}: "npm run measure -- --help" tells how to make one.`,
    );
  const [header, ...records] = Papa.parse<string[]>(readFileSync(path, 'utf8').trimEnd()).data;
  if (String(header) !== String(Object.keys(COLUMNS))) {
    throw new Problem(`${path} has the columns "${header}": it is no table of a sweep.`);
  }
  return records.map(
    (record) =>
      Object.fromEntries(
        Object.values(COLUMNS).map((field, i) => [
          field,
          record[i] === '' ? Number.NaN : Number(record[i]),
        ]),
      ) as unknown as CalibrationRecord,
  );
}

/**
 * The sweeps kept in data/calibration, by scale from small to large: table and what was swept. A `long` one is of
 * few pairs about the choice, with chains of the study's own length.
 */
export function calibrations(): {
  readonly scale: string;
  readonly rows: CalibrationRecord[];
  readonly config: CalibrationConfig;
}[] {
  const names = SCALES.flatMap((scale) => [
    { scale, name: scale },
    { scale, name: `${scale}-long` },
  ]);
  return names.flatMap(({ scale, name }) => {
    const path = join(DATA, 'calibration', `llc-${name}.csv`);
    if (!existsSync(path)) return [];
    const config = JSON.parse(readFileSync(path.replace(/csv$/, 'json'), 'utf8'));
    return [{ scale, rows: readCalibration(path), config }];
  });
}
