import { numbersOf, pairs, type Task } from './task';

/** CMP: compare two numbers of 1, 2 or 3 digits. Equal pairs are as rare as chance makes them. */
export const compare: Task = {
  name: 'CMP',
  rule: 'say whether the first number is LESS, EQUAL or GREATER',
  levels: [1, 2, 3].map((digits) =>
    pairs(
      `compare two numbers of ${digits} digit${digits > 1 ? 's' : ''}`,
      [digits, digits],
      (a, b) => (a < b ? 'LESS' : a > b ? 'GREATER' : 'EQUAL'),
      (1 - 1 / numbersOf(digits).count) / 2,
    ),
  ),
};
