import { numbersOf, pairs, type Task } from './task';

/** ADD: add two numbers of 1, 2 or 3 digits. */
export const add: Task = {
  name: 'ADD',
  rule: 'add the two numbers',
  levels: [1, 2, 3].map((digits) =>
    pairs(
      `add two numbers of ${digits} digit${digits > 1 ? 's' : ''}`,
      [digits, digits],
      (a, b) => a + b,
      // The middle sum comes from as many pairs as there are numbers.
      1 / numbersOf(digits).count,
    ),
  ),
};
