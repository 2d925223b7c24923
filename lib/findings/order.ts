import { mean } from 'simple-statistics';
import type { Random } from '../tasks';
import { meanFactor } from './curves';
import { ONSET, onsetStep } from './definitions';
import { paperTables } from './paper';
import {
  groupBy,
  lowest,
  type MeasuredRun,
  type RankChoice,
  rankSeries,
  type Series,
  tasksOf,
  valueAt,
} from './series';
import { against, shareOf, spearman } from './statistics';

/** How the layers of one task fall in one run. */
export interface LayerFall {
  readonly task: string;
  readonly scale: string;
  /** Ranks by layer where the last one is lowest, first block first. */
  readonly profile: readonly number[];
  /** The paper's top-down: the last layer is below the first there. */
  readonly deepest: boolean;
  /** True where every layer is below the one before it. */
  readonly monotone: boolean;
  /** Ours: when each layer has half of its own fall done. */
  readonly time: ReturnType<typeof fallTimes>;
}

/**
 * How the layers fall, task by task, where two or more were measured.
 *
 * ```ts
 * layerFalls(loadRun('micro-s0'), { at: 'paper' }).filter(({ deepest }) => deepest).length;
 * ```
 */
export function layerFalls(run: MeasuredRun, choice: RankChoice = {}): LayerFall[] {
  const { scale } = run.info.training;
  return tasksOf(run).flatMap((task) => {
    const layers = Array.from({ length: run.info.model.layers }, (_, i) => i + 1).flatMap(
      (layer) => rankSeries(run, task, { ...choice, layer }) ?? [],
    );
    const minimum = layers.length > 1 && lowest(layers.at(-1)!);
    if (!minimum) return [];
    const profile = layers.flatMap((layer) => valueAt(layer, minimum.step) ?? []);
    if (profile.length < layers.length) return [];
    const deepest = profile.at(-1)! < profile[0];
    const monotone = profile.every((rank, i) => i === 0 || rank < profile[i - 1]);
    return [{ task, scale, profile, deepest, monotone, time: fallTimes(layers) }];
  });
}

/**
 * Top-down as time (ours): the order in which layers do half of their own fall. A fall turns sharply: nothing must hold.
 * @returns `steps`, undefined where a layer falls too little; `correlation`, Spearman's of depth and step: −1 top-down, 1
 * bottom-up, 0 all at once, undefined below two layers that fall.
 */
function fallTimes(layers: readonly Series[]) {
  const steps = layers.map((layer) => onsetStep(layer, 'fall', { ...ONSET, held: 1 }));
  const depths = steps.flatMap((step, depth) => (step === undefined ? [] : depth));
  if (depths.length < 2) return { steps, correlation: undefined };
  const falls = depths.map((depth) => steps[depth]!);
  // Undefined only where all steps are one.
  return { steps, correlation: spearman(depths, falls) ?? 0 };
}

/**
 * Combinations of task and size, the paper's unit, that are top-down. By depth: the last layer is deepest in most seeds. By time:
 * the mean correlation of depth and step is below 0. Nets of two layers are left out, as in the paper: one is always
 * deeper.
 *
 * ```ts
 * const { share } = topDown(layerFalls(loadRun('micro-s0')), 'depth');
 * ```
 * @returns `chance`, for time: the same with each order turned around or not by a coin.
 */
export function topDown(falls: readonly LayerFall[], by: 'depth' | 'time' | 'monotone') {
  const deep = falls.filter(({ profile }) => profile.length > 2);
  const marked = deep.flatMap(({ task, scale, deepest, monotone, time: { correlation } }) => {
    const timed = correlation === undefined ? undefined : -correlation;
    const mark = { depth: deepest ? 1 : -1, monotone: monotone ? 1 : -1, time: timed }[by];
    return mark === undefined ? [] : [{ pair: `${scale} ${task}`, mark }];
  });
  const pairs = [...groupBy([...marked.keys()], (i) => marked[i].pair).values()];
  const found = (marks: readonly number[]) =>
    shareOf(pairs, (own) => own.reduce((sum, i) => sum + marks[i], 0) > 0);
  const marks = marked.map(({ mark }) => mark);
  const share = found(marks);
  const coin = (random: Random) =>
    found(marks.map((mark) => (random.below(2) ? mark : -mark)))?.value;
  return { share, chance: share && by === 'time' ? against(share.value, coin) : undefined };
}
export type TopDown = ReturnType<typeof topDown>;

/**
 * Ranks by layer at MOD's minimum, at the three scales that the paper shows: `published`, `ours` (means over seeds), and
 * the mean factor between the two.
 *
 * ```ts
 * profileMatches(layerFalls(loadRun('nano-s0'), { at: 'paper' }));
 * ```
 */
export function profileMatches(falls: readonly LayerFall[]) {
  const { task, 'layers from the first up': published } = paperTables().layers_at_minimum;
  return Object.entries(published).flatMap(([scale, theirs]) => {
    const own = falls.filter((fall) => fall.task === task && fall.scale === scale);
    if (own.length === 0) return [];
    const ours = theirs.map((_, layer) => mean(own.map(({ profile }) => profile[layer])));
    const factor = meanFactor(theirs.map((rank, i) => ({ published: rank, ours: ours[i] })));
    return [{ scale, published: theirs, ours, factor }];
  });
}
