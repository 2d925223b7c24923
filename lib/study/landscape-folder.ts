import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Facts, facts } from '../environment/facts';
import { Problem, writing } from '../environment/problem';
import { type LandscapeRows, type LandscapeUnit, unitsMissing } from './landscape-plan';
import type { LandscapeSettings } from './landscape-settings';
import { type LandscapeRow, type ProbeRow, readTable, writeTable } from './tables';

/** What landscape.json says: how the numbers of landscape.csv and probes.csv were made. */
export interface LandscapeInfo {
  readonly settings: LandscapeSettings;
  /** When and with what each sitting was made. */
  readonly sittings: readonly { readonly started: string; readonly facts: Facts }[];
}

/**
 * The landscape tables of a run's folder while they are being filled. Each step is written whole: a killed
 * process loses at most the step it was at.
 */
export class LandscapeFolder {
  private rows: LandscapeRows;
  /** What landscape.json says once this sitting has measured something. */
  private readonly info: LandscapeInfo;

  /**
   * @param fresh true to drop what is there.
   * @throws Problem where the tables were measured with other settings.
   */
  constructor(
    private readonly folder: string,
    settings: LandscapeSettings,
    fresh = false,
  ) {
    const path = join(folder, 'landscape.json');
    if (fresh) {
      for (const name of ['landscape.json', 'landscape.csv', 'probes.csv'])
        writing(path, () => rmSync(join(folder, name), { force: true }));
    }
    const before = existsSync(path) ? readInfo(path) : undefined;
    const other = before && differences(before.settings, settings);
    if (other) {
      throw new Problem(
        `The landscape in ${folder} was measured with other settings (${other}): ` +
          'measure with those, or measure anew with fresh (--fresh).',
      );
    }
    this.rows = landscapeRows(folder);
    const started = new Date().toISOString();
    this.info = {
      settings,
      sittings: [...(before?.sittings ?? []), { started, facts: facts() }],
    };
  }

  /** Of the units, those that are not measured at a step yet. */
  missing(units: readonly LandscapeUnit[], step: number): LandscapeUnit[] {
    return unitsMissing(units, step, this.rows);
  }

  /** Adds rows and writes both tables, ordered by step. */
  add(rows: LandscapeRows): void {
    this.rows = joined(this.rows, rows);
    writeLandscape(this.folder, this.info, this.rows);
  }
}

/**
 * In what a folder's landscape was measured otherwise, in words; empty where in nothing, or there is none.
 * @throws Problem where its landscape.json cannot be read.
 */
export function landscapeDifferences(folder: string, settings: LandscapeSettings): string {
  const path = join(folder, 'landscape.json');
  if (!existsSync(path)) return '';
  return differences(readInfo(path).settings, settings);
}

/**
 * Brings what was measured in one folder into another. Where both have a row, the other's own stays; so a call
 * that was killed is finished by the same call.
 * @throws Problem where the two were measured with other settings.
 */
export function moveLandscape(from: string, to: string): void {
  const [source, target] = [from, to].map((folder) => join(folder, 'landscape.json'));
  if (!existsSync(source)) return;
  const moved = readInfo(source);
  const own = existsSync(target) ? readInfo(target) : { settings: moved.settings, sittings: [] };
  const other = differences(moved.settings, own.settings);
  if (other) {
    throw new Problem(
      `The landscape in ${from} was measured with other settings than that in ${to} (${other}): ` +
        'delete the one that is not wanted.',
    );
  }
  const known = new Set(own.sittings.map(({ started }) => started));
  const sittings = [
    ...own.sittings,
    ...moved.sittings.filter(({ started }) => !known.has(started)),
  ];
  sittings.sort((a, b) => a.started.localeCompare(b.started));
  const rows = joined(landscapeRows(to), landscapeRows(from));
  writeLandscape(to, { settings: own.settings, sittings }, rows);
}

/**
 * The landscape tables of a folder.
 * @throws Problem where one is damaged or cut short.
 */
export function landscapeRows(folder: string): LandscapeRows {
  return { landscape: readTable(folder, 'landscape'), probes: readTable(folder, 'probes') };
}

/** Settings first: tables without them would pass for those of any. */
function writeLandscape(folder: string, info: LandscapeInfo, rows: LandscapeRows): void {
  const path = join(folder, 'landscape.json');
  writing(path, () => {
    writeFileSync(`${path}.partial`, `${JSON.stringify(info, null, 2)}\n`);
    renameSync(`${path}.partial`, path);
  });
  writeTable(folder, 'landscape', rows.landscape);
  writeTable(folder, 'probes', rows.probes);
}

/** Rows of both, ordered by step; of the second only what the first does not measure. */
function joined(own: LandscapeRows, more: LandscapeRows): LandscapeRows {
  const both = <R extends LandscapeRow | ProbeRow>(first: R[], second: R[]) => {
    const key = (row: R) =>
      [row.step, row.task, row.level, 'layer' in row ? row.layer : row.measure].join(' ');
    const known = new Set(first.map(key));
    const added = second.filter((row) => !known.has(key(row)));
    return [...first, ...added].sort((a, b) => a.step - b.step);
  };
  return {
    landscape: both(own.landscape, more.landscape),
    probes: both(own.probes, more.probes),
  };
}

function readInfo(path: string): LandscapeInfo {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Problem(
      `${path} cannot be read (${(error as Error).message}): restore it, or measure anew with fresh (--fresh).`,
    );
  }
}

/** Empty where the settings are the same. */
function differences(theirs: LandscapeSettings, ours: LandscapeSettings): string {
  if (isDeepStrictEqual(theirs, plain(ours))) return '';
  const flat = (settings: LandscapeSettings) =>
    Object.entries(settings).flatMap(([part, values]) =>
      Object.entries(values).map(([name, value]) => [`${part}.${name}`, value] as const),
    );
  const here = new Map(flat(ours));
  const told = flat(theirs)
    .filter(([name, value]) => here.get(name) !== value)
    .map(([name, value]) => `${name} is ${value}, not ${here.get(name)}`);
  return told.join('; ') || 'others were measured';
}

/** As JSON would keep it. */
function plain(settings: LandscapeSettings): unknown {
  return JSON.parse(JSON.stringify(settings));
}
