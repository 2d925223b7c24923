/**
 * Checks that a setting is a whole number of at least `least`.
 * @throws RangeError naming it.
 */
export function wholeNumber(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`${name} is ${value}: it must be a whole number of ${least} or more.`);
  }
}

/**
 * Checks that a setting is a finite number above 0, and below `most` where that is given.
 * @throws RangeError naming it.
 */
export function positive(name: string, value: number, most = Number.POSITIVE_INFINITY): void {
  if (value > 0 && value < most) return;
  const range = most < Number.POSITIVE_INFINITY ? `lie between 0 and ${most}` : 'be above 0';
  throw new RangeError(`${name} is ${value}: it must ${range}.`);
}
