import { SETTLED, scalesOf, selectRuns } from '../findings/runs';
import type { MeasuredRun } from '../findings/series';
import { type Estimate, factorOf, type Share } from '../findings/statistics';

/** Verdicts, from what holds to what is open. */
export const VERDICTS = ['replicates', 'partly', 'does not replicate', 'cannot be judged'] as const;
export type Verdict = (typeof VERDICTS)[number];

type Told = { readonly value: string; readonly verdict: Verdict; readonly interval?: Estimate };
/** A result in words with its verdict, and the interval of the number that they begin with; or why there is none. */
export type Side = Told | string | undefined;
/** Why a claim cannot be judged, where nothing better can be said. */
const SILENT = 'The runs do not tell it: it takes more scales, or the tasks of the claim.';

/** What a judge of the runs that are long enough says by the paper's rule, and by the test. */
type Look = (runs: readonly MeasuredRun[], given: readonly MeasuredRun[]) => readonly [Side, Side];

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

export type Judge = (runs: readonly MeasuredRun[]) => Judgment;

/**
 * A judge of a claim about every size: one size judges it partly at most.
 * @param test what the rule is held against: a null, another convention, denser sampling.
 * @param layers that a model must have.
 */
export function judgeSizes(test: string, look: Look, layers = 1, everySize = true): Judge {
  const depth = layers > 1 ? ` of ${layers} layers or more` : '';
  const none = `No plain run${depth} has ${SETTLED.toLocaleString('en-US')} updates.`;
  return (given) => {
    const { runs } = selectRuns(given.filter(({ info }) => info.model.layers >= layers));
    const [own, { value, verdict }] = look(runs, given).map((side = SILENT): Told => {
      if (typeof side !== 'string') return side;
      return { value: runs.length > 0 ? side : none, verdict: 'cannot be judged' };
    });
    const interval = own.interval ? bounds(own.interval) : null;
    const most = everySize && scalesOf(runs).length < 2 ? 'partly' : 'replicates';
    const by_its_rule = { value: own.value, interval, verdict: weaker(own.verdict, most) };
    return { by_its_rule, worth: { test, value, verdict } };
  };
}

/** A judge of a claim about some size. */
export const judge = (test: string, look: Look): Judge => judgeSizes(test, look, 1, false);

export const stands = (claim: boolean): Verdict => (claim ? 'replicates' : 'does not replicate');

/** Cases below which a share is not judged. */
export const FEWEST = 4;
/** Shares from which "always" holds, and half-holds. */
export const ALWAYS = { whole: 0.9, half: 0.5 } as const;

/** Judges "always": replicates from nine of ten, partly from half. */
export function judgeAlways(share: number): Verdict {
  if (share >= ALWAYS.whole) return 'replicates';
  return share >= ALWAYS.half ? 'partly' : 'does not replicate';
}

/** A share as a side; too few cases cannot be judged. @param verdict "always" by default. */
export function always(found: Share, value: string, verdict = judgeAlways(found.value)): Side {
  return { value, verdict: found.of < FEWEST ? 'cannot be judged' : verdict, interval: found };
}

/** Width of an interval, as a share of all possible values, beyond which meeting it means nothing. */
const WIDEST = 0.5;

/**
 * Judges a published number or range by ours: replicates where our 95 % interval meets it, partly where ours is on its
 * side of the middle (what chance would give). An interval that meets it because it spans half of what is possible
 * cannot judge.
 * @param lowest possible value: 0 for shares, −1 for correlations, whose middle is 0.
 */
export function judgeNumber(
  ours: Estimate,
  [low, high]: readonly [number, number],
  lowest: 0 | -1 = 0,
): Verdict {
  if (ours.low <= high && ours.high >= low) {
    return ours.high - ours.low > WIDEST * (1 - lowest) ? 'cannot be judged' : 'replicates';
  }
  const middle = (lowest + 1) / 2;
  const sameSide = ((low + high) / 2 - middle) * (ours.value - middle) > 0;
  return sameSide ? 'partly' : 'does not replicate';
}

/** Judges a number without an interval: within `close` of the published one replicates, within `near` partly. */
export function judgeRatio(ratio: number, close: number, near: number): Verdict {
  if (factorOf(ratio) <= close) return 'replicates';
  return factorOf(ratio) <= near ? 'partly' : 'does not replicate';
}

const WEAKEST = ['does not replicate', 'cannot be judged', 'partly', 'replicates'] as const;

/** The weaker of some verdicts; a part that cannot be judged makes the whole so, unless another fails. */
export const weaker = (...verdicts: readonly Verdict[]): Verdict =>
  WEAKEST.find((verdict) => verdicts.includes(verdict)) ?? 'cannot be judged';

/** An interval for the ledger, rounded to three decimals. */
export function bounds({ low, high }: Estimate): [number, number] {
  return [Math.round(1000 * low) / 1000, Math.round(1000 * high) / 1000];
}
