import { logAverage, mean, standardDeviation, sumNthPowerDeviations } from 'simple-statistics';
import { acquisitions, COLLAPSE } from './definitions';
import { FIGURE_TASKS, paperTables } from './paper';
import { byScale, SETTLED } from './runs';
import {
  groupBy,
  IDENTIFIED,
  lowest,
  type MeasuredRun,
  PRINTED,
  type RankChoice,
  rankSeries,
  type Series,
  tasksOf,
} from './series';
import { against, bootstrap, factorOf, share, shareOf, shuffled, spearman } from './statistics';

/** A lowest rank beyond this part of a run may sink on: it is no floor yet. */
const SETTLED_PART = 0.9;

/** Two floors within this factor are the same: seeds of one scale differ by about as much. */
export const SAME_FLOOR = 1.25;

/** Ways to look at the rank, the identified convention first. */
export const VIEWS: readonly (RankChoice & { readonly view: string })[] = [
  { view: 'covariance rank, answer, centered', ...IDENTIFIED },
  { view: 'as printed, answer', ...PRINTED },
  { view: 'as printed, answer, centered', position: 'answer', reading: 'rankme_centered' },
  { view: 'as printed, prompt', position: 'prompt', reading: 'rankme' },
  { view: 'covariance rank, prompt, centered', ...IDENTIFIED, position: 'prompt' },
];

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

/** Start, floor and recovery of a series; undefined for fewer than two steps. */
export function floorOf({ steps, values }: Series): Omit<Floor, 'task'> | undefined {
  const low = lowest({ steps, values });
  if (!low) return undefined;
  const { step, value: floor } = low;
  const start = values[0];
  const fall = Math.max(0, 1 - floor / start);
  const half = floor + (start - floor) / 2;
  const regained = steps.find((later, i) => later > step && values[i] >= half);
  return { start, floor, step, fall, recovery: fall > 0 ? regained : undefined };
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

/**
 * Floors by task and scale, over seeds. A rank that is lowest in the last tenth of its run is left out: it may sink on.
 *
 * ```ts
 * table(floorCells(studyRuns()).map(({ task, scale, mean, published }) => ({ task, scale, mean, published })));
 * ```
 */
export function floorCells(runs: readonly MeasuredRun[], choice: RankChoice = {}): FloorCell[] {
  const known = paperTables().floors_by_scale;
  return [...byScale(runs)].flatMap(([scale, own]) => {
    const found = own.flatMap((run) =>
      floors(run, choice).filter(({ step }) => step <= SETTLED_PART * run.info.step),
    );
    return [...groupBy(found, ({ task }) => task)].map(([task, seeds]) => {
      const [values, steps] = [seeds.map(({ floor }) => floor), seeds.map(({ step }) => step)];
      const published = known[task]?.[known.scales.indexOf(scale)] as number | undefined;
      return { task, scale, floors: values, steps, mean: mean(values), published };
    });
  });
}

/**
 * Mean and population standard deviation over scales of the four tasks in the paper's table of floors, over the scales
 * that both have; `published`: the paper's of the same scales.
 *
 * ```ts
 * floorSummaries(floorCells(studyRuns(), { at: 'paper' }));
 * ```
 */
export function floorSummaries(cells: readonly FloorCell[]) {
  return FIGURE_TASKS.flatMap((task) => {
    const own = cells.filter((cell) => cell.task === task && cell.published !== undefined);
    if (own.length === 0) return [];
    const of = (values: number[]) => ({ mean: mean(values), deviation: standardDeviation(values) });
    const published = of(own.map((cell) => cell.published!));
    const scales = own.map(({ scale }) => scale);
    return [{ task, scales, ...of(own.map((cell) => cell.mean)), published }];
  });
}
export type FloorSummary = ReturnType<typeof floorSummaries>[number];

/**
 * How every task's floor changes from the first scale of the cells to the last: `ratio`, of the two. Empty for one scale.
 *
 * ```ts
 * floorGrowth(floorCells(studyRuns(), { at: 'paper' })).find(({ task }) => task === 'SORT');
 * ```
 */
export function floorGrowth(cells: readonly FloorCell[]) {
  const [from, to] = [cells[0]?.scale, cells.at(-1)?.scale];
  return cells.flatMap(({ task, scale, mean }) => {
    const other = cells.find((cell) => cell.task === task && cell.scale === to);
    const compared = scale === from && from !== to && other;
    return compared ? [{ task, from, to: other.scale, ratio: other.mean / mean }] : [];
  });
}
export type FloorGrowth = ReturnType<typeof floorGrowth>[number];

/**
 * Geometric mean over tasks of how floors change, with an interval over tasks; undefined without growth to judge.
 *
 * ```ts
 * note(say.meanGrowth(meanGrowth(floorGrowth(floorCells(studyRuns())))));
 * ```
 */
export function meanGrowth(growth: readonly FloorGrowth[]) {
  const ratios = growth.map(({ ratio }) => ratio);
  const found = bootstrap(ratios, logAverage);
  return found && { ...found, tasks: growth.length, from: growth[0].from, to: growth[0].to };
}

/** Tasks whose floor is the same at both ends, within {@link SAME_FLOOR}; undefined without growth to judge. */
export function sameFloors(growth: readonly FloorGrowth[]) {
  const found = shareOf(growth, ({ ratio }) => factorOf(ratio) <= SAME_FLOOR);
  return found && { ...found, from: growth[0].from, to: growth[0].to };
}

/**
 * How much of the variance of ln(floor) over tasks, scales and seeds is between tasks (η², 0…1), and what floors dealt
 * to tasks anew give. Undefined for fewer than two tasks, or floors that are all the same.
 */
export function taskEffect(cells: readonly FloorCell[]) {
  const tasks = cells.flatMap(({ task, floors }) => floors.map(() => task));
  const logs = cells.flatMap(({ floors }) => floors.map(Math.log));
  const groups = [...groupBy([...logs.keys()], (i) => tasks[i]).values()];
  if (groups.length < 2) return undefined;
  const betweenTasks = (dealt: number[]) => {
    const total = sumNthPowerDeviations(dealt, 2);
    const means = groups.flatMap((own) => {
      const center = mean(own.map((i) => dealt[i]));
      return own.map(() => center);
    });
    return total === 0 ? undefined : sumNthPowerDeviations(means, 2) / total;
  };
  const explained = betweenTasks(logs);
  if (explained === undefined) return undefined;
  const chance = against(explained, (random) => betweenTasks(shuffled(logs, random)));
  return chance && { explained, chance };
}

/**
 * Task × size pairs whose lowest rank comes by {@link SETTLED} in every seed, of runs of twice as many updates: a shorter
 * one could hardly say otherwise.
 */
export function earlyFloors(runs: readonly MeasuredRun[], choice: RankChoice = {}) {
  const long = byScale(runs.filter(({ info }) => info.step >= 2 * SETTLED));
  const pairs = [...long.values()].flatMap((own) => {
    const found = own.flatMap((run) => floors(run, choice));
    return [...groupBy(found, ({ task }) => task).values()];
  });
  return shareOf(pairs, (seeds) => seeds.every(({ step }) => step <= SETTLED));
}

/**
 * How far two readings of the rank order tasks alike by their floors: Spearman's correlation, scale by scale.
 *
 * ```ts
 * readingsAgree(studyRuns(), [IDENTIFIED, PRINTED]);
 * ```
 */
export function readingsAgree(
  runs: readonly MeasuredRun[],
  [one, other]: readonly [RankChoice, RankChoice],
) {
  const others = floorCells(runs, other);
  return [...groupBy(floorCells(runs, one), ({ scale }) => scale)].flatMap(([scale, cells]) => {
    const pairs = cells.flatMap(({ task, mean }) => {
      const twin = others.find((cell) => cell.task === task && cell.scale === scale);
      return twin ? [[mean, twin.mean] as const] : [];
    });
    const [x, y] = [0, 1].map((side) => pairs.map((pair) => pair[side]));
    const rho = spearman(x, y);
    return rho === undefined ? [] : [{ scale, tasks: pairs.length, rho }];
  });
}

/** Tasks of all runs whose rank loses a quarter or more. */
export function collapses(runs: readonly MeasuredRun[], choice: RankChoice = {}) {
  const found = runs.flatMap((run) => floors(run, choice));
  return shareOf(found, ({ fall }) => fall >= COLLAPSE.share);
}

/**
 * v4's order of events, collapse, recovery, acquisition, by its rule of acquisition, at the paper's steps.
 * @returns `held`: acquired task-levels whose task has half of its fall regained by then; `exchanged`: the same where each
 * run deals its recoveries to its tasks anew. Undefined where nothing is acquired.
 */
export function sequence(runs: readonly MeasuredRun[]) {
  const events = runs.map((run) => {
    const found = floors(run, { at: 'paper' });
    const tasks = found.map(({ task }) => task);
    const acquired = acquisitions(run, 'v4').flatMap(({ task, step }) =>
      step !== undefined && tasks.includes(task) ? [{ task: tasks.indexOf(task), step }] : [],
    );
    return { recoveries: found.map(({ recovery = Infinity }) => recovery), acquired };
  });
  const all = events.flatMap(({ acquired }) => acquired).length;
  const count = (recoveries: readonly (readonly number[])[]) =>
    events.flatMap(({ acquired }, run) =>
      acquired.filter(({ task, step }) => recoveries[run][task] <= step),
    ).length;
  const held = share(count(events.map(({ recoveries }) => recoveries)), all);
  if (!held) return undefined;
  const exchanged = against(held.value, (random) => {
    return count(events.map(({ recoveries }) => shuffled(recoveries, random))) / all;
  });
  return { held, exchanged };
}
