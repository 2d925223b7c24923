import { add } from './add';
import { compare } from './compare';
import { copy } from './copy';
import { modular } from './modular';
import { multiply } from './multiply';
import { parity } from './parity';
import { reverse } from './reverse';
import { sort } from './sort';
import type { Level, Task, TaskName } from './task';

/** The eight tasks in the paper's order. */
export const TASKS: readonly Task[] = [
  copy,
  reverse,
  compare,
  parity,
  add,
  modular,
  sort,
  multiply,
];

/** One of the 24 tasks at one of their levels: the unit of the mixture, of every table and of emergence. */
export interface TaskLevel extends Level {
  readonly task: TaskName;
  /** 1, 2 or 3. */
  readonly level: number;
  /** Place in {@link TASK_LEVELS}, which is also that of its tag token. */
  readonly index: number;
}

/**
 * All task-levels, task by task. Sizes were chosen before any geometry was looked at, with the aim that a
 * 405K model learns nearly all within 20,000 updates and a few stay hard. In `data/runs/nano-s0` 23 of 24
 * emerge, from update 140 (SORT 1) to 8,541 (PAR 3); MUL 3 does not.
 */
export const TASK_LEVELS: readonly TaskLevel[] = TASKS.flatMap(({ name, levels }, t) =>
  levels.map((level, l) => ({ ...level, task: name, level: l + 1, index: 3 * t + l })),
);

/**
 * The task-level of that name and level.
 * @throws RangeError naming the known tasks or levels.
 */
export function taskLevel(task: string, level: number): TaskLevel {
  const levels = TASK_LEVELS.filter((candidate) => candidate.task === task);
  if (levels.length === 0) {
    throw new RangeError(
      `Unknown task "${task}": use one of ${TASKS.map(({ name }) => name).join(', ')}.`,
    );
  }
  const found = levels.find((candidate) => candidate.level === level);
  if (!found) throw new RangeError(`Unknown level ${level} of ${task}: use 1, 2 or 3.`);
  return found;
}
