/** @throws RangeError naming a setting that is no whole number of at least `least`. */
export function wholeNumber(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`${name} is ${value}: it must be a whole number of ${least} or more.`);
  }
}

/** @throws RangeError naming a setting that is not above 0, and below `most`. */
export function positive(name: string, value: number, most = Number.POSITIVE_INFINITY): void {
  if (value > 0 && value < most) return;
  const range = most < Number.POSITIVE_INFINITY ? `lie between 0 and ${most}` : 'be above 0';
  throw new RangeError(`${name} is ${value}: it must ${range}.`);
}
