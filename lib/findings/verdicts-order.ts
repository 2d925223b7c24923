import type { Evidence } from './evidence';
import {
  bounds,
  FEWEST,
  type Judgment,
  judgeNumber,
  overScales,
  percent,
  unjudged,
} from './verdict';

/**
 * By the interval of our share of top-down task × scale pairs; half is what random order gives. The claims
 * are over sizes, so one size replicates them partly at most.
 */
function order(published: readonly [number, number]) {
  return ({ order, orderCentered, scales }: Evidence): Judgment => {
    const { share, pairs } = order;
    if (!share || share.of < FEWEST) {
      return unjudged(
        `${share?.of ?? 0} task × scale pairs can be judged: ${order.left.slice(0, 3).join('; ')}`,
      );
    }
    const tied = pairs.filter((pair) => pair.order === 'tied').length;
    const centered = orderCentered.share;
    const ours =
      `${percent(share.value)}: ${share.count} of ${share.of} pairs top-down at ${scales.join(', ')}, ${tied} tied, ` +
      `${pairs.length - share.of} without two layers that collapse; centered ` +
      (centered ? `${centered.count} of ${centered.of}` : 'none can be judged');
    return {
      ours,
      interval: bounds(share),
      verdict: overScales(judgeNumber(share, published, 0.5), scales),
    };
  };
}

/** Rules for the claims of notebook 02. The fourth version says "top-down" alone: nine of ten or more. */
export const orderVerdicts: Record<string, (evidence: Evidence) => Judgment> = {
  'order-v1': order([1, 1]),
  'order-v3': order([28 / 32, 28 / 32]),
  'order-v4': order([0.9, 1]),
};
