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
  readonly parts: Readonly<
    Record<string, { readonly settings: object; readonly columns: readonly string[] }>
  >;
  /** When and with what each session was made. */
  readonly sessions: readonly { readonly started: string; readonly facts: Facts }[];
}

const FILE = 'landscape.json';
type Rows = { landscape: LandscapeRow[]; probes: ProbeRow[] };

/** The landscape tables of a run while they are filled. Each part of a step is written whole. */
export class LandscapeTable {
  private readonly rows: Rows;
  private info: LandscapeInfo;
  private begun = false;

  /**
   * @param settings of each part that is measured now.
   * @param fresh true to drop what is there.
   * @throws Problem where a part was measured with other settings, or a table is damaged.
   */
  constructor(
    private readonly folder: RunFolder,
    private readonly parts: readonly Part[],
    private readonly settings: Readonly<Record<string, object>>,
    fresh = false,
  ) {
    if (fresh) {
      rmSync(join(folder.path, FILE), { force: true });
      folder.replace('landscape', []);
      folder.replace('probes', []);
    }
    this.info = landscapeInfo(folder.path) ?? { parts: {}, sessions: [] };
    for (const { name } of parts) {
      const before = this.info.parts[name]?.settings ?? settings[name];
      const others = differences(before, settings[name]);
      if (others.length > 0) {
        throw new Problem(
          `${name} in ${folder.path} was measured with other settings (${others.join('; ')}): measure with those, or measure anew ` +
            'with fresh (--fresh).',
        );
      }
    }
    this.rows = { landscape: folder.read('landscape'), probes: folder.read('probes') };
  }

  /** True where a part was measured at a step and place, or has failed there. */
  has(part: Part, step: number, { task, level }: Place): boolean {
    const rows: readonly (LandscapeRow | ProbeRow)[] = this.rows[part.table];
    return rows.some(
      (row) =>
        row.step === step &&
        row.task === task &&
        row.level === level &&
        (!('measure' in row) || row.measure in part.columns),
    );
  }

  /** Adds rows of one part at a step and writes them, in order of steps. */
  add(part: Part, rows: readonly (LandscapeRow | ProbeRow)[]): void {
    if (!this.begun) {
      // Settings first: tables without them would pass for those of any.
      const own = this.parts.map(({ name, columns }) => [
        name,
        { settings: this.settings[name], columns: Object.keys(columns) },
      ]);
      const session = { started: new Date().toISOString(), facts: facts() };
      this.info = {
        parts: { ...this.info.parts, ...Object.fromEntries(own) },
        sessions: [...this.info.sessions, session],
      };
      writeJson(join(this.folder.path, FILE), this.info);
      this.begun = true;
    }
    const { table } = part;
    this.rows[table] = sorted([...this.rows[table], ...rows]) as never;
    this.folder.replace(table, this.rows[table]);
  }
}

/**
 * What landscape.json of a run's folder says; undefined where there is none.
 * @throws Problem where it cannot be read.
 */
export function landscapeInfo(folder: string): LandscapeInfo | undefined {
  const path = join(folder, FILE);
  if (!existsSync(path)) return undefined;
  const remedy = 'restore it (git checkout), or measure anew with fresh (--fresh)';
  return readJson(path, remedy) as unknown as LandscapeInfo;
}

/** Rows of what was found at a step and place; empty cells where nothing was. */
export function rowsOf(
  part: Part,
  step: number,
  { task, level }: Place,
  found: readonly Found[],
  note = '',
): (LandscapeRow | ProbeRow)[] {
  const empty = Object.fromEntries(COLUMNS[part.table].map(({ name }) => [name, undefined]));
  return found.map((each) => {
    const finite = Object.entries(each).filter(
      ([, value]) => typeof value !== 'number' || Number.isFinite(value),
    );
    return { ...empty, ...Object.fromEntries(finite), step, task, level, note };
  }) as unknown as (LandscapeRow | ProbeRow)[];
}

/** The rows of a part where it fails: each measure, or each layer, without a number. */
export function emptyRows(part: Part, layers: number): Found[] {
  if (part.table === 'landscape') return Object.keys(part.columns).map((measure) => ({ measure }));
  return Array.from({ length: layers + 1 }, (_, layer) => ({ layer }));
}

/** By step, then by part; within a part, places and measures stay in the order in which they were measured. */
function sorted(rows: (LandscapeRow | ProbeRow)[]) {
  const part = (row: LandscapeRow | ProbeRow) =>
    'measure' in row ? PARTS.findIndex(({ columns }) => row.measure in columns) : 0;
  return rows.sort((a, b) => a.step - b.step || part(a) - part(b));
}
