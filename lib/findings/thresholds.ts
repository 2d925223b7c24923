import { median } from 'simple-statistics';
import { ACQUISITION_RULES, acquiredByLogProb, acquisitions, difficulty } from './definitions';
import { paperTables } from './paper';
import { byScale, selectRuns } from './runs';
import { behaviorSeries, lowest, type MeasuredRun, rankSeries, tasksOf } from './series';
import { type Share, shareOf } from './statistics';

/** Columns of v4's table: percent of the log-probability's way that is done, and acquisition by accuracy. */
export const THRESHOLDS = ['25 %', '50 %', '75 %', '90 %', 'accuracy'] as const;
const RULES = [...[0.25, 0.5, 0.75, 0.9].map(acquiredByLogProb), ACQUISITION_RULES.v4];

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
 * v4's table of thresholds: how often RankMe's minimum comes before the log-probability has done a share of its way (C5),
 * on hard task-levels that are acquired within the run: of others the last value says little of where the way ends.
 *
 * ```ts
 * const [nano] = thresholds(studyRuns());
 * note(`${nano.found[0]?.count} of ${nano.found[0]?.of} before a quarter of the way`);
 * ```
 */
export function thresholds(given: readonly MeasuredRun[]): ThresholdRow[] {
  const { percent } = paperTables().minimum_before_log_prob_v4;
  return [...byScale(selectRuns(given).runs)].map(([scale, runs]) => {
    const cases = runs.flatMap(casesOf);
    const ways = cases.flatMap(({ done }) => done);
    const columns = RULES.map((_, column) => {
      const reached = cases.flatMap(({ minimum, others, marks }) => {
        const mark = marks[column];
        return mark === undefined ? [] : [{ minimum, others, mark }];
      });
      const found = shareOf(reached, ({ minimum, mark }) => minimum < mark);
      const before = reached.flatMap(({ others, mark }) => others.map((one) => one < mark));
      return { found, exchanged: shareOf(before, Boolean)?.value };
    });
    return {
      scale,
      published: scale in percent ? percent[scale].map((value) => value / 100) : undefined,
      found: columns.map(({ found }) => found),
      exchanged: columns.map(({ exchanged }) => exchanged),
      doneAtMinimum: ways.length > 0 ? median(ways) : undefined,
    };
  });
}

/** Steps of the minimum, of other hard tasks' minima, and of each mark; share of the way that is done at the minimum. */
function casesOf(run: MeasuredRun) {
  const hard = tasksOf(run).filter((task) => difficulty(task) === 'hard');
  const minima = new Map(
    hard.flatMap((task) => {
      const low = lowest(rankSeries(run, task, { at: 'paper' }) ?? { steps: [], values: [] });
      return low ? [[task, low.step] as const] : [];
    }),
  );
  const marks = RULES.map((rule) => acquisitions(run, rule));
  return acquisitions(run, 'v4').flatMap(({ task, level, step }, i) => {
    const minimum = minima.get(task);
    const series = behaviorSeries(run, task, level, 'log_prob', 'paper');
    if (step === undefined || minimum === undefined || !series?.values.length) return [];
    const { steps, values } = series;
    const [there, first] = [values[steps.findLastIndex((one) => one <= minimum)], values[0]];
    const way = values[values.length - 1] - first;
    const others = [...minima].flatMap(([other, low]) => (other === task ? [] : low));
    const done = way === 0 ? [] : [(there - first) / way];
    return [{ minimum, others, done, marks: marks.map((found) => found[i].step) }];
  });
}
