import { digitsOf, numbered, type Task } from './task';

/** REV: repeat 3, 5 or 8 digits backwards. */
export const reverse: Task = {
  name: 'REV',
  rule: 'repeat the digits backwards',
  list: true,
  levels: [3, 5, 8].map((length) =>
    numbered(
      `reverse ${length} digits`,
      10 ** length,
      (index) => {
        const digits = digitsOf(index, length);
        return { input: digits, answer: [...digits].reverse() };
      },
      10 ** -length,
    ),
  ),
};
