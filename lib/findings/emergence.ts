import type { BehaviorRow } from '../study/tables';

/**
 * When a capability counts as there. The paper calls it a low threshold crossed and held and gives no
 * number; half of the way from chance to perfect, held for three measured steps, is ours, and was fixed
 * before the study's runs were looked at.
 */
export interface EmergenceRule {
  /** Share of the way from chance to 1 that accuracy must reach, in (0, 1). */
  readonly share: number;
  /** Measured steps in a row, the crossing one included, that must hold it. */
  readonly held: number;
}

export const EMERGENCE: EmergenceRule = { share: 0.5, held: 3 };

/**
 * First measured step from which accuracy is at the threshold or above for `held` measured steps.
 * @param rows one task-level's behavior, by increasing step.
 * @param chance accuracy of the best constant answer, in [0, 1).
 * @returns undefined where that never happens within the run.
 */
export function emergenceStep(
  rows: readonly BehaviorRow[],
  chance: number,
  { share, held }: EmergenceRule = EMERGENCE,
): number | undefined {
  const threshold = chance + share * (1 - chance);
  let since = 0;
  for (let i = 0; i < rows.length; i++) {
    since = rows[i].accuracy >= threshold ? since + 1 : 0;
    if (since === held) return rows[i - held + 1].step;
  }
  return undefined;
}
