import { mean } from 'simple-statistics';
import { COLLAPSE, nameOf, ONSET } from './definitions';
import { runName } from './emergence';
import { type GeometryChoice, rankSeries } from './floors';
import { changeOf } from './onset';
import type { MeasuredRun } from './signals';
import {
  against,
  bootstrap,
  type Chance,
  type Estimate,
  type Share,
  share,
  spearman,
} from './statistics';

/** What to order the layers by. */
export interface OrderOptions extends Omit<GeometryChoice, 'layer'> {
  /** Share of each layer's own fall, in (0, 1); half by default. */
  readonly share?: number;
  /** Least fall that counts, as a share of the start; that of a collapse by default, 0 for every fall. */
  readonly least?: number;
}

/** When each layer of one task-level has fallen. */
export interface LayerOrder {
  readonly run: string;
  readonly scale: string;
  readonly task: string;
  readonly level: number;
  /** For layers 1…L: first measured step with that share of the layer's fall done; undefined where the layer does not collapse. */
  readonly steps: readonly (number | undefined)[];
  /** Spearman's correlation of depth with that step over the layers that collapse: −1 top-down, 1 bottom-up, 0 where all are tied. */
  readonly correlation: number | undefined;
  /** Why there is no correlation. */
  readonly reason?: string;
}

/**
 * The order in which the layers of every task-level collapse. The embedding layer is left out: at the last
 * prompt token every sequence has the same token there, so that its rank is 1 before and after.
 */
export function layerOrders(
  run: MeasuredRun,
  { share: done = 0.5, least = COLLAPSE.share, ...choice }: OrderOptions = {},
): LayerOrder[] {
  const last = run.geometry.reduce((most, { layer }) => Math.max(most, layer), 0);
  const layers = Array.from({ length: last }, (_, i) =>
    rankSeries(run.geometry, { ...choice, layer: i + 1 }),
  );
  return (layers[0] ?? []).map(({ task, level }) => {
    const steps = layers.map((series) => {
      const own = series.find((each) => each.task === task && each.level === level);
      // A fall is smooth, measured at every update, and turns sharply at its floor: nothing has to hold.
      const rule = { ...ONSET, share: done, least, held: 1 };
      return own && changeOf({ steps: own.steps, values: own.rank }, 'fall', rule)?.onset;
    });
    const fallen = steps.flatMap((step, i) => (step === undefined ? [] : [{ depth: i + 1, step }]));
    const found = { run: runName(run), scale: run.info.training.scale, task, level, steps };
    if (last < 2) return { ...found, correlation: undefined, reason: 'the model has one layer' };
    if (fallen.length < 2) {
      const reason = `${fallen.length} of ${last} layers fall by ${100 * least} % or more`;
      return { ...found, correlation: undefined, reason };
    }
    const correlation = spearman(
      fallen.map(({ depth }) => depth),
      fallen.map(({ step }) => step),
    );
    // Undefined only where all steps are one.
    return { ...found, correlation: correlation ?? 0 };
  });
}

/** The order in one task × scale pair, over its levels and seeds. */
export interface OrderPair {
  readonly scale: string;
  readonly task: string;
  /** Mean correlation of depth and step over task-levels and seeds; undefined where none has one. */
  readonly correlation: number | undefined;
  readonly order: 'top-down' | 'bottom-up' | 'tied' | 'cannot be judged';
  /** Task-levels of runs that the mean is over. */
  readonly cases: number;
  /** Those without a correlation, and why. */
  readonly left: readonly string[];
}

/** Pairs of task and scale, the unit of the paper's 32 of 32 and 28 of 32. */
export function orderPairs(orders: readonly LayerOrder[]): OrderPair[] {
  const names = [...new Set(orders.map(({ scale, task }) => `${scale}/${task}`))];
  return names.map((name) => {
    const [scale, task] = name.split('/');
    const own = orders.filter((order) => order.scale === scale && order.task === task);
    const found = own.flatMap(({ correlation }) =>
      correlation === undefined ? [] : [correlation],
    );
    const left = own
      .filter(({ reason }) => reason !== undefined)
      .map((order) => `${nameOf(order)} (${order.run}): ${order.reason}`);
    if (found.length === 0) {
      return { scale, task, correlation: undefined, order: 'cannot be judged', cases: 0, left };
    }
    const correlation = mean(found);
    const order = correlation < 0 ? 'top-down' : correlation > 0 ? 'bottom-up' : 'tied';
    return { scale, task, correlation, order, cases: found.length, left };
  });
}

/** How top-down the collapse of some runs is. */
export interface TopDown {
  readonly pairs: readonly OrderPair[];
  /** Top-down pairs of those that can be judged, with Wilson's interval; undefined where none can. */
  readonly share: Share | undefined;
  /** Mean correlation over those pairs, with a bootstrap interval over pairs. */
  readonly correlation: Estimate | undefined;
  /** The share where each task-level's layers are in random order. */
  readonly chance: Chance | undefined;
  /** Whatever could not be judged, in words. */
  readonly left: readonly string[];
}

/** The share of task × scale pairs whose collapse runs from the last layer to the first. */
export function topDown(runs: readonly MeasuredRun[], options: OrderOptions = {}): TopDown {
  const orders = runs.flatMap((run) => layerOrders(run, options));
  const pairs = orderPairs(orders);
  const judged = pairs.filter(({ correlation }) => correlation !== undefined);
  const count = (found: readonly OrderPair[]) =>
    found.filter(({ order }) => order === 'top-down').length;
  const found = share(count(judged), judged.length);
  return {
    pairs,
    share: found,
    correlation: bootstrap(judged, (drawn) =>
      mean(drawn.map((pair) => pair.correlation as number)),
    ),
    chance:
      found &&
      against(
        found.value,
        (random) => {
          // A reversal leaves ties as they are and makes either direction as likely.
          const signs = orders.map((order) => ({
            ...order,
            correlation:
              order.correlation === undefined
                ? undefined
                : order.correlation * (random.below(2) === 0 ? 1 : -1),
          }));
          return count(orderPairs(signs)) / judged.length;
        },
        { draws: 500, stream: 'order' },
      ),
    left: pairs.flatMap(({ left }) => left),
  };
}
