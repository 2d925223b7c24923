import { mean, probit, quantileSorted, sampleCorrelation } from 'simple-statistics';
import { generator, type Random } from '../tasks';

/** A value with the interval that is meant to hold it in 95 of 100 repetitions; never NaN. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A share of cases, with Wilson's 95 % interval. */
export interface Share extends Estimate {
  readonly count: number;
  readonly of: number;
}

const CONFIDENCE = 0.95;
/** Draws behind bootstrap intervals and permutation tests: a p-value is then good to about ±0.01 near 0.05. */
export const DRAWS = 2000;

/**
 * `count` of `of` as a share, with the interval of Wilson 1927, which stays within 0…1 and is honest for few
 * cases. It takes cases as independent; those of one model are not quite.
 * @returns undefined where there are no cases.
 */
export function share(count: number, of: number): Share | undefined {
  if (of === 0) return undefined;
  const value = count / of;
  const z = probit(1 - (1 - CONFIDENCE) / 2);
  const center = (value + z ** 2 / (2 * of)) / (1 + z ** 2 / of);
  const half =
    (z / (1 + z ** 2 / of)) * Math.sqrt((value * (1 - value)) / of + z ** 2 / (4 * of ** 2));
  return { count, of, value, low: Math.max(0, center - half), high: Math.min(1, center + half) };
}

/** Ranks from 1, equal values sharing the mean of theirs. Infinity is a value like any other. */
export function ranks(values: readonly number[]): number[] {
  // Not the difference, which is NaN for two infinities.
  const order = values
    .map((_, i) => i)
    .sort((a, b) => Number(values[a] > values[b]) - Number(values[a] < values[b]));
  const given = new Array<number>(values.length);
  for (let first = 0; first < order.length; ) {
    let next = first + 1;
    while (next < order.length && values[order[next]] === values[order[first]]) next++;
    for (let i = first; i < next; i++) given[order[i]] = (first + 1 + next) / 2;
    first = next;
  }
  return given;
}

/**
 * Spearman's rank correlation with shared ranks for ties (simple-statistics' own breaks ties by place).
 * @returns undefined for fewer than two pairs, or where all of one side are equal.
 */
export function spearman(x: readonly number[], y: readonly number[]): number | undefined {
  return pearson(ranks(x), ranks(y));
}

/** Pearson's correlation; undefined for fewer than two pairs, or where all of one side are equal. */
export function pearson(x: readonly number[], y: readonly number[]): number | undefined {
  if (x.length !== y.length) throw new RangeError(`${x.length} values against ${y.length}.`);
  const constant = (values: readonly number[]) => values.every((value) => value === values[0]);
  if (x.length < 2 || constant(x) || constant(y)) return undefined;
  // The library's sums can end a little beyond 1.
  return Math.max(-1, Math.min(1, Number(sampleCorrelation([...x], [...y]).toFixed(12))));
}

/**
 * How a predictor fares with two cases of which the first is known to come first, given its values for them, where
 * lower means earlier: 1 where it has the order right, 0 where not, ½ for a tie; the mean over pairs is the concordance.
 */
export function rightOrder(first: number, second: number): number {
  return first === second ? 0.5 : Number(first < second);
}

/**
 * Percentile bootstrap (Efron 1979) of a statistic of cases, drawn with replacement.
 * @param statistic undefined where a draw does not allow one; such draws are left out.
 * @returns undefined without cases, where the statistic itself is undefined, or where most draws are.
 */
export function bootstrap<T>(
  cases: readonly T[],
  statistic: (cases: readonly T[]) => number | undefined,
  { draws = DRAWS, seed = 0 } = {},
): Estimate | undefined {
  const value = cases.length > 0 ? statistic(cases) : undefined;
  if (value === undefined) return undefined;
  const random = generator(seed, 'bootstrap');
  const found: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const drawn = statistic(cases.map(() => cases[random.below(cases.length)]));
    if (drawn !== undefined) found.push(drawn);
  }
  if (found.length < draws / 2) return undefined;
  found.sort((a, b) => a - b);
  const tail = (1 - CONFIDENCE) / 2;
  return { value, low: quantileSorted(found, tail), high: quantileSorted(found, 1 - tail) };
}

/** What chance gives: its mean and 95 % range, and how often it does as well as what was seen. */
export interface Chance {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Share of draws at least as large as what was seen, counting what was seen as one (never 0). */
  readonly p: number;
}

/**
 * Compares what was seen with draws of chance.
 * @returns undefined where no draw gives a value.
 */
export function against(
  seen: number,
  draw: (random: Random) => number | undefined,
  { draws = DRAWS, seed = 0, stream = 'chance' } = {},
): Chance | undefined {
  const random = generator(seed, stream);
  const found: number[] = [];
  for (let i = 0; i < draws; i++) {
    const drawn = draw(random);
    if (drawn !== undefined) found.push(drawn);
  }
  if (found.length === 0) return undefined;
  // Sums in another order can differ in the last digit.
  const asLarge = found.filter((value) => value >= seen - 1e-12).length;
  found.sort((a, b) => a - b);
  const tail = (1 - CONFIDENCE) / 2;
  return {
    mean: mean(found),
    low: quantileSorted(found, tail),
    high: quantileSorted(found, 1 - tail),
    p: (asLarge + 1) / (found.length + 1),
  };
}

/** A copy in random order (Fisher and Yates). */
export function shuffled<T>(values: readonly T[], random: Random): T[] {
  const copy = [...values];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}
