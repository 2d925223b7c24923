import { digitsOf, numbered, type Task } from './task';

/** SORT: 3, 5 or 8 digits in ascending order. */
export const sort: Task = {
  name: 'SORT',
  rule: 'write the digits in ascending order',
  list: true,
  levels: [3, 5, 8].map((length) =>
    numbered(
      `sort ${length} digits`,
      10 ** length,
      (index) => {
        const digits = digitsOf(index, length);
        return { input: digits, answer: [...digits].sort() };
      },
      // Answers whose digits all differ are the most common: length! orders lead to each.
      Array.from({ length }, (_, i) => (i + 1) / 10).reduce((a, b) => a * b),
    ),
  ),
};
