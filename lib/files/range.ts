/** True for a whole number from `least` to `most`. */
export function isWhole(value: number, least: number, most = Number.POSITIVE_INFINITY): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

/** @throws RangeError that names a setting, its value and its range, where it is not within. */
export function mustBe(within: boolean, name: string, value: unknown, range: string): void {
  if (!within) throw new RangeError(`${name} is ${value}: it must be ${range}.`);
}

/** @throws RangeError for a setting that is no whole number of at least `least`. */
export function wholeNumber(name: string, value: number, least: number): void {
  mustBe(isWhole(value, least), name, value, `a whole number of ${least} or more`);
}

/** @throws RangeError for a setting that is not above 0, and below `most`. */
export function positive(name: string, value: number, most = Number.POSITIVE_INFINITY): void {
  if (value > 0 && value < most) return;
  const range = most < Number.POSITIVE_INFINITY ? `lie between 0 and ${most}` : 'be above 0';
  throw new RangeError(`${name} is ${value}: it must ${range}.`);
}
