import type { Estimate, Share } from './statistics';

/** How findings put numbers into words; titles, cells and the ledger take theirs from here. */

/** 0.875 as `88 %`. */
export function percent(value: number): string {
  return `${(100 * value).toFixed(0)} %`;
}

/** Three significant digits, thousands with commas: `2.07`, `12,300`. */
export function short(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 1000 ? rounded.toLocaleString('en-US') : String(rounded);
}

/** `7 of 8`. */
export function of({ count, of }: Pick<Share, 'count' | 'of'>): string {
  return `${count} of ${of}`;
}

/** `88 % (95 % interval 53 % to 98 %)`. */
export function share({ value, low, high }: Estimate): string {
  return `${percent(value)} (95 % interval ${percent(low)} to ${percent(high)})`;
}

/** `0.61 (95 % interval 0.42 to 0.77)`. */
export function estimate({ value, low, high }: Estimate): string {
  return `${short(value)} (95 % interval ${short(low)} to ${short(high)})`;
}

/** `p = 0.012`, or `p < 0.001`. */
export function pValue(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
}

/** `1 task`, `2 tasks`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** `nano`, `nano and micro`, `nano, micro and small`. */
export function list(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
