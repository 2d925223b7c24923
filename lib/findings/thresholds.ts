import { mean, median } from 'simple-statistics';
import { ACQUIRED_V4, acquiredByLogProb, acquisitions, difficulty } from './definitions';
import { paperTables } from './paper';
import { scalesOf, selectRuns } from './runs';
import { behaviorSeries, lowest, type MeasuredRun, rankSeries, type Sampling } from './series';
import { type Share, share } from './statistics';

/** Columns of v4's table: percent of the log-probability's way that is done, and acquisition by accuracy. */
export const THRESHOLDS = ['25 %', '50 %', '75 %', '90 %', 'accuracy'] as const;
const RULES = [...[0.25, 0.5, 0.75, 0.9].map(acquiredByLogProb), ACQUIRED_V4];

/** How often the minimum of RankMe comes first at one size, column by column as {@link THRESHOLDS}. */
export interface ThresholdRow {
  readonly scale: string;
  /** Shares, 0…1; undefined for a size that v4 has not. */
  readonly published: readonly number[] | undefined;
  /** Of hard task-levels that reach the column's mark. */
  readonly found: readonly (Share | undefined)[];
  /** The same with the minimum of the other tasks of the run, on average. */
  readonly exchanged: readonly (number | undefined)[];
  /** Median share of the log-probability's way that is done at the minimum: do the outputs move first? */
  readonly doneAtMinimum: number | undefined;
}

/**
 * v4's table of thresholds: how often RankMe's minimum comes before the log-probability has done a share of its way, on
 * hard task-levels that are acquired within the run: of others the last value says little of where the way ends.
 * @param at the paper's steps by default; `all` for every measured one.
 *
 * ```ts
 * const [nano] = thresholds(studyRuns());
 * note(`${nano.found[0]?.count} of ${nano.found[0]?.of} before a quarter of the way`);
 * ```
 */
export function thresholds(given: readonly MeasuredRun[], at: Sampling = 'paper'): ThresholdRow[] {
  const { runs } = selectRuns(given);
  const { percent } = paperTables().minimum_before_log_prob_v4;
  return scalesOf(runs).map((scale) => {
    const own = runs.filter(({ info }) => info.training.scale === scale);
    const columns = RULES.map((rule) => {
      const cases = own.flatMap((run) => {
        const hard = run.info.tasks.names.filter((task) => difficulty(task) === 'hard');
        const minimum = (task: string) => {
          const series = rankSeries(run, task, { at });
          return series && lowest(series)?.step;
        };
        const minima = new Map(hard.flatMap((task) => [[task, minimum(task)] as const]));
        const acquired = acquisitions(run, ACQUIRED_V4, at);
        return acquisitions(run, rule, at).flatMap(({ task, step }, i) => {
          if (acquired[i].step === undefined || minima.get(task) === undefined) return [];
          if (step === undefined) return [];
          const others = [...minima].flatMap(([other, at]) =>
            other === task || at === undefined ? [] : Number(at < step),
          );
          return [{ first: minima.get(task)! < step, others }];
        });
      });
      const others = cases.flatMap((one) => one.others);
      return {
        found: share(cases.filter(({ first }) => first).length, cases.length),
        exchanged: others.length > 0 ? mean(others) : undefined,
      };
    });
    const done = own.flatMap((run) => doneAtMinimum(run, at));
    return {
      ...{ scale, published: percent[scale]?.map((value) => value / 100) },
      found: columns.map(({ found }) => found),
      exchanged: columns.map(({ exchanged }) => exchanged),
      doneAtMinimum: done.length > 0 ? median(done) : undefined,
    };
  });
}

/** Share of the log-probability's way, first to last, at each hard task-level's minimum. */
function doneAtMinimum(run: MeasuredRun, at: Sampling): number[] {
  return acquisitions(run, ACQUIRED_V4, at).flatMap(({ task, level, step }) => {
    const ranks = rankSeries(run, task, { at });
    const minimum = ranks && lowest(ranks);
    const series = behaviorSeries(run, task, level, 'log_prob', at);
    if (difficulty(task) !== 'hard' || step === undefined || !minimum || !series) return [];
    const { steps, values } = series;
    const there = values[steps.findLastIndex((one) => one <= minimum.step)];
    return [(there - values[0]) / (values[values.length - 1] - values[0])];
  });
}
