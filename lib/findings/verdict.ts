import type { Estimate } from './statistics';

export type Verdict = 'replicates' | 'partly' | 'does not' | 'cannot be judged from this data';

/** What the runs say of one claim. */
export interface Judgment {
  readonly ours: string;
  readonly interval: readonly [number, number] | null;
  readonly verdict: Verdict;
}

/** A claim that the runs are silent on, and why. */
export function unjudged(reason: string): Judgment {
  return { ours: reason, interval: null, verdict: 'cannot be judged from this data' };
}

/** Cases below which a share is not judged. */
export const FEWEST = 4;
/** Shares from which "universal" and "reliable" statements hold, and half-hold. */
export const UNIVERSAL = { whole: 0.9, half: 0.5 } as const;

/** Judges "always": replicates from nine of ten, partly from half. */
export function judgeUniversal(share: number): Verdict {
  if (share >= UNIVERSAL.whole) return 'replicates';
  return share >= UNIVERSAL.half ? 'partly' : 'does not';
}

/**
 * Width of an interval, as a share of all possible values, beyond which meeting it means nothing. Set after a
 * first look at an unfinished nano run, whose intervals met everything.
 */
export const WIDEST = 0.5;

/**
 * Judges a published number or range by ours: replicates where our 95 % interval meets it, partly where
 * ours is at least on its side of the middle (what chance would give), else does not. An interval that
 * meets it because it spans half of what is possible cannot judge.
 * @param possible lowest and highest possible value, 0 and 1 for shares.
 */
export function judgeNumber(
  ours: Estimate,
  [low, high]: readonly [number, number],
  middle: number,
  possible: readonly [number, number] = [0, 1],
): Verdict {
  if (ours.low <= high && ours.high >= low) {
    const wide = ours.high - ours.low > WIDEST * (possible[1] - possible[0]);
    return wide ? 'cannot be judged from this data' : 'replicates';
  }
  const published = (low + high) / 2;
  return (published > middle && ours.value > middle) || (published < middle && ours.value < middle)
    ? 'partly'
    : 'does not';
}

/** The weaker of two verdicts; a part that cannot be judged makes the whole so, unless another fails. */
export function weaker(...verdicts: readonly Verdict[]): Verdict {
  const order: Verdict[] = ['does not', 'cannot be judged from this data', 'partly', 'replicates'];
  return order.find((verdict) => verdicts.includes(verdict)) ?? 'cannot be judged from this data';
}

/** A claim about every size is at most partly judged by one. Extended to order and precursors after that first look. */
export function overScales(verdict: Verdict, scales: readonly string[]): Verdict {
  return scales.length > 1 ? verdict : weaker(verdict, 'partly');
}

/** 0.875 as `88 %`. */
export function percent(value: number): string {
  return `${(100 * value).toFixed(0)} %`;
}

/** An interval for the ledger, rounded to three decimals. */
export function bounds({ low, high }: Estimate): [number, number] {
  const round = (value: number) => Math.round(1000 * value) / 1000;
  return [round(low), round(high)];
}

/** `p = 0.012`, or `p < 0.002` where no draw did as well. */
export function pValue(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
}
