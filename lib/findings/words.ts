import { ALPHA, type Chance, type Estimate, holm, type Share } from './statistics';

/** How findings put numbers into words; titles, cells and the ledger take theirs from here. */

/** 0.875 as `88 %`. */
export const percent = (value: number): string => `${(100 * value).toFixed(0)} %`;

/** Three significant digits, thousands with commas: `2.07`, `12,300`. */
export function short(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 1000 ? rounded.toLocaleString('en-US') : String(rounded);
}

/** `7 of 8`. */
export const of = ({ count, of }: Pick<Share, 'count' | 'of'>): string => `${count} of ${of}`;

/** `95 % interval 53 % to 98 %`. */
export const interval = ({ low, high }: Estimate): string =>
  `95 % interval ${percent(low)} to ${percent(high)}`;

/** `7 of 8 tasks (95 % interval 53 % to 98 %)`. */
export const cases = (found: Share, noun: string): string =>
  `${of(found)} ${noun} (${interval(found)})`;

/** `0.61 (95 % interval 0.42 to 0.77)`. */
export const estimate = ({ value, low, high }: Estimate): string =>
  `${short(value)} (95 % interval ${short(low)} to ${short(high)})`;

/** What a null gives: `54 % (p = 0.2)`. @param p adjusted, where it is one of several tests. */
export const nullOf = (chance: Chance, p?: number): string =>
  `${percent(chance.mean)} (${pValue(chance, p)})`;

/**
 * p of a test by draws: `p = 0.012`, or, where no draw did as well, `p ≤ 0.0005`, since so many draws cannot give less.
 *
 * ```ts
 * pValue({ p: 0.0002, draws: 4999 });
 * ```
 * @param adjusted what is said of it, where it is one of several tests.
 */
export function pValue({ p, draws }: Pick<Chance, 'p' | 'draws'>, adjusted = p): string {
  const least = p <= 1.0001 / (draws + 1);
  return `p ${least ? '≤' : '='} ${Number(adjusted.toPrecision(2))}`;
}

/**
 * What tests in one table share, as a title says it: `of 24 tests, 3 hold by Holm's rule at 5 %`.
 *
 * ```ts
 * tested([0.001, 0.2, 0.04]);
 * ```
 */
export function tested(p: readonly number[]): string {
  if (p.length === 0) return 'no test';
  const held = holm(p).filter((one) => one < ALPHA).length;
  const holds = held === 0 ? 'none holds' : held === 1 ? '1 holds' : `${held} hold`;
  return `of ${counted(p.length, 'test')}, ${holds} by Holm's rule at 5 %`;
}

/** `1 task`, `2 tasks`. */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;

const AND = new Intl.ListFormat('en-GB');
/** `nano`, `nano and micro`, `nano, micro and small`. */
export const list = (names: readonly string[]): string => AND.format(names);
