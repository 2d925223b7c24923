import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Facts } from '../environment/facts';
import { DATA, OUT } from '../environment/paths';
import { Problem } from '../environment/problem';
import type { NeoXConfig } from './config';
import type { Model } from './models';
import { type PythiaTables, readPythiaTable } from './tables';

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
  /** Mean accuracy of guessing, by set. */
  readonly chance: Readonly<Record<string, number>>;
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

/** Path of trajectory.json in a folder. */
export function infoPath(folder: string): string {
  return join(folder, 'trajectory.json');
}

/** True where the folder holds a trajectory. */
export function isTrajectory(folder: string): boolean {
  return existsSync(infoPath(folder));
}

/**
 * Reads trajectory.json.
 * @throws Problem where there is none, or it cannot be read.
 */
export function readInfo(folder: string): TrajectoryInfo {
  const path = infoPath(folder);
  if (!existsSync(path)) {
    throw new Problem(`There are no measurements in ${folder}: make them ("npm run pythia").`);
  }
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Problem(
      `${path} cannot be read (${(error as Error).message}): restore it or move the folder away.`,
    );
  }
}

/**
 * Reads a model's tables.
 * @throws Problem where one is missing, damaged or cut short.
 */
export function loadTrajectory(folder: string): Trajectory {
  return {
    folder,
    info: readInfo(folder),
    behavior: readPythiaTable(folder, 'behavior'),
    geometry: readPythiaTable(folder, 'geometry'),
    checkpoints: readPythiaTable(folder, 'checkpoints'),
    training: readPythiaTable(folder, 'training'),
  };
}

/** Names of the Pythia models that were measured on this machine (`out/pythia`); stand-ins are not among them. */
export function pythiaMeasuredHere(): string[] {
  const live = join(OUT, 'pythia');
  return (existsSync(live) ? readdirSync(live) : []).filter(
    (name) => isTrajectory(join(live, name)) && readInfo(join(live, name)).kind === 'Pythia',
  );
}

/**
 * Trajectories in the clone (`data/pythia`), smallest model first.
 * @param here names of models whose measurements of this machine (`out/pythia`) are taken instead, or as well;
 * all of Pythia's by default.
 */
export function trajectories(here: readonly string[] = pythiaMeasuredHere()): Trajectory[] {
  const found = new Map<string, Trajectory>();
  const kept = join(DATA, 'pythia');
  for (const name of existsSync(kept) ? readdirSync(kept) : []) {
    if (isTrajectory(join(kept, name))) found.set(name, loadTrajectory(join(kept, name)));
  }
  for (const name of here) found.set(name, loadTrajectory(join(OUT, 'pythia', name)));
  return [...found.values()].sort((a, b) => a.info.parameters - b.info.parameters);
}

/** The same trajectory without the checkpoints that are not what they claim to be. */
export function genuine(trajectory: Trajectory): Trajectory {
  const steps = new Set(
    trajectory.checkpoints.filter(({ verdict }) => verdict === 'genuine').map(({ step }) => step),
  );
  const own = <R extends { step: number }>(rows: R[]) => rows.filter(({ step }) => steps.has(step));
  const { behavior, geometry, checkpoints } = trajectory;
  return {
    ...trajectory,
    behavior: own(behavior),
    geometry: own(geometry),
    checkpoints: own(checkpoints),
  };
}
