import type { TaskLevel, TaskSet } from '../../tasks';

/** What parts of the landscape are measured on. */
export type Where = 'mixture' | 'tasks' | 'levels' | 'hard levels';

/** One thing that a part is measured on. */
export interface Place {
  /** Empty for the mixture. */
  readonly task: string;
  /** Undefined for the mixture and for a whole task. */
  readonly level: number | undefined;
  /** Its task-levels, from which samples are drawn evenly. */
  readonly levels: readonly TaskLevel[];
}

/** Tasks that the paper calls easy (version 4; version 1 without SORT). Their LLC is measured on demand only. */
const EASY = new Set(['COPY', 'REV', 'CMP', 'PAR', 'SORT']);

/**
 * The places of a set of tasks.
 * @param chosen task-levels, as {@link levelsNamed} gives them; all by default, and of `hard levels` those of the tasks
 * that the paper does not call easy.
 */
export function placesOf(set: TaskSet, where: Where, chosen?: readonly TaskLevel[]): Place[] {
  const levels = chosen ?? set.levels;
  if (where === 'mixture') return [{ task: '', level: undefined, levels: set.levels }];
  if (where === 'tasks') {
    return set.tasks
      .filter(({ name }) => levels.some(({ task }) => task === name))
      .map(({ name }) => ({
        task: name,
        level: undefined,
        levels: set.levels.filter(({ task }) => task === name),
      }));
  }
  return levels
    .filter(({ task }) => chosen || where === 'levels' || !EASY.has(task))
    .map((at) => ({ task: at.task, level: at.level, levels: [at] }));
}

/** A place in words: `MOD 2`, `MOD`, `the mixture`. */
export function nameOfPlace({ task, level }: Pick<Place, 'task' | 'level'>): string {
  return task ? `${task}${level === undefined ? '' : ` ${level}`}` : 'the mixture';
}

/**
 * Task-levels by name: `MOD1` or `MOD 1` is one, `COPY` all of its levels.
 * @throws RangeError naming what is not a task or level of the set.
 */
export function levelsNamed(set: TaskSet, names: readonly string[]): TaskLevel[] {
  return names.flatMap((name) => {
    const [, task, level] = /^\s*([A-Za-z]+) ?(\d*)\s*$/.exec(name) ?? ['', name, ''];
    const upper = task.toUpperCase();
    if (level) return [set.level(upper, Number(level))];
    const first = set.level(upper, 1);
    return set.levels.filter((at) => at.task === first.task);
  });
}
