import { mean } from 'simple-statistics';
import { ALPHA, bootstrap, type Estimate } from './statistics';

/**
 * Smallest change of a step or a rank that counts as an effect of an intervention: 15 % either way. Set before the runs
 * of the arms were looked at, and not changed since: what is changed afterwards is told in lib/CHANGELOG.md.
 */
export const EFFECT = { smallest: 1.15 } as const;

/** What one pair says of one quantity. */
export interface PairedRatio {
  readonly seed: number;
  /** ln(arm / baseline), mean over the cases of the seed; a case that one side lacks stands at its bound. */
  readonly log: number;
  /** Cases behind it. */
  readonly cases: number;
  /** Cases that the arm lacks (not acquired by the end): their true ratio is at least the one taken. */
  readonly armLacks: number;
  /** Cases that the baseline lacks: their true ratio is at most the one taken. */
  readonly baselineLacks: number;
}

/** An arm's effect on one quantity, as a ratio to the baseline. */
export interface Effect {
  /** exp of the mean log-ratio over seeds, with a 95 % bootstrap interval over seeds; undefined without pairs. */
  readonly ratio: Estimate | undefined;
  readonly bySeed: readonly PairedRatio[];
  /** p of no change, two-sided. */
  readonly changed: number;
  /** p of a change of 15 % or more, the larger of two one-sided tests: small where the arm is equivalent. */
  readonly equivalent: number;
  /** How the arm stands to the baseline. `open`: the pairs cannot tell. */
  readonly verdict: 'higher' | 'lower' | 'equivalent' | 'open';
}

/**
 * Judges paired log-ratios, one a seed.
 *
 * - *equivalent*: two one-sided tests (Schuirmann 1987) refuse a change of 15 % or more both ways, the interval lies inside
 *   these bounds, and no case is lacked by one side only.
 * - *higher*, *lower*: no change is refused, the interval lies on that side of 1, and the ratio is 15 % or more away. A case
 *   that one side lacks may only be one that understates the change.
 * - *open*: all else. It is no finding of equality.
 *
 * Tests turn signs around (Fisher 1935), exactly: they take the seeds' log-ratios as symmetric, and no shape. With fewer
 * than five pairs none can be equivalent, with fewer than six none changed.
 */
export function effectOf(bySeed: readonly PairedRatio[]): Effect {
  const logs = bySeed.map(({ log }) => log);
  const ratio = bootstrap(logs, (drawn) => Math.exp(mean(drawn)));
  if (!ratio) return { ratio, bySeed, changed: 1, equivalent: 1, verdict: 'open' };
  const bound = Math.log(EFFECT.smallest);
  const below = (by: number) => signFlip(logs.map((log) => log - by));
  const above = (by: number) => signFlip(logs.map((log) => by - log));
  const changed = Math.min(1, 2 * Math.min(below(0), above(0)));
  const equivalent = Math.max(below(bound), above(-bound));
  const lacks = (side: 'armLacks' | 'baselineLacks') => bySeed.some((one) => one[side] > 0);
  const inside = ratio.low > 1 / EFFECT.smallest && ratio.high < EFFECT.smallest;
  let verdict: Effect['verdict'] = 'open';
  if (equivalent < ALPHA && inside && !lacks('armLacks') && !lacks('baselineLacks')) {
    verdict = 'equivalent';
  } else if (changed < ALPHA) {
    const { value, low, high } = ratio;
    if (low > 1 && value >= EFFECT.smallest && !lacks('baselineLacks')) verdict = 'higher';
    if (high < 1 && value <= 1 / EFFECT.smallest && !lacks('armLacks')) verdict = 'lower';
  }
  return { ratio, bySeed, changed, equivalent, verdict };
}

/**
 * p that the values' mean is as low as it is, if each could as well have the other sign.
 * @throws RangeError for more values than patterns of signs can be counted out.
 */
export function signFlip(values: readonly number[]): number {
  if (values.length > 16) {
    throw new RangeError(`${values.length} pairs: the test takes 16 at most.`);
  }
  const seen = values.reduce((a, b) => a + b, 0);
  const patterns = 2 ** values.length;
  let asLow = 0;
  for (let pattern = 0; pattern < patterns; pattern++) {
    const sum = values.reduce((total, one, i) => total + ((pattern >> i) & 1 ? -one : one), 0);
    // Sums in another order can differ in the last digit.
    if (sum <= seen + 1e-12) asLow++;
  }
  return asLow / patterns;
}
