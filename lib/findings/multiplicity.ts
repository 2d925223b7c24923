/** Chance of one false alarm or more that a table of tests is allowed. */
export const ALPHA = 0.05;

/**
 * p-values adjusted so that all that stay below α are right together in 95 of 100 such tables, however the tests depend
 * on each other (Holm 1979). Ours share runs and events, so that a rule for independent ones would promise too much.
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

/**
 * p of a test by draws, in words: `p = 0.012`, or, where no draw did as well, `p ≤ 0.001`, since so many draws cannot
 * give less.
 * @param adjusted what is said of it, where it is one of several tests.
 */
export function drawnP(p: number, draws: number, adjusted = p): string {
  const least = p <= 1.0001 / (draws + 1);
  return `p ${least ? '≤' : '='} ${Number(adjusted.toPrecision(2))}`;
}

/** What tests in one table share, as a title says it: `of 24 tests, 3 hold by Holm's rule at 5 %`. */
export function tested(p: readonly number[]): string {
  if (p.length === 0) return 'no test';
  const held = holm(p).filter((one) => one < ALPHA).length;
  const tests = p.length === 1 ? '1 test' : `${p.length} tests`;
  return `of ${tests}, ${held === 0 ? 'none holds' : held === 1 ? '1 holds' : `${held} hold`} by Holm's rule at 5 %`;
}
