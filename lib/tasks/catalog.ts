import { add } from './add';
import { compare } from './compare';
import { copy } from './copy';
import { modular } from './modular';
import { multiply } from './multiply';
import { parity } from './parity';
import { reverse } from './reverse';
import { sort } from './sort';
import type { Task } from './task';

/** The eight tasks in the paper's order. A task more is a line more here, or is passed to `taskSet`. */
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
