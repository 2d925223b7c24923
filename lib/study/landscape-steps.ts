/** How far an event attracts checkpoints: standard deviation in ln(1 + step), about one eighth of its step. */
const REACH = 0.12;

/**
 * Chooses where to measure the costly landscape: places where things happen. Half of the checkpoints are
 * spread evenly over ln(1 + step), so densely through the early collapse; the other half gathers around the
 * events, evenly among them. First and last are always taken.
 *
 * @param available increasing steps to choose from.
 * @param count how many to give; all where there are no more.
 * @param events steps of floors, recoveries and emergences, in any order; none, and only the even half counts.
 * @throws RangeError for a count below 2.
 */
export function landscapeSteps(
  available: readonly number[],
  count: number,
  events: readonly number[] = [],
): number[] {
  if (!Number.isInteger(count) || count < 2) {
    throw new RangeError(`The number of checkpoints is ${count}: it must be 2 or more.`);
  }
  if (available.length <= count) return [...available];
  const place = available.map((step) => Math.log1p(step));
  const last = place.length - 1;
  const range = place[last] - place[0];
  const weights = place.map((x, i) => {
    // First and last are certain.
    if (i === 0 || i === last) return Number.POSITIVE_INFINITY;
    const width = (place[i + 1] - place[i - 1]) / 2;
    const near = events.reduce(
      (sum, event) => sum + Math.exp(-0.5 * ((x - Math.log1p(event)) / REACH) ** 2),
      0,
    );
    const density = events.length > 0 ? near / (events.length * REACH * Math.sqrt(2 * Math.PI)) : 0;
    return width * (1 / range + density);
  });
  // Systematic sampling: each step is taken with a chance of at most 1, and the chances add up to the count.
  const chances = (factor: number) => weights.map((weight) => Math.min(1, factor * weight));
  let [low, high] = [0, 1];
  const total = (factor: number) => chances(factor).reduce((sum, chance) => sum + chance, 0);
  while (total(high) < count) high *= 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (total(middle) < count) low = middle;
    else high = middle;
  }
  let sum = 0;
  return available.filter((_, i) => {
    const before = Math.floor(sum + 1e-6);
    sum += Math.min(1, high * weights[i]);
    return Math.floor(sum + 1e-6) > before;
  });
}

/**
 * Checks the steps at which a run is to measure its landscape.
 * @throws RangeError naming the first that is no step of the run.
 */
export function checkedSteps(steps: readonly number[], last: number): number[] {
  const wrong = steps.find((step) => !Number.isInteger(step) || step < 0 || step > last);
  if (wrong !== undefined) {
    throw new RangeError(
      `Step ${wrong} is not in the run: its steps are the integers from 0 to ${last}.`,
    );
  }
  return [...new Set(steps)].sort((a, b) => a - b);
}
