import { mean } from 'simple-statistics';
import { meanFactor } from './curves';
import { atMinimum, type FallTimes, topDownByDepth, topDownByTime } from './definitions';
import { paperTables } from './paper';
import { type MeasuredRun, type RankChoice, rankSeries, type Series, tasksOf } from './series';
import { against, type Chance, type Share, share } from './statistics';

/** How the layers of one task fall in one run. */
export interface LayerFall {
  readonly task: string;
  readonly scale: string;
  readonly seed: number;
  /** Ranks by layer where the last one is lowest, first block first. */
  readonly profile: readonly number[];
  /** The paper's top-down: the last layer is below the first there. */
  readonly deepest: boolean;
  /** True where every layer is below the one before it. */
  readonly monotone: boolean;
  /** Ours: when each layer has half of its own fall done. */
  readonly time: FallTimes;
}

/** The ranks of one task in every layer after a block, first block first. */
export function layerSeries(run: MeasuredRun, task: string, choice: RankChoice = {}): Series[] {
  const layers = Array.from({ length: run.info.model.layers }, (_, i) => i + 1);
  return layers.flatMap((layer) => rankSeries(run, task, { ...choice, layer }) ?? []);
}

/**
 * How the layers fall, task by task.
 *
 * ```ts
 * layerFalls(loadRun('micro-s0'), { at: 'paper' }).filter(({ deepest }) => deepest).length;
 * ```
 */
export function layerFalls(run: MeasuredRun, choice: RankChoice = {}): LayerFall[] {
  const { scale, seed } = run.info.training;
  return tasksOf(run).flatMap((task) => {
    const layers = layerSeries(run, task, choice);
    const [deepest, profile] = [topDownByDepth(layers), atMinimum(layers)];
    if (deepest === undefined || !profile) return [];
    const monotone = profile.every((rank, i) => i === 0 || rank < profile[i - 1]);
    return [{ task, scale, seed, profile, deepest, monotone, time: topDownByTime(layers) }];
  });
}

/** Task × scale pairs, the paper's unit, that are top-down over their seeds. */
export interface TopDown {
  /** Undefined where no pair can be judged. */
  readonly share: Share | undefined;
  /** For time: the share with each task's order turned around or not by a coin. */
  readonly chance: Chance | undefined;
}

/** By depth: the last layer is deepest in most seeds. By time: the mean correlation of depth and step is below 0. */
export function topDown(falls: readonly LayerFall[], by: 'depth' | 'time' | 'monotone'): TopDown {
  const marked = falls.flatMap((fall) => {
    const { deepest, monotone, time } = fall;
    const mark = { depth: deepest ? 1 : -1, monotone: monotone ? 1 : -1, time: time.correlation };
    const own = by === 'time' && mark.time !== undefined ? -mark.time : mark[by];
    return own === undefined ? [] : [{ pair: `${fall.scale} ${fall.task}`, mark: own }];
  });
  const pairs = [...new Set(marked.map(({ pair }) => pair))];
  const places = marked.map(({ pair }) => pairs.indexOf(pair));
  const count = (marks: readonly number[]) => {
    const sums = pairs.map(() => 0);
    for (const [i, mark] of marks.entries()) sums[places[i]] += mark;
    return sums.filter((sum) => sum > 0).length;
  };
  const marks = marked.map(({ mark }) => mark);
  const found = share(count(marks), pairs.length);
  const coin = found && by === 'time';
  return {
    share: found,
    chance: coin
      ? against(found.value, (random) => {
          return count(marks.map((mark) => (random.below(2) === 0 ? mark : -mark))) / pairs.length;
        })
      : undefined,
  };
}

/** A published profile beside ours at MOD's minimum. */
export interface ProfileMatch {
  readonly scale: string;
  readonly published: readonly number[];
  /** Means over seeds, by layer. */
  readonly ours: readonly number[];
  /** Mean factor between the two. */
  readonly factor: number;
}

/** Ranks by layer at MOD's minimum, at the three scales that the paper shows. */
export function profileMatches(falls: readonly LayerFall[]): ProfileMatch[] {
  const { task, 'layers from the first up': published } = paperTables().layers_at_minimum;
  return Object.entries(published).flatMap(([scale, theirs]) => {
    const own = falls.filter((fall) => fall.task === task && fall.scale === scale);
    if (own.length === 0) return [];
    const ours = theirs.map((_, layer) => mean(own.map(({ profile }) => profile[layer])));
    const factor = meanFactor(theirs.map((rank, i) => ({ published: rank, ours: ours[i] })));
    return [{ scale, published: theirs, ours, factor }];
  });
}

/** Published profiles in which some layer is not below the one before: scale names. */
export function publishedNotMonotone(): string[] {
  const profiles = Object.entries(paperTables().layers_at_minimum['layers from the first up']);
  return profiles.flatMap(([scale, ranks]) =>
    ranks.some((rank, i) => i > 0 && rank >= ranks[i - 1]) ? [scale] : [],
  );
}
