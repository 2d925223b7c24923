import { mean, probit, quantileSorted, sampleCorrelation, shuffle } from 'simple-statistics';
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

/** Beyond either end of a 95 % interval. */
const TAIL = 0.025;
/** Draws behind bootstrap intervals and nulls: p-values go down to 1 in 2,000. */
const DRAWS = 1999;

/**
 * A share with the interval of Wilson 1927, which is honest for few cases. It takes cases as independent; those of one
 * model are not quite.
 * @returns undefined where there are no cases.
 */
export function share(count: number, of: number): Share | undefined {
  if (of === 0) return undefined;
  const [value, z] = [count / of, probit(1 - TAIL)];
  const center = (value + z ** 2 / (2 * of)) / (1 + z ** 2 / of);
  const root = Math.sqrt((value * (1 - value)) / of + z ** 2 / (4 * of ** 2));
  const half = (z / (1 + z ** 2 / of)) * root;
  return { count, of, value, low: Math.max(0, center - half), high: Math.min(1, center + half) };
}

export const shareOf = <T>(cases: readonly T[], passes: (one: T) => boolean) =>
  share(cases.filter(passes).length, cases.length);

/** How many times apart two values are whose ratio this is: 1 or more, whichever is larger. */
export const factorOf = (ratio: number): number => Math.max(ratio, 1 / ratio);

/** Ranks from 1, equal values sharing the mean of theirs. Infinity is a value like any other. */
export function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    if (Number.isNaN(value)) return value;
    const below = values.filter((other) => other < value).length;
    const same = values.filter((other) => other === value).length;
    return below + (same + 1) / 2;
  });
}

/**
 * Spearman's rank correlation with shared ranks for ties (simple-statistics' own breaks ties by place).
 * @returns undefined for fewer than two pairs, or where all of one side are equal.
 */
export const spearman = (x: readonly number[], y: readonly number[]) => pearson(ranks(x), ranks(y));

/** Pearson's correlation; undefined for fewer than two pairs, or where all of one side are equal. */
export function pearson(x: readonly number[], y: readonly number[]): number | undefined {
  if (x.length !== y.length) throw new RangeError(`${x.length} values against ${y.length}.`);
  const constant = (values: readonly number[]) => values.every((value) => value === values[0]);
  if (x.length < 2 || constant(x) || constant(y)) return undefined;
  // The library's sums can end a little beyond 1.
  return Math.max(-1, Math.min(1, Number(sampleCorrelation([...x], [...y]).toFixed(12))));
}

/**
 * Percentile bootstrap (Efron 1979) of a statistic of cases, drawn with replacement.
 * @param statistic undefined where a draw does not allow one; such draws are left out.
 * @returns undefined without cases, where the statistic itself is undefined, or where most draws are.
 */
export function bootstrap<T>(
  cases: readonly T[],
  statistic: (cases: T[]) => number | undefined,
): Estimate | undefined {
  const value = cases.length > 0 ? statistic([...cases]) : undefined;
  if (value === undefined) return undefined;
  const draw = (random: Random) => statistic(cases.map(() => cases[random.below(cases.length)]));
  const found = drawn(draw, DRAWS, 'bootstrap');
  return found.length < DRAWS / 2 ? undefined : { value, ...ends(found) };
}

type Draw = (random: Random) => number | undefined;

/** What chance gives: its mean and 95 % range, and how often it does as well as what was seen. */
export interface Chance {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Share of draws at least as large as what was seen, counting what was seen as one: at least 1 / (draws + 1). */
  readonly p: number;
  readonly draws: number;
}

/** Compares what was seen with draws of chance; undefined where no draw gives a value. */
export function against(
  seen: number,
  draw: Draw,
  { draws = DRAWS, stream = 'chance' } = {},
): Chance | undefined {
  const found = drawn(draw, draws, stream);
  if (found.length === 0) return undefined;
  // Sums in another order can differ in the last digit.
  const asLarge = found.filter((value) => value >= seen - 1e-12).length;
  const p = (asLarge + 1) / (found.length + 1);
  return { mean: mean(found), ...ends(found), p, draws: found.length };
}

/** So many draws, sorted, without those that give nothing. */
function drawn(draw: Draw, draws: number, stream: string): number[] {
  const random = generator(0, stream);
  const found = Array.from({ length: draws }, () => draw(random)).flatMap((one) => one ?? []);
  return found.sort((a, b) => a - b);
}

/** The ends of what 95 of 100 sorted values hold. */
const ends = (x: number[]) => ({ low: quantileSorted(x, TAIL), high: quantileSorted(x, 1 - TAIL) });

export const shuffled = <T>(values: readonly T[], random: Random): T[] =>
  shuffle([...values], () => random.uniform());

/** Chance of one false alarm or more that a table of tests is allowed. */
export const ALPHA = 0.05;

/**
 * p-values adjusted so that all that stay below α are right together in 95 of 100 such tables, however the tests depend
 * on each other (Holm 1979): ours share runs and events.
 */
export function holm(p: readonly number[]): number[] {
  const order = p.map((_, i) => i).sort((a, b) => p[a] - p[b]);
  const adjusted = new Array<number>(p.length);
  let most = 0;
  order.forEach((at, rank) => {
    most = Math.max(most, Math.min(1, (p.length - rank) * p[at]));
    adjusted[at] = most;
  });
  return adjusted;
}
