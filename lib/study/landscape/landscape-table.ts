import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Facts, facts } from '../../environment/facts';
import { readJson } from '../../files/json';
import { Problem } from '../../files/problem';
import { writeJson } from '../../files/whole';
import type { RunFolder } from '../run/run-folder';
import { differences } from '../run/run-info';
import { COLUMNS, type LandscapeRow, type ProbeRow } from '../run/tables';
import { PARTS } from './catalog';
import type { Found, Part } from './part';
import type { Place } from './place';

/** What landscape.json says: how the numbers of landscape.csv and probes.csv were made. */
export interface LandscapeInfo {
  /** By part: its settings and the columns that it gives. */
  readonly parts: Readonly<Record<string, { settings: object; columns: readonly string[] }>>;
  /** When and with what each session was made. */
  readonly sessions: readonly { readonly started: string; readonly facts: Facts }[];
}

const FILE = 'landscape.json';
type Row = LandscapeRow | ProbeRow;

/**
 * The landscape tables of a run while they are filled; `fresh` drops what is there.
 * @param settings of each part that is measured now.
 * @throws Problem where a part was measured with other settings, or a table is damaged.
 */
export function landscapeTable(
  folder: RunFolder,
  parts: readonly Part[],
  settings: Readonly<Record<string, object>>,
  fresh = false,
) {
  const path = join(folder.path, FILE);
  if (fresh) {
    rmSync(path, { force: true });
    folder.replace('landscape', []);
    folder.replace('probes', []);
  }
  const info = landscapeInfo(folder.path) ?? { parts: {}, sessions: [] };
  const all = { ...info.parts };
  for (const { name, columns } of parts) {
    const others = differences(all[name]?.settings ?? settings[name], settings[name]);
    if (others.length > 0) {
      throw new Problem(
        `${name} in ${folder.path} was measured with other settings (${others.join('; ')}): measure with those, or measure anew ` +
          'with fresh (--fresh).',
      );
    }
    all[name] = { settings: settings[name], columns: Object.keys(columns) };
  }
  const [landscape, probes] = [folder.read('landscape'), folder.read('probes')];
  const tables: Record<Part['table'], Row[]> = { landscape, probes };
  for (const table of ['landscape', 'probes'] as const) {
    // A kill may have come between the table and run.json, which counts its rows.
    const counted = folder.info().tables[table]?.rows ?? 0;
    if (tables[table].length > counted) folder.replace(table, tables[table] as never);
  }
  let begun = false;
  return {
    /** True where a part was measured at a step and place, or has failed there. */
    has: (part: Part, step: number, { task, level }: Place) => {
      const own = (row: Row) => !('measure' in row) || row.measure in part.columns;
      const there = tables[part.table].filter((row) => row.step === step && own(row));
      return there.some((row) => row.task === task && row.level === level);
    },
    /** Adds what one part has found at a step and place, and writes it, in order of steps. */
    add: ({ table }: Part, step: number, place: Place, found: readonly Found[], note: string) => {
      const { task, level } = place;
      // Settings first: tables without them would pass for those of any.
      if (!begun) {
        const session = { started: new Date().toISOString(), facts: facts() };
        writeJson(path, { parts: all, sessions: [...info.sessions, session] });
      }
      begun = true;
      const empty = Object.fromEntries(COLUMNS[table].map(({ name }) => [name, undefined]));
      const rows = found.map((each) => {
        // What is not finite is an empty cell.
        const finite = Object.entries(each).filter(
          ([, value]) => typeof value !== 'number' || Number.isFinite(value),
        );
        return { ...empty, ...Object.fromEntries(finite), step, task, level, note };
      });
      tables[table] = sorted([...tables[table], ...(rows as unknown as Row[])]);
      folder.replace(table, tables[table] as never);
    },
  };
}

/** What landscape.json says, if it is there. @throws Problem where it cannot be read. */
export function landscapeInfo(folder: string): LandscapeInfo | undefined {
  const path = join(folder, FILE);
  if (!existsSync(path)) return undefined;
  const remedy = 'restore it (git checkout), or measure anew with fresh (--fresh)';
  return readJson(path, remedy) as unknown as LandscapeInfo;
}

/** The rows of a part where it fails: each measure, or each layer, without a number. */
export function emptyRows(part: Part, layers: number): Found[] {
  if (part.table === 'landscape') return Object.keys(part.columns).map((measure) => ({ measure }));
  return Array.from({ length: layers + 1 }, (_, layer) => ({ layer }));
}

/** By step, then by part; within a part, places and measures stay in the order in which they were measured. */
function sorted(rows: Row[]): Row[] {
  const part = (row: Row) =>
    'measure' in row ? PARTS.findIndex(({ columns }) => row.measure in columns) : 0;
  return rows.sort((a, b) => a.step - b.step || part(a) - part(b));
}
