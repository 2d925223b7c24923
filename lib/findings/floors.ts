import type { GeometryRow, Tables } from '../study/tables';
import { EMERGENCE, type EmergenceRule } from './definitions';
import { emergenceStep } from './emergence';

/** Which of RankMe's variants to look at. */
export interface GeometryChoice {
  /** 0 = embeddings, 1…L = after each block; the last by default, as in the paper. */
  readonly layer?: number;
  readonly position?: 'prompt' | 'answer';
  readonly centered?: boolean;
}

/** What one task-level's representation goes through in a run. Steps are NaN-free: undefined means "did not happen". */
export interface Floor {
  readonly task: string;
  readonly level: number;
  readonly layer: number;
  /** RankMe before the first update. */
  readonly start: number;
  /** Lowest RankMe from the first update on. */
  readonly floor: number;
  /** First step with the floor. */
  readonly floorStep: number;
  /** Share of the start that is lost at the floor, 0…1. */
  readonly fall: number;
  /** Highest RankMe after the floor. */
  readonly recovered: number;
  /** First step after the floor at which half of the fall is regained. */
  readonly recoveryStep: number | undefined;
  /** First step from which the capability holds. */
  readonly emergenceStep: number | undefined;
}

/** RankMe over the steps of one task-level. */
export interface RankSeries {
  readonly task: string;
  readonly level: number;
  readonly layer: number;
  readonly steps: readonly number[];
  readonly rank: readonly number[];
}

/**
 * RankMe series of every task-level in the geometry table, in the table's order.
 * @throws RangeError where the table has no such layer.
 */
export function rankSeries(
  geometry: readonly GeometryRow[],
  { layer, position = 'prompt', centered = false }: GeometryChoice = {},
): RankSeries[] {
  if (geometry.length === 0) return [];
  const last = geometry.reduce((most, row) => Math.max(most, row.layer), 0);
  const chosen = layer ?? last;
  if (!Number.isInteger(chosen) || chosen < 0 || chosen > last) {
    throw new RangeError(`There is no layer ${chosen}: this run has the layers 0 to ${last}.`);
  }
  const series = new Map<
    string,
    { task: string; level: number; steps: number[]; rank: number[] }
  >();
  for (const row of geometry) {
    if (row.layer !== chosen || row.position !== position) continue;
    const key = `${row.task} ${row.level}`;
    const own = series.get(key) ?? { task: row.task, level: row.level, steps: [], rank: [] };
    if (own.steps.length === 0) series.set(key, own);
    own.steps.push(row.step);
    own.rank.push(centered ? row.rankme_centered : row.rankme);
  }
  return [...series.values()].map((own) => ({ ...own, layer: chosen }));
}

/**
 * Start, floor, recovery and emergence of every task-level of a run.
 *
 * @param chance accuracy of the best constant answer of a task-level.
 * @throws RangeError where the table has no such layer.
 */
export function floors(
  tables: Pick<Tables, 'geometry' | 'behavior'>,
  chance: (task: string, level: number) => number,
  choice: GeometryChoice = {},
  rule: EmergenceRule = EMERGENCE,
): Floor[] {
  return rankSeries(tables.geometry, choice)
    .filter(({ steps }) => steps.length > 1)
    .map(({ task, level, layer, steps, rank }) => {
      const start = rank[0];
      let at = 1;
      for (let i = 2; i < rank.length; i++) if (rank[i] < rank[at]) at = i;
      const floor = rank[at];
      const half = floor + (start - floor) / 2;
      const after = rank.findIndex((value, i) => i > at && value >= half && start > floor);
      const own = tables.behavior.filter((row) => row.task === task && row.level === level);
      return {
        ...{ task, level, layer, start, floor },
        floorStep: steps[at],
        fall: Math.max(0, 1 - floor / start),
        recovered: Math.max(...rank.slice(at)),
        recoveryStep: after < 0 ? undefined : steps[after],
        emergenceStep: emergenceStep(own, chance(task, level), rule),
      };
    });
}
