import type { Series } from './onset';
import { pearson } from './statistics';

/** Which of two series moves first, and how alike their changes are at that shift. */
export interface Lag {
  /** ln of the factor of steps by which the first series is ahead of the second; negative where it is behind. */
  readonly lead: number;
  /** Pearson correlation of the changes at that shift, −1…1. */
  readonly correlation: number;
}

/** Points of the even grid in ln(1 + step) on which changes are compared: about one a checkpoint. */
const POINTS = 200;
/** Changes are averaged over this many points on either side, against noise of single checkpoints. */
const SMOOTH = 2;
/** Shifts go up to this share of the window, so that at least half of it overlaps. */
const MOST_SHIFT = 0.5;

/**
 * Cross-correlation of the changes of two series (the paper compares a measure's series with behavior's in
 * this way; that it is done on changes, over log steps, is ours: two levels that only rise agree at any
 * shift, and training slows down with its logarithm).
 *
 * @param from first step to look at: the collapse shakes everything at once, and would decide the lag.
 * @returns undefined where either series does not change in the window, or has under 8 steps there.
 */
export function lagOf(first: Series, second: Series, from = 0): Lag | undefined {
  const place = (step: number) => Math.log(1 + step);
  const inside = ({ steps }: Series) => steps.filter((step) => step >= from);
  const [a, b] = [inside(first), inside(second)];
  if (a.length < 8 || b.length < 8) return undefined;
  const low = place(Math.max(a[0], b[0]));
  const high = place(Math.min(a[a.length - 1], b[b.length - 1]));
  if (!(high > low)) return undefined;
  const gap = (high - low) / (POINTS - 1);
  const grid = Array.from({ length: POINTS }, (_, i) => low + i * gap);
  const [x, y] = [first, second].map((series) => changes(interpolate(series, grid, place)));
  let best: Lag | undefined;
  const most = Math.floor(MOST_SHIFT * x.length);
  // The smallest shift wins a tie: 0, 1, −1, 2, …
  for (let i = 0; i <= 2 * most; i++) {
    const shift = i % 2 ? (i + 1) / 2 : -i / 2;
    const early = x.slice(Math.max(0, -shift), x.length - Math.max(0, shift));
    const late = y.slice(Math.max(0, shift), y.length - Math.max(0, -shift));
    const correlation = pearson(early, late);
    if (correlation === undefined) continue;
    if (!best || Math.abs(correlation) > Math.abs(best.correlation) + 1e-9) {
      best = { lead: shift * gap, correlation };
    }
  }
  return best;
}

function interpolate({ steps, values }: Series, grid: number[], place: (step: number) => number) {
  let i = 0;
  return grid.map((at) => {
    while (i < steps.length - 2 && place(steps[i + 1]) < at) i++;
    const [left, right] = [place(steps[i]), place(steps[i + 1])];
    const part = Math.min(1, Math.max(0, (at - left) / (right - left)));
    return values[i] + part * (values[i + 1] - values[i]);
  });
}

/** Smoothed first differences. */
function changes(values: readonly number[]): number[] {
  const raw = values.slice(1).map((value, i) => value - values[i]);
  return raw.map((_, i) => {
    const near = raw.slice(Math.max(0, i - SMOOTH), i + SMOOTH + 1);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}
