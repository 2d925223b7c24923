import type { MeasuredRun } from './series';
import type { Estimate } from './statistics';

/** Verdicts, from what holds to what is open. */
export const VERDICTS = ['replicates', 'partly', 'does not replicate', 'cannot be judged'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What the runs say of one claim: by the rule of the paper, and what that rule is worth. */
export interface Judgment {
  readonly by_its_rule: {
    /** Our number in words, or why there is none. */
    readonly value: string;
    /** 95 % interval of the number that `value` begins with, where it has one. */
    readonly interval: readonly [number, number] | null;
    readonly verdict: Verdict;
  };
  readonly worth: {
    /** What the rule is held against: a null, another convention, denser sampling. */
    readonly test: string;
    readonly value: string;
    /** Whether what is claimed stands by that test. */
    readonly verdict: Verdict;
  };
}

/** Judges one claim. */
export type Judge = (runs: readonly MeasuredRun[]) => Judgment;

/** A claim that the runs are silent on, and why. */
export function unjudged(why: string, test = why): Judgment {
  const verdict = 'cannot be judged';
  return {
    by_its_rule: { value: why, interval: null, verdict },
    worth: { test, value: why, verdict },
  };
}

/** Cases below which a share is not judged. */
export const FEWEST = 4;
/** Shares from which "always" holds, and half-holds. */
export const ALWAYS = { whole: 0.9, half: 0.5 } as const;

/** Judges "always": replicates from nine of ten, partly from half. */
export function judgeAlways(share: number): Verdict {
  if (share >= ALWAYS.whole) return 'replicates';
  return share >= ALWAYS.half ? 'partly' : 'does not replicate';
}

/** Width of an interval, as a share of all possible values, beyond which meeting it means nothing. */
export const WIDEST = 0.5;

/**
 * Judges a published number or range by ours: replicates where our 95 % interval meets it, partly where ours is on its
 * side of the middle (what chance would give). An interval that meets it because it spans half of what is possible
 * cannot judge.
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
    return wide ? 'cannot be judged' : 'replicates';
  }
  const published = (low + high) / 2;
  const sameSide = (published - middle) * (ours.value - middle) > 0;
  return sameSide ? 'partly' : 'does not replicate';
}

/** Judges a number without an interval: within `close` of the published one replicates, within `near` partly. */
export function judgeRatio(ratio: number, close: number, near: number): Verdict {
  const factor = Math.max(ratio, 1 / ratio);
  if (factor <= close) return 'replicates';
  return factor <= near ? 'partly' : 'does not replicate';
}

const WEAKEST: readonly Verdict[] = [
  'does not replicate',
  'cannot be judged',
  'partly',
  'replicates',
];

/** The weaker of some verdicts; a part that cannot be judged makes the whole so, unless another fails. */
export function weaker(...verdicts: readonly Verdict[]): Verdict {
  return WEAKEST.find((verdict) => verdicts.includes(verdict)) ?? 'cannot be judged';
}

/** A claim about every size is at most partly judged by one. */
export function overScales(verdict: Verdict, scales: readonly string[]): Verdict {
  return scales.length > 1 ? verdict : weaker(verdict, 'partly');
}

/** An interval for the ledger, rounded to three decimals. */
export function bounds({ low, high }: Estimate): [number, number] {
  const round = (value: number) => Math.round(1000 * value) / 1000;
  return [round(low), round(high)];
}
