import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DATA, OUT } from '../../environment/paths';
import { appendCsv, cutCsv, readCsv, writeCsv } from '../../files/csv';
import { readJson } from '../../files/json';
import { Problem } from '../../files/problem';
import { readTensorFile, type StoredTensor, writeTensorFile } from '../../files/safetensors';
import { writeJson } from '../../files/whole';
import { type StoredIntervention, spelled } from '../../interventions/intervention';
import { SCALES } from '../../model/scales';
import type { TrainingConfig } from '../../training/config';
import type { RunInfo } from './run-info';
import { COLUMNS, TABLE_NAMES, type TableName, type Tables } from './tables';

/** A run with its tables in memory, as notebooks use it. */
export interface Run extends Tables {
  readonly folder: string;
  readonly info: RunInfo;
}

/** Folder of the study's own runs, each in `<scale>-s<seed>`; kept in git. */
export const STUDY = join(DATA, 'runs');
/** Folder of the runs under interventions, and of the plain ones that they are paired with. */
export const ARMS = join(DATA, 'arms');
/** Folder of runs with a setting changed, such as start or text format; kept in git where there are any. */
export const VARIANTS = join(DATA, 'variants');
/** Folder of live runs, which git ignores. */
export const LIVE = join(OUT, 'runs');
/** Folder of the notebooks' own, so that a notebook and a command never share a run. */
export const NOTEBOOK_RUNS = join(LIVE, 'notebooks');

/** Name of a run, with what was changed: `nano-s0-projection-directions-2-from-0-until-1000`. */
export function nameOfRun(
  { scale, seed }: Pick<TrainingConfig, 'scale' | 'seed'>,
  intervention: StoredIntervention | null = null,
): string {
  const changed = intervention ? `-${spelled(intervention).replaceAll(/[:=,+]/g, '-')}` : '';
  return `${scale}-s${seed}${changed}`;
}

const FIELDS =
  'model training tasks samples intervention parameters step ended seconds sessions tables';

const NO_ROWS = { rows: 0, last: -1 };
const extentOf = (rows: readonly { step?: unknown }[]) => ({
  rows: rows.length,
  last: Number(rows.at(-1)?.step ?? -1),
});

/** What a run that was killed before its run.json was there has left. */
const BEGUN = /^(lock(\..*)?|weights|run\.json\.\d+\.partial)$/;

/** The files of one run: run.json, tables, weights. */
export class RunFolder {
  /** How long the tables are. */
  lengths: RunInfo['tables'] = {};
  private readonly infoPath: string;
  private readonly weights: string;
  /** The state that a stopped run goes on from. */
  readonly checkpointPath: string;

  constructor(readonly path: string) {
    this.infoPath = join(path, 'run.json');
    this.weights = join(path, 'weights');
    this.checkpointPath = join(this.weights, 'last.safetensors');
  }

  /** True where the folder holds a run, whole or not. */
  get isRun(): boolean {
    return existsSync(this.infoPath);
  }

  /** What run.json says. @throws Problem where there is none, it cannot be read, or it is not of this study. */
  info(): RunInfo {
    if (!this.isRun) {
      throw new Problem(
        `There is no run in ${this.path}, as it has no run.json: restore it (git checkout), train one ("npm run train") ` +
          'or give another folder.',
      );
    }
    const remedy = 'restore it (git checkout), or move the folder away and run again';
    const info = readJson(this.infoPath, remedy);
    const bad = (what: string) => new Problem(`${this.infoPath} ${what}: ${remedy}.`);
    if (typeof info.tasks === 'string') {
      throw new Problem(
        `${this.infoPath} is of the former study, whose tasks and protocol were our own: nothing here reads its tables ` +
          'or weights. Move the folder away, and train the run anew.',
      );
    }
    const lacking = FIELDS.split(' ').filter((field) => info[field] === undefined);
    if (lacking.length > 0) throw bad(`has no ${lacking.join(', ')}`);
    const run = info as unknown as RunInfo;
    const scale = run.training?.scale ?? null;
    // It names the run wherever one is told of, also in Markdown.
    if (!(SCALES as readonly unknown[]).includes(scale) && scale !== 'custom') {
      throw bad(`names an unknown scale ${JSON.stringify(scale)}`);
    }
    return run;
  }

  /** Writes run.json, with how long the tables are now. */
  save(info: Omit<RunInfo, 'tables'>): void {
    writeJson(this.infoPath, { ...info, tables: this.lengths });
  }

  append<T extends TableName>(table: T, rows: Tables[T]): void {
    appendCsv(this.tablePath(table), COLUMNS[table], rows);
    const { rows: before, last } = this.lengths[table] ?? NO_ROWS;
    this.lengths[table] = { rows: before + rows.length, last: rows.at(-1)?.step ?? last };
  }

  /** Writes a table of a run that is stored, and run.json with its length. */
  replace<T extends TableName>(table: T, rows: Tables[T]): void {
    const info = this.info();
    writeCsv(this.tablePath(table), COLUMNS[table], rows);
    this.lengths = { ...info.tables, [table]: extentOf(rows) };
    this.save(info);
  }

  /** Reads a table, as {@link readCsv}. @param growing true for that of a run that has not ended. */
  read<T extends TableName>(table: T, growing = false): Tables[T] {
    return readCsv(this.tablePath(table), COLUMNS[table], growing) as unknown as Tables[T];
  }

  /** Reads the run with its tables. @throws Problem where a file is missing, damaged or not as long as it should be. */
  load(): Run {
    const info = this.info();
    const tables: Partial<Record<TableName, readonly { step: number }[]>> = {};
    for (const table of TABLE_NAMES) {
      const rows: readonly { step: number }[] = this.read(table, !info.ended);
      const { rows: wanted, last } = info.tables[table] ?? NO_ROWS;
      // The landscape's tables are written whole before run.json counts them.
      const late = table === 'landscape' || table === 'probes';
      if (rows.length < wanted || (info.ended && !late && rows.length !== wanted)) {
        throw new Problem(
          `${this.tablePath(table)} has ${rows.length} rows to step ${rows.at(-1)?.step ?? '–'}; run.json counts ` +
            `${wanted} to step ${last}: restore it (git checkout), or train the run anew.`,
        );
      }
      tables[table] = rows;
    }
    return { folder: this.path, info, ...(tables as Tables) };
  }

  /**
   * Cuts the tables back to where a checkpoint was made.
   * @param upTo last step of each table. @param stored how long the tables were then.
   * @throws Problem for a table that has lost rows since, or cannot be read.
   */
  cutBack(upTo: (table: TableName) => number, stored: RunInfo['tables']): void {
    for (const table of TABLE_NAMES) {
      const path = this.tablePath(table);
      const rows = cutCsv(path, COLUMNS[table], upTo(table));
      const wanted = stored[table]?.rows ?? 0;
      if (rows.length < wanted) {
        throw new Problem(
          `${path} has ${rows.length} rows, and ${wanted} were stored: restore it, or train the run anew with fresh (--fresh).`,
        );
      }
      this.lengths[table] = extentOf(rows);
    }
  }

  /** Deletes what a run has written here, nothing else. @throws Problem for files or a run.json that are not ours. */
  clear(): void {
    this.refuseForeign();
    if (this.isRun) this.info();
    const tables = TABLE_NAMES.map((table) => this.tablePath(table));
    const kept = this.savedSteps().map((step) => this.weightsPath(step));
    const others = [this.checkpointPath, join(this.path, 'landscape.json'), this.infoPath];
    for (const path of [...tables, ...kept, ...others]) rmSync(path, { force: true });
    this.lengths = {};
    try {
      rmdirSync(this.weights);
    } catch {
      // It is not there, or holds what no run wrote.
    }
  }

  /** @throws Problem where the folder holds files but no run. */
  refuseForeign(): void {
    if (this.isRun) return;
    const kept = namesIn(this.weights).map((name) => `weights/${name}`);
    const found = [...namesIn(this.path), ...kept].find((name) => !BEGUN.test(name));
    if (found === undefined) return;
    throw new Problem(
      `${this.path} holds ${found} and no run: give an empty folder or a run's, so that nothing of yours is overwritten.`,
    );
  }

  tablePath(table: TableName): string {
    return join(this.path, `${table}.csv`);
  }

  weightsPath(step: number): string {
    return join(this.weights, `step-${String(step).padStart(6, '0')}.safetensors`);
  }

  /** Steps whose weights are kept, ascending. */
  savedSteps(): number[] {
    return namesIn(this.weights)
      .flatMap((name) => /^step-(\d+)\.safetensors$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  writeWeights(step: number, tensors: Record<string, StoredTensor>): void {
    writeTensorFile(this.weightsPath(step), { tensors, metadata: { step: String(step) } });
  }

  /** Kept weights by name. @throws Problem for a step that was not kept, naming the nearest, or a damaged file. */
  readWeights(step: number): Record<string, StoredTensor> {
    const saved = this.savedSteps();
    if (!saved.includes(step)) {
      const near = [...saved].sort((a, b) => Math.abs(a - step) - Math.abs(b - step))[0];
      const others = near === undefined ? 'none are kept' : `the nearest are those of step ${near}`;
      throw new Problem(
        `The weights of step ${step} are not in ${this.path} (${others}): train with keep (--keep ${step}) to have them.`,
      );
    }
    return readTensorFile(this.weightsPath(step)).tensors;
  }
}

/**
 * Reads a run with its tables.
 * @param nameOrFolder `nano-s0` for one of the study's, of the command line's or of the notebooks', in this order; or a
 * folder.
 * @throws Problem where there is none, or it is damaged.
 *
 * ```ts
 * const run = loadRun('nano-s0');
 * table(run.behavior.filter(({ task, step }) => task === 'MOD' && step % 1000 === 0));
 * ```
 */
export function loadRun(nameOrFolder: string): Run {
  const homes = [STUDY, LIVE, NOTEBOOK_RUNS];
  const folders = [nameOrFolder, ...homes.map((home) => join(home, nameOrFolder))];
  const isRun = (folder: string) => new RunFolder(folder).isRun;
  const found = folders.find(isRun);
  if (found) return new RunFolder(found).load();
  const runs = homes.flatMap(foldersIn).filter(isRun);
  const known = new Set(runs.map((folder) => basename(folder)));
  throw new Problem(
    `There is no run "${nameOrFolder}": use one of ${[...known].join(', ') || 'none (the study has no runs yet)'}, or a folder.`,
  );
}

/**
 * The study's runs that are in the clone, smallest model first, then by seed.
 *
 * ```ts
 * const runs = studyRuns(); // and studyRuns(ARMS), studyRuns(VARIANTS)
 * table(runs.map((run) => ({ run: runName(run), step: run.info.step })));
 * ```
 * @throws Problem for a folder with tables whose run.json or rows are missing or damaged.
 */
export function studyRuns(home = STUDY): Run[] {
  return foldersIn(home)
    .map((folder) => new RunFolder(folder))
    .filter((at) => at.isRun || TABLE_NAMES.some((table) => existsSync(at.tablePath(table))))
    .map((folder) => folder.load())
    .sort(({ info: a }, { info: b }) => {
      return a.parameters - b.parameters || a.training.seed - b.training.seed;
    });
}

/**
 * Runs that were taught shuffled answers: untaught twins of the study's runs, a null for what precedes acquisition.
 *
 * ```ts
 * precedence([...studyRuns(), ...untaughtRuns()], RANKS[0], 'v1').untaught;
 * ```
 */
export function untaughtRuns(arms: readonly Run[] = studyRuns(ARMS)): Run[] {
  return arms.filter(({ info }) => info.intervention?.name === 'shuffled-answers');
}

/** The folders in a folder, by name; none where it is not there. */
function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name))
    .sort();
}

/** What a folder holds; nothing where it is not there. */
function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
