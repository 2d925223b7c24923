import { mean, median } from 'simple-statistics';
import { type Random, RUNGS, type Rung } from '../tasks';
import { ONSET, onsetStep, timesAhead } from './definitions';
import {
  behaviorSeries,
  groupBy,
  lowest,
  type MeasuredRun,
  meanSeries,
  type RankChoice,
  rankSeries,
  type Series,
  taskLevelsOf,
  tasksOf,
} from './series';
import { against, type Share, shareOf, shuffled, spearman } from './statistics';

/** What each rung knows, as notebooks and figures write it. */
export const RUNG_NAMES: Readonly<Record<Rung, string>> = {
  token: 'p(token)',
  previous: 'p(token | previous)',
  task: 'p(token | task, place)',
  level: 'p(token | task-level, place)',
};

/** KL to one blind answer over steps, in nats per answer token: the mean over a task's levels. */
export function distanceSeries(run: MeasuredRun, task: string, rung: Rung): Series | undefined {
  const levels = taskLevelsOf(run).filter((one) => one.task === task);
  const all = levels.flatMap(({ level }) => behaviorSeries(run, task, level, `kl_${rung}`) ?? []);
  return all.length > 0 ? meanSeries(all) : undefined;
}

/** Where one task of a run comes nearest to each blind answer, and where its rank has its floor. */
export interface LadderRow {
  readonly task: string;
  readonly scale: string;
  readonly seed: number;
  /** Step of the lowest rank. */
  readonly floor: number;
  /** First step with nine tenths of the fall done: without the plateau that may sink on. */
  readonly fallen: number | undefined;
  /** By rung: the step of the least distance, and the distance there in nats per answer token. */
  readonly minima: Readonly<Record<Rung, { readonly step: number; readonly value: number }>>;
  /** The rung whose minimum lies nearest to the floor's step, by the ratio of steps. */
  readonly nearest: Rung;
}

/**
 * The ladder of blind answers of every task. Only dense steps can tell: the climb is over within some hundred updates.
 *
 * ```ts
 * const rows = blindLadder(loadRun('nano-s0'));
 * table(rows.map(({ task, floor, minima }) => ({ task, floor, previous: minima.previous })));
 * ```
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
      Math.abs(Math.log(timesAhead(step, low.step)));
    const fallen = onsetStep(rank, 'fall', { ...ONSET, share: 0.9, held: 1 });
    const minima = Object.fromEntries(found) as Record<Rung, typeof low>;
    const [nearest] = found.reduce((a, b) => (away(b) < away(a) ? b : a));
    return [{ task, scale, seed, floor: low.step, fallen, minima, nearest }];
  });
}

function range(values: number[]) {
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) };
}

/**
 * The ladder of each task at each scale over seeds: medians and ranges of steps.
 *
 * ```ts
 * show(ladderSteps(ladderCells(studyRuns().flatMap((run) => blindLadder(run))), 'all sizes'));
 * ```
 */
export function ladderCells(rows: readonly LadderRow[]) {
  return [...groupBy(rows, ({ scale, task }) => `${scale} ${task}`).values()].map((own) => {
    const [{ task, scale }] = own;
    const fallen = own.flatMap((row) => row.fallen ?? []);
    const minima = RUNGS.map((rung) => [rung, range(own.map((row) => row.minima[rung].step))]);
    return {
      ...{ task, scale, seeds: own.length },
      floor: range(own.map(({ floor }) => floor)),
      fallen: fallen.length > 0 ? range(fallen) : undefined,
      minima: Object.fromEntries(minima) as Record<Rung, ReturnType<typeof range>>,
    };
  });
}
export type LadderCell = ReturnType<typeof ladderCells>[number];

/** Cells whose floor comes while the outputs climb: after the coarsest rung's minimum and before the finest's (C10). */
export function whileClimbing(cells: readonly LadderCell[]): Share | undefined {
  return shareOf(cells, ({ floor, minima: { token, level } }) => {
    return floor.median > token.median && floor.median < level.median;
  });
}

/**
 * On which rung does the floor stand? A row a rung, coarse to fine, over the tasks of some runs (`cases`): `ratio`, the
 * median of floor step over the rung's step; `nearest`, cases that have this rung nearest; `correlation`, Spearman's of
 * both steps over tasks, mean over runs; `chance`, the same with tasks shuffled within each run; `p`, of its four tests,
 * by Bonferroni's rule.
 *
 * ```ts
 * table(rungFits(studyRuns().flatMap((run) => blindLadder(run))).map(({ rung, ratio, nearest }) => ({ rung, ratio, nearest })));
 * ```
 */
export function rungFits(rows: readonly LadderRow[]) {
  if (rows.length === 0) return [];
  const groups = [...groupBy(rows, ({ scale, seed }) => `${scale} ${seed}`).values()];
  const floors = groups.map((own) => own.map(({ floor }) => floor));
  return RUNGS.map((rung) => {
    const steps = groups.map((own) => own.map((row) => row.minima[rung].step));
    const within = (all: readonly (readonly number[])[]) => {
      const found = all.flatMap((own, i) => spearman(own, steps[i]) ?? []);
      return found.length > 0 ? mean(found) : undefined;
    };
    const correlation = within(floors);
    const dealt = (random: Random) => within(floors.map((own) => shuffled(own, random)));
    const chance = correlation === undefined ? undefined : against(correlation, dealt);
    return {
      rung,
      cases: rows.length,
      correlation,
      chance,
      ratio: median(rows.map((row) => timesAhead(row.minima[rung].step, row.floor))),
      nearest: rows.filter((row) => row.nearest === rung).length,
      p: chance && Math.min(1, RUNGS.length * chance.p),
    };
  });
}
export type RungFit = ReturnType<typeof rungFits>[number];
