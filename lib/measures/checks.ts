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
 * Checks that a setting is a finite number above 0.
 * @throws RangeError naming it.
 */
export function positive(name: string, value: number): void {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${name} is ${value}: it must be above 0.`);
  }
}
