import { mean, standardDeviation } from 'simple-statistics';
import { acquisitions, COLLAPSE } from './definitions';
import { FIGURE_TASKS, paperTables } from './paper';
import { scalesOf } from './runs';
import {
  IDENTIFIED,
  lowest,
  type MeasuredRun,
  PRINTED,
  type RankChoice,
  rankSeries,
  type Sampling,
  type Series,
  tasksOf,
} from './series';
import { against, type Chance, type Share, share, shuffled } from './statistics';

/** What the rank of one task goes through. */
export interface Floor {
  readonly task: string;
  /** Rank before the first update. */
  readonly start: number;
  /** Lowest rank after it. */
  readonly floor: number;
  /** First step with the floor. */
  readonly step: number;
  /** Share of the start that is lost at the floor, 0…1. */
  readonly fall: number;
  /** First step after the floor with half of the fall regained; undefined where that does not come. */
  readonly recovery: number | undefined;
}

/** Two floors within this factor are the same: seeds of one scale differ by about as much. */
export const SAME_FLOOR = 1.25;

/** Ways to look at the rank, the identified convention first. */
export const VIEWS: readonly (RankChoice & { readonly view: string })[] = [
  { view: 'covariance rank, answer, centered', ...IDENTIFIED },
  { view: 'as printed, answer', ...PRINTED },
  { view: 'as printed, answer, centered', position: 'answer', reading: 'rankme_centered' },
  { view: 'as printed, prompt', position: 'prompt', reading: 'rankme' },
  {
    view: 'covariance rank, prompt, centered',
    position: 'prompt',
    reading: 'covariance_rank_centered',
  },
];

/** Start, floor and recovery of a series; undefined for fewer than two steps. */
export function floorOf(series: Series): Omit<Floor, 'task'> | undefined {
  const low = lowest(series);
  if (!low) return undefined;
  const { steps, values } = series;
  const start = values[0];
  const half = low.value + (start - low.value) / 2;
  const after = steps.findIndex((step, i) => step > low.step && values[i] >= half);
  const fall = Math.max(0, 1 - low.value / start);
  const recovery = fall > 0 && after >= 0 ? steps[after] : undefined;
  return { start, floor: low.value, step: low.step, fall, recovery };
}

/**
 * The floor of every task of a run, levels pooled unless a level is chosen.
 *
 * ```ts
 * floors(loadRun('nano-s0')); // every measured step
 * floors(loadRun('nano-s0'), { at: 'paper' }); // as the paper could see them
 * ```
 */
export function floors(run: MeasuredRun, choice: RankChoice = {}): Floor[] {
  return tasksOf(run).flatMap((task) => {
    const series = rankSeries(run, task, choice);
    const found = series && floorOf(series);
    return found ? [{ task, ...found }] : [];
  });
}

/** The floors of one task at one scale, one a seed. */
export interface FloorCell {
  readonly task: string;
  readonly scale: string;
  readonly floors: readonly number[];
  readonly steps: readonly number[];
  readonly mean: number;
  /** What the paper's figures show; undefined for a task or scale that they do not. */
  readonly published: number | undefined;
}

/** Floors by task and scale, over seeds. */
export function floorCells(runs: readonly MeasuredRun[], choice: RankChoice = {}): FloorCell[] {
  const { floors_by_scale: published } = paperTables();
  const known = published as unknown as Record<string, readonly number[]>;
  return scalesOf(runs).flatMap((scale) => {
    const found = runs
      .filter(({ info }) => info.training.scale === scale)
      .flatMap((run) => floors(run, choice));
    return [...new Set(found.map(({ task }) => task))].map((task) => {
      const own = found.filter((one) => one.task === task);
      const values = own.map(({ floor }) => floor);
      return {
        ...{ task, scale, floors: values, steps: own.map(({ step }) => step) },
        mean: mean(values),
        published: known[task]?.[published.scales.indexOf(scale)],
      };
    });
  });
}

/** Mean and population standard deviation over scales, as the paper's table of floors has them. */
export interface FloorSummary {
  readonly task: string;
  readonly scales: readonly string[];
  readonly mean: number;
  readonly deviation: number;
  /** Of the paper's floors at the same scales. */
  readonly published: { readonly mean: number; readonly deviation: number };
}

/** The four tasks of the paper's table, over the scales that both have. */
export function floorSummaries(cells: readonly FloorCell[]): FloorSummary[] {
  return FIGURE_TASKS.flatMap((task) => {
    const own = cells.filter((cell) => cell.task === task && cell.published !== undefined);
    if (own.length === 0) return [];
    const of = (values: number[]) => ({ mean: mean(values), deviation: standardDeviation(values) });
    return [
      {
        ...{ task, scales: own.map(({ scale }) => scale) },
        ...of(own.map((cell) => cell.mean)),
        published: of(own.map(({ published }) => published!)),
      },
    ];
  });
}

/** How one task's floor changes from the smallest scale to the largest. */
export interface FloorGrowth {
  readonly task: string;
  readonly from: string;
  readonly to: string;
  /** Floor at the largest over floor at the smallest. */
  readonly ratio: number;
}

/** Growth of every task's floor; empty for one scale. Cells are in the order of scales, smallest first. */
export function floorGrowth(cells: readonly FloorCell[]): FloorGrowth[] {
  const scales = [...new Set(cells.map(({ scale }) => scale))];
  const [from, to] = [scales[0], scales[scales.length - 1]];
  if (scales.length < 2) return [];
  return cells.flatMap((cell) => {
    if (cell.scale !== from) return [];
    const other = cells.find(({ task, scale }) => task === cell.task && scale === to);
    return other ? [{ task: cell.task, from, to, ratio: other.mean / cell.mean }] : [];
  });
}

/** Tasks whose floor is the same at both ends, within {@link SAME_FLOOR}, and from where to where. */
export interface SameFloors extends Share, Pick<FloorGrowth, 'from' | 'to'> {}

/** Undefined without growth to judge. */
export function sameFloors(growth: readonly FloorGrowth[]): SameFloors | undefined {
  const same = growth.filter(({ ratio }) => Math.max(ratio, 1 / ratio) <= SAME_FLOOR);
  const found = share(same.length, growth.length);
  return found && { ...found, from: growth[0].from, to: growth[0].to };
}

/** How much of the variance of ln(floor) over tasks, scales and seeds is between tasks. */
export interface TaskEffect {
  /** η², 0…1. */
  readonly explained: number;
  /** The same with floors dealt to tasks anew. */
  readonly chance: Chance;
}

/** Undefined for fewer than two tasks, or floors that are all the same. */
export function taskEffect(cells: readonly FloorCell[]): TaskEffect | undefined {
  const values = cells.flatMap(({ task, floors }) =>
    floors.map((floor) => ({ task, log: Math.log(floor) })),
  );
  const explained = betweenTasks(values);
  if (explained === undefined) return undefined;
  const chance = against(explained, (random) => {
    const dealt = shuffled(values, random);
    return betweenTasks(values.map(({ task }, i) => ({ task, log: dealt[i].log })));
  });
  return chance && { explained, chance };
}

function betweenTasks(values: readonly { task: string; log: number }[]): number | undefined {
  const tasks = [...new Set(values.map(({ task }) => task))];
  if (tasks.length < 2) return undefined;
  const center = mean(values.map(({ log }) => log));
  const total = values.reduce((sum, { log }) => sum + (log - center) ** 2, 0);
  if (total === 0) return undefined;
  const between = tasks.reduce((sum, task) => {
    const own = values.filter((one) => one.task === task).map(({ log }) => log);
    return sum + own.length * (mean(own) - center) ** 2;
  }, 0);
  return between / total;
}

/** Tasks of all runs whose rank loses a quarter or more. */
export function collapses(
  runs: readonly MeasuredRun[],
  choice: RankChoice = {},
): Share | undefined {
  const found = runs.flatMap((run) => floors(run, choice));
  return share(found.filter(({ fall }) => fall >= COLLAPSE.share).length, found.length);
}

/** Whether recovery comes before acquisition, and how often it would with another task's recovery. */
export interface Sequence {
  /** Acquired task-levels whose task has had its floor, and half of the fall regained, by then. */
  readonly held: Share;
  /** The same where each run deals its recoveries to its tasks anew. */
  readonly exchanged: Chance | undefined;
}

/** v4's order of events, collapse, recovery, acquisition, by its rule of acquisition. */
export function sequence(
  runs: readonly MeasuredRun[],
  at: Sampling = 'paper',
): Sequence | undefined {
  const events = runs.map((run) => {
    const recoveries = new Map(floors(run, { at }).map(({ task, recovery }) => [task, recovery]));
    const acquired = acquisitions(run, 'v4', at).filter(({ step }) => step !== undefined);
    return { recoveries, acquired: acquired.filter(({ task }) => recoveries.has(task)) };
  });
  const count = (recoveryOf: (run: number, task: string) => number | undefined) =>
    events.reduce(
      (sum, { acquired }, run) =>
        sum +
        acquired.filter(({ task, step }) => (recoveryOf(run, task) ?? Infinity) <= step!).length,
      0,
    );
  const all = events.reduce((sum, { acquired }) => sum + acquired.length, 0);
  const held = share(
    count((run, task) => events[run].recoveries.get(task)),
    all,
  );
  if (!held) return undefined;
  const exchanged = against(held.value, (random) => {
    const dealt = events.map(({ recoveries }) => {
      const other = shuffled([...recoveries.values()], random);
      return new Map([...recoveries.keys()].map((task, i) => [task, other[i]]));
    });
    return count((run, task) => dealt[run].get(task)) / all;
  });
  return { held, exchanged };
}
