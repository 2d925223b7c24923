import { ONSET, type OnsetRule } from './definitions';

/** A quantity over measured steps, both of one length, steps increasing. */
export interface Series {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/**
 * The ways in which a measure can change: it falls from its start to its lowest value; it rises, by the largest
 * increase between two steps of the series, so mostly from the lowest value to the highest after it; it recovers,
 * from the lowest value back to its start.
 */
export type ChangeKind = 'fall' | 'rise' | 'recovery';

/** One change of a measure. */
export interface Change {
  readonly kind: ChangeKind;
  /** Value before the fall, or at the low point before the way up. */
  readonly from: number;
  /** Lowest value, the high point of the rise, or the start that is regained. */
  readonly to: number;
  /** Measured step at which the change begins: the first of the run, or that of the low point. */
  readonly beginStep: number;
  /** First measured step from which `share` of the change is done and held. */
  readonly onset: number;
}

/** Place of the first of `held` values in a row that pass, undefined where there is none. */
export function firstHeld<T>(
  values: readonly T[],
  passes: (value: T) => boolean,
  held: number,
  from = 0,
): number | undefined {
  let since = 0;
  for (let i = from; i < values.length; i++) {
    since = passes(values[i]) ? since + 1 : 0;
    if (since === held) return i - held + 1;
  }
  return undefined;
}

/**
 * The fall, rise or recovery of a series; see {@link ChangeKind}.
 * @returns undefined where the change is smaller than `rule.least`, never held, or the series has under two steps.
 */
export function changeOf(
  { steps, values }: Series,
  kind: ChangeKind,
  rule: OnsetRule = ONSET,
): Change | undefined {
  if (values.length < 2) return undefined;
  const [begin, end] = ends(values, kind);
  const [from, to] = [values[begin], values[end]];
  const size = Math.abs(to - from);
  if (!(size > 0) || size < rule.least * Math.max(Math.abs(from), Math.abs(to))) return undefined;
  const mark = from + rule.share * (to - from);
  const passes = (value: number) => (kind === 'fall' ? value <= mark : value >= mark);
  const at = firstHeld(values, passes, rule.held, begin);
  if (at === undefined) return undefined;
  return { kind, from, to, beginStep: steps[begin], onset: steps[at] };
}

/** Places at which a change begins and is complete; for a recovery, the place whose value is regained. */
function ends(values: readonly number[], kind: ChangeKind): [number, number] {
  let lowest = 0;
  let rise: [number, number] = [0, 0];
  for (let i = 1; i < values.length; i++) {
    if (values[i] < values[lowest]) lowest = i;
    if (values[i] - values[lowest] > values[rise[1]] - values[rise[0]]) rise = [lowest, i];
  }
  if (kind === 'rise') return rise;
  return kind === 'fall' ? [0, lowest] : [lowest, 0];
}
