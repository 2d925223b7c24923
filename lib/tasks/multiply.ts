import { pairs, type Task } from './task';

const SIZES = [
  [1, 1],
  [1, 2],
  [2, 2],
] as const;

/** MUL: multiply numbers of 1 × 1, 1 × 2 or 2 × 2 digits. */
export const multiply: Task = {
  name: 'MUL',
  rule: 'multiply the two numbers',
  levels: SIZES.map((digits) =>
    pairs(`multiply ${digits.join(' × ')} digits`, digits, (a, b) => a * b),
  ),
};
