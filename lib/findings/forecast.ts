import { mean, median } from 'simple-statistics';
import { acquisitions, type DifficultyVersion } from './definitions';
import { runName, selectRuns } from './runs';
import {
  behaviorSeries,
  during,
  groupBy,
  IDENTIFIED,
  lowest,
  type MeasuredRun,
  nameOf,
  PRINTED,
  rankSeries,
  type Series,
} from './series';

/** All published floors lie within the first 1,000 steps: a prediction by the paper's rule sees no more. */
const EARLY = { unit: 'task', at: 'paper', until: 1000 } as const;

/**
 * What is predicted, and from what, by the paper's versions and by ours. `until`: the last step that a prediction looks
 * at, undefined for the last one before any task-level of the run is acquired. The paper's unit is the task: its
 * correlations, .57 and .90, are among those that eight cases can give. Which level a task is acquired at is not said: the
 * median of its levels stands for it.
 */
const SETTINGS = {
  v1: { ...EARLY, acquisition: 'v1', classes: 'v1' },
  v4: { ...EARLY, acquisition: 'v4', classes: 'v4' },
  ours: { unit: 'task-level', acquisition: 'ours', classes: 'v4', at: 'all', until: undefined },
} as const;
export type SettingName = keyof typeof SETTINGS;

/** What predictions are made from: the main one first; baselines look at no states. */
export const PREDICTORS = [
  { id: 'floor', label: 'lowest RankMe', baseline: false },
  { id: 'printed', label: 'lowest RankMe as printed', baseline: false },
  { id: 'rank', label: 'RankMe at the last step seen', baseline: false },
  { id: 'loss', label: 'loss at that step', baseline: true },
  { id: 'blind', label: 'KL to the blind answers', baseline: true },
  { id: 'level', label: 'level', baseline: true },
] as const;

/** One task, or task-level, of a run. */
export interface Forecast {
  readonly name: string;
  readonly task: string;
  /** Infinity where it is not acquired within the run: later than all others, and tied with its like. */
  readonly step: number;
  /** By predictor. */
  readonly scores: Readonly<Record<string, number>>;
}

/** The forecasts of one run. */
export interface RunForecast {
  readonly run: string;
  readonly scale: string;
  readonly classes: DifficultyVersion;
  /** Last measured step that was looked at. */
  readonly until: number | undefined;
  readonly forecasts: readonly Forecast[];
  /** Why there are none. */
  readonly reason?: string;
}

/**
 * What is known early of every task or task-level of a run, and when it was acquired.
 *
 * ```ts
 * const { forecasts, reason } = forecast(loadRun('nano-s0'), 'v4');
 * table(forecasts.map(({ name, step, scores }) => ({ name, step, floor: scores.floor })));
 * ```
 */
export function forecast(run: MeasuredRun, name: SettingName = 'ours'): RunForecast {
  const { acquisition, unit, classes, at, until: last } = SETTINGS[name];
  const found = acquisitions(run, acquisition, at);
  const named = { run: runName(run), scale: run.info.training.scale, classes };
  const none = (reason: string) => ({ ...named, until: undefined, forecasts: [], reason });
  const first = Math.min(...found.flatMap(({ step }) => step ?? []));
  if (first === Infinity) return none('nothing is acquired in this run');
  const seen = rankSeries(run, found[0].task, { at })?.steps ?? [];
  const until = seen.findLast((step) => (last === undefined ? step < first : step <= last));
  if (!until) return none('no rank was measured between step 0 and the first acquisition');
  const early = (series?: Series) => series && during(series, (step) => step <= until);
  const groups = groupBy(found, (one) => (unit === 'task' ? one.task : nameOf(one)));
  const forecasts = [...groups].flatMap(([name, levels]) => {
    const [{ task, level }] = levels;
    const [measured, printed] = [IDENTIFIED, PRINTED].map((convention) => {
      const choice = { ...convention, at };
      // A run may have ranks of whole tasks alone.
      const own = unit === 'task' ? undefined : rankSeries(run, task, { ...choice, level });
      return early(own ?? rankSeries(run, task, choice));
    });
    const [floor, other] = [measured, printed].map((series) => series && lowest(series)?.value);
    const [loss, blind] = (['log_prob', 'kl_level'] as const).map((column) =>
      levels.flatMap((own) => {
        return early(behaviorSeries(run, task, own.level, column, at))?.values.at(-1) ?? [];
      }),
    );
    if (floor === undefined || other === undefined || !loss.length || !blind.length) return [];
    const scores = {
      ...{ floor, printed: other, rank: measured!.values.at(-1)! },
      ...{ loss: -mean(loss), blind: mean(blind), level: mean(levels.map((own) => own.level)) },
    };
    const step = median(levels.map((own) => own.step ?? Number.POSITIVE_INFINITY));
    return [{ name, task, step, scores }];
  });
  return { ...named, until, forecasts };
}

/**
 * The forecasts of the runs that count, without those that have none.
 *
 * ```ts
 * forecastsOf(studyRuns(), 'v4').map(({ run, forecasts }) => [run, forecasts.length]);
 * ```
 */
export function forecastsOf(runs: readonly MeasuredRun[], name: SettingName): RunForecast[] {
  const found = selectRuns(runs).runs.map((run) => forecast(run, name));
  return found.filter(({ forecasts }) => forecasts.length > 1);
}

/** Every couple of different runs, in both directions: the second's steps as the prediction of the first's. */
export function otherTraining(
  runs: readonly RunForecast[],
  between: 'seeds' | 'scales',
): RunForecast[] {
  return runs.flatMap((run) =>
    runs
      .filter((other) => other !== run && (other.scale === run.scale) === (between === 'seeds'))
      .map((other) => ({
        ...run,
        forecasts: run.forecasts.flatMap((one) => {
          const seen = other.forecasts.find(({ name }) => name === one.name);
          return seen ? [{ ...one, scores: { other: seen.step } }] : [];
        }),
      })),
  );
}
