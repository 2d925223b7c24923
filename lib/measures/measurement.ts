/**
 * What every landscape measure returns, frozen: a number never travels without its uncertainty and the
 * settings it was taken with.
 */
export interface Measurement<Settings = object> {
  readonly value: number;
  /** Standard error of the value; NaN where a single estimate gives none. */
  readonly spread: number;
  /** Independent things averaged or compared: samples, mini-batches, probes or chains. */
  readonly samples: number;
  /** Every setting used, defaults included. */
  readonly settings: Readonly<Settings>;
}

/**
 * Freezes a measurement and its settings.
 * @throws RangeError where the value is not finite, naming the measure.
 */
export function measurement<M extends Measurement>(name: string, result: M): Readonly<M> {
  if (!Number.isFinite(result.value)) {
    throw new RangeError(
      `${name} is ${result.value}: the gradients are not finite, or all of them are zero.`,
    );
  }
  Object.freeze(result.settings);
  return Object.freeze(result);
}

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
 * Checks that a setting is a finite number above 0, or at least 0 where `zero` is allowed.
 * @throws RangeError naming it.
 */
export function positive(name: string, value: number, zero = false): void {
  if (!Number.isFinite(value) || value < 0 || (value === 0 && !zero)) {
    throw new RangeError(`${name} is ${value}: it must be ${zero ? '0 or more' : 'above 0'}.`);
  }
}
