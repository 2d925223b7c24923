import { mean, median } from 'simple-statistics';
import { RUNGS, type Rung } from '../tasks';
import { ONSET, onsetStep } from './definitions';
import {
  behaviorSeries,
  lowest,
  type MeasuredRun,
  type RankChoice,
  rankSeries,
  type Series,
  taskLevelsOf,
  tasksOf,
} from './series';
import { against, shuffled, spearman } from './statistics';

/** What each rung knows, as notebooks and figures write it. */
export const RUNG_NAMES: Readonly<Record<Rung, string>> = {
  token: 'p(token)',
  previous: 'p(token | previous)',
  task: 'p(token | task, place)',
  level: 'p(token | task-level, place)',
};

/** Where one task of a run comes nearest to each blind answer, and where its rank has its floor. */
export interface LadderRow {
  readonly task: string;
  readonly scale: string;
  readonly seed: number;
  /** Step of the lowest rank. */
  readonly floor: number;
  /** First step with nine tenths of the fall done: the fall, without the plateau that may sink on. */
  readonly fallen: number | undefined;
  /** By rung: the step of the least distance, and the distance there in nats per answer token. */
  readonly minima: Readonly<Record<Rung, { readonly step: number; readonly value: number }>>;
  /** The rung whose minimum lies nearest to the floor's step, by the ratio of steps. */
  readonly nearest: Rung;
}

/** KL to one blind answer over steps, in nats per answer token: the mean over a task's levels. */
export function distanceSeries(run: MeasuredRun, task: string, rung: Rung): Series | undefined {
  const levels = taskLevelsOf(run).filter((one) => one.task === task);
  const all = levels.flatMap(({ level }) => behaviorSeries(run, task, level, `kl_${rung}`) ?? []);
  if (all.length === 0) return undefined;
  const values = all[0].steps.map((_, i) => mean(all.map((one) => one.values[i])));
  return { steps: all[0].steps, values };
}

/**
 * The ladder of blind answers of every task: step of each minimum against the floor's. Only dense steps can tell: the
 * whole climb is over within some hundred updates.
 * @param choice of the rank; the identified convention by default.
 */
export function blindLadder(run: MeasuredRun, choice: RankChoice = {}): LadderRow[] {
  const { scale, seed } = run.info.training;
  return tasksOf(run).flatMap((task) => {
    const rank = rankSeries(run, task, choice);
    const low = rank && lowest(rank);
    const found = RUNGS.flatMap((rung) => {
      const series = distanceSeries(run, task, rung);
      const least = series && lowest(series);
      return least ? [[rung, least] as const] : [];
    });
    if (!low || found.length < RUNGS.length) return [];
    const away = ([, { step }]: (typeof found)[number]) =>
      Math.abs(Math.log((step + 1) / (low.step + 1)));
    return [
      {
        ...{ task, scale, seed, floor: low.step },
        fallen: onsetStep(rank, 'fall', { ...ONSET, share: 0.9, held: 1 }),
        minima: Object.fromEntries(found) as unknown as LadderRow['minima'],
        nearest: found.reduce((a, b) => (away(b) < away(a) ? b : a))[0],
      },
    ];
  });
}

/** The ladder of one task at one scale over seeds: medians and ranges of steps. */
export interface LadderCell {
  readonly task: string;
  readonly scale: string;
  readonly seeds: number;
  readonly floor: Range;
  readonly fallen: Range | undefined;
  readonly minima: Readonly<Record<Rung, Range>>;
}
export interface Range {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Rows of the same task and scale together. */
export function ladderCells(rows: readonly LadderRow[]): LadderCell[] {
  const names = [...new Set(rows.map(({ scale, task }) => `${scale} ${task}`))];
  return names.map((name) => {
    const own = rows.filter(({ scale, task }) => `${scale} ${task}` === name);
    const fallen = own.flatMap((row) => row.fallen ?? []);
    const minima = RUNGS.map((rung) => [rung, rangeOf(own.map((row) => row.minima[rung].step))]);
    return {
      ...{ task: own[0].task, scale: own[0].scale, seeds: own.length },
      floor: rangeOf(own.map(({ floor }) => floor)),
      fallen: fallen.length > 0 ? rangeOf(fallen) : undefined,
      minima: Object.fromEntries(minima) as LadderCell['minima'],
    };
  });
}

function rangeOf(values: number[]): Range {
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) };
}

/** How one rung stands to the floor over the tasks of some runs. */
export interface RungFit {
  readonly rung: Rung;
  /** Tasks of runs. */
  readonly cases: number;
  /** Median of floor step over the rung's step; 1: at the same time. */
  readonly ratio: number;
  /** Of these, how many have this rung nearest. */
  readonly nearest: number;
  /** Spearman's correlation, over tasks within runs, of both steps; undefined where one side is all the same. */
  readonly correlation: number | undefined;
  /** How often tasks dealt anew within each run do as well, times the number of rungs (Bonferroni). */
  readonly p: number | undefined;
}

/** On which rung does the floor stand? One row a rung, coarse to fine. */
export function rungFits(rows: readonly LadderRow[]): RungFit[] {
  if (rows.length === 0) return [];
  const groups = [...new Set(rows.map(({ scale, seed }) => `${scale} ${seed}`))].map((run) =>
    rows.filter(({ scale, seed }) => `${scale} ${seed}` === run),
  );
  return RUNGS.map((rung) => {
    const steps = groups.map((own) => own.map((row) => row.minima[rung].step));
    const within = (floors: readonly (readonly number[])[]) => {
      const found = floors.flatMap((own, i) => spearman(own, steps[i]) ?? []);
      return found.length > 0 ? mean(found) : undefined;
    };
    const floors = groups.map((own) => own.map(({ floor }) => floor));
    const correlation = within(floors);
    const chance =
      correlation === undefined
        ? undefined
        : against(correlation, (random) => within(floors.map((own) => shuffled(own, random))));
    const ratios = rows.map((row) => (row.floor + 1) / (row.minima[rung].step + 1));
    return {
      ...{ rung, cases: rows.length, ratio: median(ratios), correlation },
      nearest: rows.filter((row) => row.nearest === rung).length,
      p: chance && Math.min(1, RUNGS.length * chance.p),
    };
  });
}
