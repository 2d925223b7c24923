import { TASK_LEVELS, type TaskLevel, taskLevel } from '../tasks';
import type { LandscapeRow, ProbeRow } from './tables';

/** Parts of the landscape that can be measured alone; `task-llc` is 24 times as costly as `llc`. */
export const LANDSCAPE_PARTS = [
  'fisher',
  'gradient',
  'hessian',
  'llc',
  'probes',
  'task-llc',
] as const;
export type LandscapePart = (typeof LANDSCAPE_PARTS)[number];

/** What to measure. */
export interface LandscapePlan {
  /** All but `task-llc` by default. */
  readonly parts?: readonly LandscapePart[];
  /** Task-levels that get a Fisher rank, probes and, with `task-llc`, an LLC of their own; all by default. */
  readonly taskLevels?: readonly TaskLevel[];
}

/** Rows of landscape.csv and probes.csv. */
export interface LandscapeRows {
  readonly landscape: LandscapeRow[];
  readonly probes: ProbeRow[];
}

/** One thing to measure at a step: a part, of the mixture or of one task-level. */
export interface LandscapeUnit {
  readonly part: LandscapePart;
  /** Undefined for the mixture. */
  readonly at: TaskLevel | undefined;
}

/** What a plan measures at each step, cheapest parts first. */
export function landscapeUnits({
  parts = LANDSCAPE_PARTS.filter((part) => part !== 'task-llc'),
  taskLevels = TASK_LEVELS,
}: LandscapePlan = {}): LandscapeUnit[] {
  const mixture = (part: LandscapePart) => ({ part, at: undefined });
  const each = (part: LandscapePart) => taskLevels.map((at) => ({ part, at }));
  return LANDSCAPE_PARTS.filter((part) => parts.includes(part)).flatMap((part): LandscapeUnit[] => {
    if (part === 'fisher') return [mixture(part), ...each(part)];
    return part === 'probes' || part === 'task-llc' ? each(part) : [mixture(part)];
  });
}

/** Of the units, those that the tables lack at a step. */
export function unitsMissing(
  units: readonly LandscapeUnit[],
  step: number,
  { landscape, probes }: LandscapeRows,
): LandscapeUnit[] {
  const measureOf = { fisher: 'fisher_rank', gradient: 'gradient_rank', hessian: 'hessian_top' };
  const known = new Set([
    ...landscape
      .filter((row) => row.step === step)
      .map(({ task, level, measure }) => `${measure} ${task} ${level}`),
    ...probes
      .filter((row) => row.step === step)
      .map(({ task, level }) => `probes ${task} ${level}`),
  ]);
  return units.filter(({ part, at }) => {
    const measure = part === 'probes' ? part : (measureOf[part as keyof typeof measureOf] ?? 'llc');
    return !known.has(`${measure} ${at?.task ?? ''} ${at?.level}`);
  });
}

/**
 * Reads a list of parts, such as `fisher,probes`.
 * @throws RangeError naming what is not a part.
 */
export function parseParts(text: string): LandscapePart[] {
  return text.split(',').map((name) => {
    const part = LANDSCAPE_PARTS.find((known) => known === name.trim());
    if (!part) {
      throw new RangeError(
        `Unknown measure "${name.trim()}": use one or more of ${LANDSCAPE_PARTS.join(',')}.`,
      );
    }
    return part;
  });
}

/**
 * Reads a list of task-levels: `MOD1,COPY` are MOD 1 and the three levels of COPY; `all` and `none` too.
 * @throws RangeError naming what is not a task or level.
 */
export function parseTaskLevels(text: string): readonly TaskLevel[] {
  if (text === 'all') return TASK_LEVELS;
  if (text === 'none') return [];
  return text.split(',').flatMap((name) => {
    const [, task, level] = /^\s*([A-Za-z]+) ?(\d*)\s*$/.exec(name) ?? ['', name, ''];
    const levels = level ? [Number(level)] : [1, 2, 3];
    return levels.map((one) => taskLevel(task.toUpperCase(), one));
  });
}
