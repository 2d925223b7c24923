import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { NeoXConfig } from './config';
import { columns, DATA, type Facts, OUT, Problem, readCsv, readJson, writeCsv } from './core';
import type { Verdict } from './history';
import type { Model } from './models';

/** One probe set at one step in behavior.csv. */
export interface ProbeBehaviorRow {
  step: number;
  probe: string;
  /** Share of items whose right option is the likeliest, 0…1. */
  accuracy: number;
  /** Share of items whose right option the model would write by itself, 0…1. */
  exact: number;
  /** Mean log-probability of the right option, nats. */
  log_prob: number;
}

/** One layer on one probe set at one step in geometry.csv. */
export interface ProbeGeometryRow {
  step: number;
  probe: string;
  /** 0 = after the embedding, 1…L = after each block, before the final norm. */
  layer: number;
  /** Hidden states measured: at every token of every prompt (the paper's way), or at the last of each. */
  rows: 'token' | 'prompt';
  /** Number of rows. */
  samples: number;
  /** As the paper prints it, from singular values; and less the mean of the rows. */
  rankme: number;
  rankme_centered: number;
  /** From squared singular values, as the paper's small models were measured; and less the mean. */
  covariance_rank: number;
  covariance_rank_centered: number;
  /** Share of the second moment that the common mean holds, 0…1. */
  mean_share: number;
}

/** One checkpoint in checkpoints.csv. */
export interface CheckpointRow {
  step: number;
  /** `missing` where the hub has no such branch, `damaged` where its weights cannot be used; else as in history.ts. */
  verdict: Verdict | 'missing' | 'damaged';
  /** The genuine step that it repeats, −1 where it repeats none. */
  of: number;
  /** Distance of its weights to the last checkpoint's, as a share of the largest. */
  distance: number;
  /** Loss on the general text; undefined where nothing was measured. */
  bits_per_token?: number;
  /** Distance of what it answers there from the text's token frequencies, nats. */
  kl_unigram?: number;
  /** Fingerprint of its weights as float32. */
  sha256: string;
  /** Hashes of its weights' files, as the hub lists them, with + between them; empty for a stand-in. */
  file: string;
  /** Seconds that measuring took, fetching left out. */
  seconds: number;
}

/** A row of what is not measured, or not yet. */
export function blank(step: number, verdict: CheckpointRow['verdict'], file = ''): CheckpointRow {
  return { step, verdict, of: -1, distance: 0, sha256: '', file, seconds: 0 };
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

const RANKS = 'rankme rankme_centered covariance_rank covariance_rank_centered mean_share';
const COLUMNS = {
  behavior: columns("step probe' accuracy exact log_prob"),
  geometry: columns(`step probe' layer rows' samples ${RANKS}`, 5),
  checkpoints: columns(
    "step verdict' of distance bits_per_token? kl_unigram? sha256' file' seconds",
  ),
  training: columns('step loss held_out tokens seconds'),
};

/** Writes a table whole or not at all. */
export function writePythiaTable<T extends TableName>(
  folder: string,
  table: T,
  rows: PythiaTables[T],
) {
  writeCsv(join(folder, `${table}.csv`), COLUMNS[table], rows);
}

/**
 * Reads a table; a missing file is an empty table.
 * @throws Problem naming file and line where a row is cut short or a number cannot be read.
 */
export function readPythiaTable<T extends TableName>(folder: string, table: T): PythiaTables[T] {
  return readCsv(join(folder, `${table}.csv`), COLUMNS[table]) as unknown as PythiaTables[T];
}

/** What trajectory.json says of a model's tables. */
export interface TrajectoryInfo {
  readonly model: string;
  readonly repo: string;
  readonly kind: Model['kind'];
  readonly config: NeoXConfig;
  /** Numbers in all weights. */
  readonly parameters: number;
  /** SHA-256 of the probe sets: measurements on others do not mix. */
  readonly probes: string;
  /** Mean accuracy of guessing and number of items, by set; a chance of 0 where nothing is guessed. */
  readonly sets: Readonly<Record<string, { chance: number; items: number }>>;
  /** Where the general text is from. */
  readonly text: string;
  /** What measured it last. */
  readonly facts: Facts;
}

/** A model's pre-training as measured: tables and what they are of. */
export interface Trajectory extends PythiaTables {
  readonly folder: string;
  readonly info: TrajectoryInfo;
}

/** Folder of tables that a run writes. */
export function liveTrajectory(model: Model): string {
  return join(OUT, 'pythia', model.name);
}

/** Path of trajectory.json. */
export function infoPath(folder: string): string {
  return join(folder, 'trajectory.json');
}

/** True where the folder holds a trajectory. */
export function isTrajectory(folder: string): boolean {
  return existsSync(infoPath(folder));
}

/** What a session that was stopped before its trajectory.json was there has left. */
const BEGUN =
  /^(lock(\..*)?|sketches|branches\.json|(behavior|geometry|checkpoints)\.csv|.*\.\d+\.partial)$/;

/** @throws Problem where a folder holds files of something else, which could be overwritten. */
export function refuseForeign(folder: string): void {
  const found = existsSync(folder) && readdirSync(folder).find((name) => !BEGUN.test(name));
  if (!found) return;
  throw new Problem(
    `${folder} holds ${found} and no measurements of Pythia: give an empty folder or theirs (--folder).`,
  );
}

/** Reads trajectory.json. @throws Problem where there is none, or it cannot be read. */
export function readInfo(folder: string): TrajectoryInfo {
  const remedy = 'measure with "npm run pythia", or move the folder away';
  return readJson(infoPath(folder), remedy) as unknown as TrajectoryInfo;
}

/**
 * Reads a model's tables.
 * @throws Problem where one is missing, damaged or cut short, or lacks rows of a measured checkpoint.
 */
export function loadTrajectory(folder: string): Trajectory {
  const info = readInfo(folder);
  const checkpoints = readPythiaTable(folder, 'checkpoints');
  const steps = new Set(checkpoints.filter(({ sha256 }) => sha256).map(({ step }) => step));
  const sets = Object.values(info.sets);
  const asked = sets.filter(({ chance }) => chance > 0).length;
  const whole = <R extends { step: number }>(name: string, all: R[], each: number): R[] => {
    const rows = all.filter(({ step }) => steps.has(step));
    if (rows.length === each * steps.size) return rows;
    throw new Problem(
      `${name}.csv in ${folder} has ${rows.length} rows of measured checkpoints instead of ` +
        `${each * steps.size}: restore it, or delete the folder and measure again.`,
    );
  };
  const layers = info.config.layers + 1;
  return {
    ...{ folder, info, checkpoints },
    behavior: whole('behavior', readPythiaTable(folder, 'behavior'), asked),
    geometry: whole('geometry', readPythiaTable(folder, 'geometry'), sets.length * layers * 2),
    training: readPythiaTable(folder, 'training'),
  };
}

/** Names of the Pythia models that were measured on this machine (`out/pythia`); stand-ins are not among them. */
function pythiaMeasuredHere(): string[] {
  const live = join(OUT, 'pythia');
  return (existsSync(live) ? readdirSync(live) : []).filter(
    (name) => isTrajectory(join(live, name)) && readInfo(join(live, name)).kind === 'Pythia',
  );
}

/**
 * Trajectories in the clone (`data/pythia`), smallest model first.
 *
 * ```ts
 * const [austen] = trajectories();
 * table(austen.checkpoints);
 * ```
 * @param here names of models whose measurements of this machine (`out/pythia`) are taken instead, or as well;
 * all of Pythia's by default.
 */
export function trajectories(here: readonly string[] = pythiaMeasuredHere()): Trajectory[] {
  const kept = join(DATA, 'pythia');
  const names = readdirSync(kept).filter((name) => isTrajectory(join(kept, name)));
  const folders = new Map(names.map((name) => [name, join(kept, name)]));
  for (const name of here) folders.set(name, join(OUT, 'pythia', name));
  const found = [...folders.values()].map(loadTrajectory);
  return found.sort((a, b) => a.info.parameters - b.info.parameters);
}

/** The same trajectory without the checkpoints that are not what they claim to be. */
export function genuine(trajectory: Trajectory): Trajectory {
  const sound = trajectory.checkpoints.filter(({ verdict }) => /genuine|unjudged/.test(verdict));
  const steps = new Set(sound.map(({ step }) => step));
  const kept = <R extends { step: number }>(rows: R[]) =>
    rows.filter(({ step }) => steps.has(step));
  const { behavior, geometry } = trajectory;
  return { ...trajectory, behavior: kept(behavior), geometry: kept(geometry), checkpoints: sound };
}
