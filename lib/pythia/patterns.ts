import { crossCorrelation, PRECURSOR_V1, type Series } from './core';
import { GENERAL, PAPER_SETS } from './probes';
import { genuine, type ProbeGeometryRow, type Trajectory } from './tables';

/** Which rank of which hidden states. */
export interface Convention {
  /** Last layer by default. */
  readonly layer?: number;
  /** One row a token position, as in the paper (the default), or one a prompt. */
  readonly rows?: ProbeGeometryRow['rows'];
  /** `rankme` as the paper prints it (the default), from singular values; `covariance_rank` from their squares. */
  readonly reading?: 'rankme' | 'covariance_rank';
  /** True to take the mean of the rows out first. */
  readonly centered?: boolean;
}

/**
 * Rank of one probe set over the steps that count.
 * ```ts
 * const { steps, values } = setRank(trajectories()[0], 'general', { centered: true });
 * ```
 */
export function setRank(
  trajectory: Trajectory,
  probe: string,
  { layer, rows = 'token', reading = 'rankme', centered = false }: Convention = {},
): Series {
  const wanted = layer ?? trajectory.info.config.layers;
  const found = genuine(trajectory).geometry.filter(
    (row) => row.probe === probe && row.layer === wanted && row.rows === rows,
  );
  const column = `${reading}${centered ? '_centered' : ''}` as const;
  return seriesOf(found, (row) => row[column]);
}

/**
 * Loss or KL divergence on the general text over the steps that count.
 *
 * ```ts
 * const { steps, values } = textSeries(trajectories()[0], 'bits_per_token');
 * ```
 */
export function textSeries(
  trajectory: Trajectory,
  column: 'bits_per_token' | 'kl_unigram',
): Series {
  const rows = genuine(trajectory).checkpoints.filter((row) => row[column] !== undefined);
  return seriesOf(rows, (row) => row[column] as number);
}

/** Step at which a series is least. */
export function leastStep({ steps, values }: Series): number {
  return steps[values.indexOf(Math.min(...values))];
}

/** What a rank goes through. */
export interface Pattern {
  readonly start: number;
  readonly floor: number;
  readonly floorStep: number;
  readonly end: number;
  /** Share of the start that is lost at the floor. */
  readonly fall: number;
  /** First step after the floor at which half of the fall is regained; undefined where it is not. */
  readonly back: number | undefined;
}

/** Fall and return of a series of one step or more. */
export function patternOf({ steps, values }: Series): Pattern {
  const [start, floor] = [values[0], Math.min(...values)];
  const at = values.indexOf(floor);
  const regained = values.findIndex((value, i) => i > at && value >= (start + floor) / 2);
  return {
    ...{ start, floor, floorStep: steps[at], end: values[values.length - 1] },
    fall: 1 - floor / start,
    back: regained < 0 || floor === start ? undefined : steps[regained],
  };
}

/**
 * Patterns of the paper's sets in a model, by name of the set.
 *
 * ```ts
 * table(setPatterns(trajectories()[0], { centered: true }));
 * ```
 */
export function setPatterns(trajectory: Trajectory, convention: Convention = {}) {
  const known = PAPER_SETS.filter((probe) => trajectory.info.sets[probe]);
  return known.map((probe) => ({
    ...{ model: trajectory.info.model, probe },
    ...patternOf(setRank(trajectory, probe, convention)),
  }));
}

/**
 * Patterns of the layers above the embedding, on the general text.
 *
 * ```ts
 * layerPatterns(trajectories()[0]).map(({ layer, fall }) => [layer, fall]);
 * ```
 */
export function layerPatterns(trajectory: Trajectory, convention: Convention = {}) {
  return Array.from({ length: trajectory.info.config.layers }, (_, i) => ({
    layer: i + 1,
    ...patternOf(setRank(trajectory, GENERAL, { ...convention, layer: i + 1 })),
  }));
}

/** A set's behavior over the steps that count. */
export function setBehavior(
  trajectory: Trajectory,
  probe: string,
  column: 'accuracy' | 'exact' | 'log_prob',
): Series {
  const rows = genuine(trajectory).behavior.filter((row) => row.probe === probe);
  return seriesOf(rows, (row) => row[column]);
}

/** A quantity of some rows over their steps. */
export function seriesOf<R extends { step: number }>(
  rows: readonly R[],
  value: (row: R) => number,
): Series {
  return { steps: rows.map(({ step }) => step), values: rows.map(value) };
}

/**
 * Precursor by the paper's rule of version 1: the cross-correlation of the differenced series peaks, in size, where the
 * rank is ahead, within 20 checkpoints, and exceeds .3 there. Undefined for an accuracy that does not change, or too few.
 */
export function leads(rank: Series, accuracy: Series): boolean | undefined {
  const peak = crossCorrelation(rank, accuracy);
  return peak && peak.lead > 0 && Math.abs(peak.correlation) > PRECURSOR_V1.correlation;
}
