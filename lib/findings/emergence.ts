import type { RunInfo } from '../study/run-folder';
import type { BehaviorRow, Tables } from '../study/tables';
import { taskLevel } from '../tasks';
import {
  DIFFICULTY,
  type Difficulty,
  type DifficultyRule,
  difficulties,
  EMERGENCE,
  type EmergenceRule,
  nameOf,
} from './definitions';
import { firstHeld } from './onset';

/**
 * First measured step from which behavior is at the threshold or above for `held` measured steps.
 * @param rows one task-level's behavior, by increasing step.
 * @param chance accuracy of the best constant answer, in [0, 1); its logarithm is at least the best
 * log-probability that ignores the question.
 * @returns undefined where that never happens within the run.
 * @throws RangeError where a log-probability is asked for and chance is 0.
 */
export function emergenceStep(
  rows: readonly BehaviorRow[],
  chance: number,
  { share, held, by = 'accuracy' }: EmergenceRule = EMERGENCE,
): number | undefined {
  if (by === 'log_prob' && chance <= 0) {
    throw new RangeError('Emergence by log-probability needs a chance above 0.');
  }
  const [low, perfect] = by === 'accuracy' ? [chance, 1] : [Math.log(chance), 0];
  const threshold = low + share * (perfect - low);
  const at = firstHeld(
    rows.map((row) => row[by]),
    (value) => value >= threshold,
    held,
  );
  return at === undefined ? undefined : rows[at].step;
}

/** One task-level of a run: when it emerges, undefined where it does not within the run. */
export interface Emergence {
  readonly task: string;
  readonly level: number;
  readonly step: number | undefined;
  readonly difficulty: Difficulty;
}

/**
 * Emergence and class of every task-level in the behavior table, in its order; empty for an empty table.
 * @throws RangeError for a task or level that the catalog does not know.
 */
export function emergences(
  { behavior }: Pick<Tables, 'behavior'>,
  rule: EmergenceRule = EMERGENCE,
  classes: DifficultyRule = DIFFICULTY,
): Emergence[] {
  const rows = new Map<string, BehaviorRow[]>();
  for (const row of behavior) {
    const own = rows.get(nameOf(row));
    if (own) own.push(row);
    else rows.set(nameOf(row), [row]);
  }
  const found = [...rows.values()].map((own) => {
    const { task, level } = own[0];
    return { task, level, step: emergenceStep(own, taskLevel(task, level).chance, rule) };
  });
  const classOf = difficulties(found, classes);
  return found.map((own) => ({ ...own, difficulty: classOf.get(nameOf(own)) as Difficulty }));
}

/** How findings name a run: `nano, seed 0`. */
export function runName({ info }: { readonly info: Pick<RunInfo, 'training'> }): string {
  return `${info.training.scale}, seed ${info.training.seed}`;
}
