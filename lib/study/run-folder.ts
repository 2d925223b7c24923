import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import type { Facts } from '../environment/facts';
import { DATA, OUT } from '../environment/paths';
import { Problem, writing } from '../environment/problem';
import type { ModelConfig } from '../model/scales';
import type { TrainingConfig } from '../training/config';
import { readTable, type Tables } from './tables';

/** What run.json says: everything that determines the run, and how far it is. */
export interface RunInfo {
  readonly model: ModelConfig;
  readonly training: TrainingConfig;
  /** Trainable numbers of the model. */
  readonly parameters: number;
  /** Fingerprint of the tasks' diagnostic samples: runs of other tasks or levels do not mix. */
  readonly tasks: string;
  /** How many measured steps the run has at least; which ones follows from this and the training's steps. */
  readonly checkpoints: number;
  /** Samples per task-level behind accuracy and log-probability, and behind RankMe. */
  readonly samples: { readonly behavior: number; readonly rankme: number };
  /** Updates done when the run was last stored. */
  readonly step: number;
  /** True once all updates are done and measured. */
  readonly ended: boolean;
  /** Seconds of work, over all sittings. */
  readonly seconds: number;
  /** When and with what each sitting was made; more than one where the run was stopped and resumed. */
  readonly sittings: readonly { readonly started: string; readonly facts: Facts }[];
}

const FIELDS = [
  ...['model', 'training', 'parameters', 'tasks', 'checkpoints', 'samples'],
  ...['step', 'ended', 'seconds', 'sittings'],
];

/** A run with its tables in memory, as notebooks use it. */
export interface Run extends Tables {
  readonly folder: string;
  readonly info: RunInfo;
}

/** Folder of a live run: one for each scale, seed and length. */
export function liveFolder(training: TrainingConfig): string {
  return join(OUT, 'runs', `${training.scale}-s${training.seed}-${training.steps}`);
}

/** Folder of the study's own runs, each in `<scale>-s<seed>`; kept in git. */
export const STUDY = join(DATA, 'runs');
/** Folder of short runs through the collapse, each with one setting unlike the first's; kept in git. */
export const FLOORS = join(DATA, 'floors');
/** Folder of trainings that differ from one of the study's in the processor alone; kept in git. */
export const TWINS = join(DATA, 'twins');

/** True where the folder holds a run, whole or not. */
export function isRun(folder: string): boolean {
  return existsSync(join(folder, 'run.json'));
}

/**
 * Reads run.json.
 * @throws Problem where there is none, it cannot be read, or a field is missing.
 */
export function readRunInfo(folder: string): RunInfo {
  const path = join(folder, 'run.json');
  if (!existsSync(path)) {
    throw new Problem(
      `There is no run in ${folder}: train one ("npm run train") or give another folder.`,
    );
  }
  try {
    const info = JSON.parse(readFileSync(path, 'utf8'));
    const lacking = FIELDS.filter((field) => info[field] === undefined);
    if (lacking.length > 0) throw new Error(`it has no ${lacking.join(', ')}`);
    // Runs from before there was a choice were computed in float32.
    return { ...info, training: { precision: 'float32', ...info.training } };
  } catch (error) {
    throw new Problem(
      `${path} cannot be read (${(error as Error).message}): restore it, or move the folder away and run again.`,
    );
  }
}

/** Writes run.json whole or not at all. */
export function writeRunInfo(folder: string, info: RunInfo): void {
  const path = join(folder, 'run.json');
  writing(path, () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${path}.partial`, `${JSON.stringify(info, null, 2)}\n`);
    renameSync(`${path}.partial`, path);
  });
}

/**
 * Reads a run with its tables.
 * @throws Problem where run.json or a table is missing, damaged or cut short.
 */
export function loadRun(folder: string): Run {
  return {
    folder,
    info: readRunInfo(folder),
    training: readTable(folder, 'training'),
    behavior: readTable(folder, 'behavior'),
    geometry: readTable(folder, 'geometry'),
    landscape: readTable(folder, 'landscape'),
    probes: readTable(folder, 'probes'),
  };
}

/** The study's runs that are in the clone, smallest model first, then by seed. */
export function studyRuns(): Run[] {
  return runsIn(STUDY).sort(
    (a, b) => a.info.parameters - b.info.parameters || a.info.training.seed - b.info.training.seed,
  );
}

/** Short runs through the collapse, each with one setting unlike the first's (`data/floors`). */
export function floorRuns(): Run[] {
  const reference = 'nano-s0';
  return runsIn(FLOORS).sort(
    (a, b) =>
      Number(basename(b.folder) === reference) - Number(basename(a.folder) === reference) ||
      a.info.parameters - b.info.parameters ||
      a.folder.localeCompare(b.folder),
  );
}

/**
 * The same trainings as some of the study's, on another processor, where sums round otherwise (`data/twins`). Of
 * their geometry only the last layer at the last prompt token is kept.
 */
export function twinRuns(): Run[] {
  return runsIn(TWINS);
}

function runsIn(folder: string): Run[] {
  return foldersIn(folder).filter(isRun).map(loadRun);
}

/** The folders in a folder, by name; none where it is not there. */
export function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name))
    .sort();
}
