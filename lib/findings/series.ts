import { mean } from 'simple-statistics';
import type { Run } from '../study/run/run-folder';
import type { BehaviorRow, GeometryRow } from '../study/run/tables';
import { paperRankSteps, paperSteps } from '../training/schedule';

/** A quantity over measured steps, both of one length, steps increasing. */
export interface Series {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** A run with the tables that findings read. */
export type MeasuredRun = Pick<Run, 'info' | 'behavior' | 'geometry'> &
  Partial<Pick<Run, 'training' | 'landscape' | 'probes'>>;

/** `all`: every measured step. `paper`: the steps at which the paper measured, taken out of them. */
export type Sampling = 'all' | 'paper';

/** Which rank is looked at. */
export interface RankChoice {
  /** Undefined: levels pooled, as in the paper's figures. */
  readonly level?: number;
  /** 0 = after the embeddings, 1…L = after each block; the last where left out. */
  readonly layer?: number;
  /** `answer`, all answer positions, where left out. */
  readonly position?: 'prompt' | 'answer';
  /** Effective rank of the centered covariance where left out: what the paper's figures show (notebook 01). */
  readonly reading?: `${'rankme' | 'covariance_rank'}${'' | '_centered'}` | 'mean_share';
  readonly at?: Sampling;
}

/** The identified convention: what is set beside the paper's numbers. */
export const IDENTIFIED = { position: 'answer', reading: 'covariance_rank_centered' } as const;
/** The formula that the paper prints, on the states as they are, at the same positions. */
export const PRINTED = { position: 'answer', reading: 'rankme' } as const;

/**
 * The rank of one task over the steps of a run; undefined where it was not measured.
 * @throws RangeError where the model has no such layer, or for an unknown position or reading.
 *
 * ```ts
 * const run = loadRun('nano-s0');
 * const { steps, values } = rankSeries(run, 'MOD')!; // as in the paper's figures
 * const sampled = rankSeries(run, 'MOD', { at: 'paper' });
 * ```
 */
export function rankSeries(
  run: MeasuredRun,
  task: string,
  { level, layer, reading, position, at = 'all' }: RankChoice = {},
): Series | undefined {
  const last = run.info.model.layers;
  const chosen = layer ?? last;
  if (!Number.isInteger(chosen) || chosen < 0 || chosen > last) {
    throw new RangeError(`There is no layer ${chosen}: this run has the layers 0 to ${last}.`);
  }
  if (!['prompt', 'answer', undefined].includes(position)) {
    throw new RangeError(`Unknown position "${position}": use prompt or answer.`);
  }
  const column = reading ?? IDENTIFIED.reading;
  if (run.geometry.length > 0 && !(column in run.geometry[0])) {
    throw new RangeError(
      `Unknown reading "${column}": use a column of geometry.csv, such as rankme.`,
    );
  }
  const rows = rowsOf(run.geometry, (row) =>
    [row.task, row.level ?? '', row.layer, row.position].join(' '),
  );
  const own = rows.get([task, level ?? '', chosen, position ?? IDENTIFIED.position].join(' '));
  const steps = at === 'paper' ? paperRankSteps(run.info.training.scale, run.info.step) : undefined;
  return seriesOf(own, column, steps);
}

/** One column of behavior.csv for one task-level; undefined where it was not measured. */
export function behaviorSeries(
  run: MeasuredRun,
  task: string,
  level: number,
  column: Exclude<keyof BehaviorRow, 'task'> = 'accuracy',
  at: Sampling = 'all',
): Series | undefined {
  const steps = at === 'paper' ? paperSteps(run.info.step) : undefined;
  return seriesOf(rowsOf(run.behavior, nameOf).get(nameOf({ task, level })), column, steps);
}

/** Name of a task-level in tables and figures, for example `MOD 2`. */
export const nameOf = ({ task, level }: { task: string; level: number }) => `${task} ${level}`;

export const tasksOf = ({ info }: Pick<MeasuredRun, 'info'>) => info.tasks.names;

/** The task-levels whose behavior was measured, in the run's order. */
export function taskLevelsOf({ behavior }: MeasuredRun): { task: string; level: number }[] {
  return [...rowsOf(behavior, nameOf).values()].map(([{ task, level }]) => ({ task, level }));
}

/**
 * Items by what they have in common, in the order in which each key comes first.
 *
 * ```ts
 * groupBy(studyRuns(), ({ info }) => info.training.scale).get('nano');
 * ```
 */
export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key)!.push(item);
  }
  return groups;
}

/** The part of a series at the steps that a test passes. */
export function during({ steps, values }: Series, keeps: (step: number) => boolean): Series {
  const kept = steps.flatMap((step, i) => (keeps(step) ? i : []));
  return { steps: kept.map((i) => steps[i]), values: kept.map((i) => values[i]) };
}

/** The mean of some series of the same steps. */
export function meanSeries(all: readonly Series[]): Series {
  const values = all[0].values.map((_, i) => mean(all.map((one) => one.values[i])));
  return { steps: all[0].steps, values };
}

/** The lowest value after the first step; undefined for a series of fewer than two steps. */
export function lowest({ steps, values }: Series): { step: number; value: number } | undefined {
  if (values.length < 2) return undefined;
  const value = Math.min(...values.slice(1));
  return { step: steps[values.indexOf(value, 1)], value };
}

/**
 * The value at a step; undefined where that step was not measured.
 *
 * ```ts
 * valueAt(rankSeries(loadRun('nano-s0'), 'MOD')!, 100);
 * ```
 */
export const valueAt = ({ steps, values }: Series, step: number): number | undefined =>
  values[steps.indexOf(step)];

/** Place of the first of `held` values in a row that pass, undefined where there is none. */
export function firstHeld(
  values: readonly number[],
  passes: (value: number) => boolean,
  held: number,
  from = 0,
): number | undefined {
  let since = 0;
  for (let i = from; i < values.length; i++) {
    since = passes(values[i]) ? since + 1 : 0;
    if (since === held) return i - held + 1;
  }
  return undefined;
}

/** A column of some rows at these steps; what was not measured is left out. */
function seriesOf<T extends GeometryRow | BehaviorRow>(
  rows: readonly T[] | undefined,
  column: keyof T,
  steps: readonly number[] | undefined,
): Series | undefined {
  if (!rows) return undefined;
  const wanted = steps && new Set(steps);
  const kept = rows.filter(
    (row) => (!wanted || wanted.has(row.step)) && Number.isFinite(row[column]),
  );
  return { steps: kept.map(({ step }) => step), values: kept.map((row) => row[column] as number) };
}

const known = new WeakMap<readonly object[], Map<string, unknown[]>>();

/** The rows of a table, split once by what they are of: always the same of one table. */
export function rowsOf<T extends object>(table: readonly T[], keyOf: (row: T) => string) {
  if (!known.has(table)) known.set(table, groupBy(table, keyOf));
  return known.get(table) as Map<string, T[]>;
}
