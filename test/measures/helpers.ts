import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../lib/environment/paths';

/** Fails unless `actual` is within `tolerance` of `expected`, relative to it. */
export function near(actual: number, expected: number, tolerance: number, what = 'value'): void {
  const error = Math.abs(actual - expected) / Math.max(Math.abs(expected), 1e-300);
  assert.ok(
    error <= tolerance,
    `${what} is ${actual}, not ${expected}: off by ${error.toExponential(2)}, allowed ${tolerance}`,
  );
}

/** Reads a file of test/fixtures/measures; the scripts that made them lie beside them. */
export function fixture(name: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, 'test', 'fixtures', 'measures', name), 'utf8'));
}

/** Uniform numbers on (−0.5, 0.5) by Park and Miller's generator, as in the fixture scripts. */
export function parkMiller(count: number, seed: number): Float64Array {
  const modulus = 2 ** 31 - 1;
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    // Below 2⁵³, so exact.
    state = (state * 48271) % modulus;
    return state / modulus - 0.5;
  });
}
