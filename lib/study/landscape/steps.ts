/**
 * Chooses steps to keep or to measure: about evenly over ln(1 + step), so densely through the early collapse, first and
 * last included.
 * @param available increasing steps to choose from. @param count how many to give; all where there are no more.
 * @throws RangeError for a count below 2.
 */
export function landscapeSteps(available: readonly number[], count: number): number[] {
  if (!Number.isInteger(count) || count < 2) {
    throw new RangeError(
      `The number of checkpoints is ${count}: it must be an integer of 2 or more.`,
    );
  }
  if (available.length <= count) return [...available];
  const place = available.map((step) => Math.log1p(step));
  const [first, last] = [place[0], place[place.length - 1]];
  const chosen: number[] = [];
  for (let i = 0, next = 0; i < count; i++) {
    const target = first + ((last - first) * i) / (count - 1);
    // Enough must be left for those that follow.
    const most = available.length - (count - i);
    while (next < most && Math.abs(place[next + 1] - target) <= Math.abs(place[next] - target))
      next++;
    chosen.push(available[next++]);
  }
  return chosen;
}
