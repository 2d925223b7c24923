import { Problem } from '../environment/problem';

/**
 * The result of a measure, or the reason why there is none, for a table to keep. Faults of the program itself
 * are not caught.
 */
export function caught<T extends object>(measure: () => T): T | string {
  try {
    return measure();
  } catch (error) {
    if (error instanceof RangeError || error instanceof Problem) return error.message;
    throw error;
  }
}

/** The number, or undefined in the place of one that is not finite. */
export function finite(value: number | undefined): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
