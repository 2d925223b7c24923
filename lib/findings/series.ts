import type { Run } from '../study/run/run-folder';
import type { BehaviorRow, GeometryRow } from '../study/run/tables';
import { paperRankSteps, paperSteps } from '../training/schedule';

/** A quantity over measured steps, both of one length, steps increasing. */
export interface Series {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** A run with the tables that findings read; the landscape and probes may be missing. */
export type MeasuredRun = Pick<Run, 'info' | 'behavior' | 'geometry'> &
  Partial<Pick<Run, 'training' | 'landscape' | 'probes'>>;

/** `all`: every measured step. `paper`: the steps at which the paper measured, taken out of them. */
export type Sampling = 'all' | 'paper';

/** A column of geometry.csv that is a rank. */
export type Reading = 'rankme' | 'rankme_centered' | 'covariance_rank' | 'covariance_rank_centered';

/** Which rank is looked at. */
export interface RankChoice {
  /** Undefined: levels pooled, as in the paper's figures. */
  readonly level?: number;
  /** 0 = after the embeddings, 1…L = after each block; the last where left out. */
  readonly layer?: number;
  /** `answer`, all answer positions, where left out. */
  readonly position?: 'prompt' | 'answer';
  /** Effective rank of the centered covariance where left out: what the paper's figures show (notebook 01). */
  readonly reading?: Reading | 'mean_share';
  readonly at?: Sampling;
}

/** The identified convention: what is set beside the paper's numbers. */
export const IDENTIFIED = { position: 'answer', reading: 'covariance_rank_centered' } as const;
/** The formula that the paper prints, on the states as they are, at the same positions. */
export const PRINTED = { position: 'answer', reading: 'rankme' } as const;

/**
 * The rank of one task over the steps of a run; undefined where it was not measured.
 * @throws RangeError where the model has no such layer.
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
  const key = [task, level ?? '', chosen, position ?? IDENTIFIED.position].join(' ');
  const rows = rowsOf(run, 'geometry').get(key) as GeometryRow[] | undefined;
  const { scale } = run.info.training;
  const kept = at === 'paper' ? paperRankSteps(scale, run.info.step) : undefined;
  return seriesOf(rows, reading ?? IDENTIFIED.reading, kept);
}

/** One column of behavior.csv for one task-level; undefined where it was not measured. */
export function behaviorSeries(
  run: MeasuredRun,
  task: string,
  level: number,
  column: Exclude<keyof BehaviorRow, 'task'> = 'accuracy',
  at: Sampling = 'all',
): Series | undefined {
  const rows = rowsOf(run, 'behavior').get(`${task} ${level}`) as BehaviorRow[] | undefined;
  return seriesOf(rows, column, at === 'paper' ? paperSteps(run.info.step) : undefined);
}

/** The tasks of a run, in its order. */
export function tasksOf({ info }: MeasuredRun): readonly string[] {
  return info.tasks.names;
}

/** The task-levels whose behavior was measured, in the run's order. */
export function taskLevelsOf(
  run: MeasuredRun,
): { readonly task: string; readonly level: number }[] {
  return [...rowsOf(run, 'behavior').values()].map(([{ task, level }]) => ({
    task,
    level: level as number,
  }));
}

/** The part of a series at these steps, or over those that a test passes. */
export function during({ steps, values }: Series, keeps: (step: number) => boolean): Series {
  const kept = steps.map((_, i) => i).filter((i) => keeps(steps[i]));
  return { steps: kept.map((i) => steps[i]), values: kept.map((i) => values[i]) };
}

/** The place of the lowest value after the first step; undefined for a series of fewer than two steps. */
export function lowest({ steps, values }: Series): { step: number; value: number } | undefined {
  if (values.length < 2) return undefined;
  let at = 1;
  for (let i = 2; i < values.length; i++) if (values[i] < values[at]) at = i;
  return { step: steps[at], value: values[at] };
}

/** The value at a step; undefined where that step was not measured. */
export function valueAt({ steps, values }: Series, step: number): number | undefined {
  const at = steps.indexOf(step);
  return at < 0 ? undefined : values[at];
}

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

type Row = GeometryRow | BehaviorRow;

function seriesOf(
  rows: readonly Row[] | undefined,
  column: string,
  kept: readonly number[] | undefined,
): Series | undefined {
  if (!rows) return undefined;
  const wanted = kept && new Set(kept);
  const own = wanted ? rows.filter(({ step }) => wanted.has(step)) : rows;
  const values = own.map((row) => (row as unknown as Record<string, number>)[column]);
  return { steps: own.map(({ step }) => step), values };
}

const known = new WeakMap<readonly Row[], Map<string, Row[]>>();

/** The rows of a table, split once by what they are of. */
function rowsOf(run: MeasuredRun, table: 'behavior' | 'geometry'): Map<string, Row[]> {
  const rows: readonly Row[] = run[table];
  const found = known.get(rows);
  if (found) return found;
  const split = new Map<string, Row[]>();
  for (const row of rows) {
    const key =
      'layer' in row
        ? [row.task, row.level ?? '', row.layer, row.position].join(' ')
        : `${row.task} ${row.level}`;
    const own = split.get(key);
    if (own) own.push(row);
    else split.set(key, [row]);
  }
  known.set(rows, split);
  return split;
}
