import { difficulty, type TaskLevel, type TaskSet } from '../../tasks';

/**
 * What parts of the landscape are measured on, where nothing else is named: the mixture; each whole task; those that the
 * paper's version 4 calls hard; the middle level of each task, its level 2.
 */
export type Where = 'mixture' | 'tasks' | 'hard tasks' | 'middle levels';

/** One thing that a part is measured on. */
export interface Place {
  /** Empty for the mixture. */
  readonly task: string;
  /** Undefined for the mixture and for a whole task. */
  readonly level: number | undefined;
  /** Its task-levels, from which samples are drawn evenly. */
  readonly levels: readonly TaskLevel[];
}

/**
 * The places of a set of tasks.
 * @param names `MOD` is a whole task and `MOD2`, `MOD 2` one of its levels. Of a part that is measured on levels a whole
 * task stands for all of its levels.
 * @throws RangeError naming what is not a task or level of the set.
 */
export function placesOf(set: TaskSet, where: Where, names?: readonly string[]): Place[] {
  if (where === 'mixture') return [{ task: '', level: undefined, levels: set.levels }];
  const whole = (task: string): Place => {
    return { task, level: undefined, levels: set.levels.filter((at) => at.task === task) };
  };
  const single = (at: TaskLevel): Place => ({ task: at.task, level: at.level, levels: [at] });
  const tasks = set.tasks.map(({ name }) => name);
  if (!names) {
    if (where === 'tasks') return tasks.map(whole);
    if (where === 'hard tasks')
      return tasks.filter((task) => difficulty(task) === 'hard').map(whole);
    return tasks.map(whole).map(({ levels }) => single(levels[levels.length >> 1]));
  }
  return names.flatMap((name) => {
    const [, task, level] = /^\s*([A-Za-z]+) ?(\d*)\s*$/.exec(name) ?? ['', name, ''];
    const first = set.level(task.toUpperCase(), level ? Number(level) : 1);
    if (level) return [single(first)];
    const all = whole(first.task);
    return where === 'middle levels' ? all.levels.map(single) : [all];
  });
}

/** A place in words: `MOD 2`, `MOD`, `the mixture`. */
export function nameOfPlace({ task, level }: Pick<Place, 'task' | 'level'>): string {
  return task ? `${task}${level === undefined ? '' : ` ${level}`}` : 'the mixture';
}
