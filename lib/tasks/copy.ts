import { digitsOf, numbered, type Task } from './task';

/** COPY: repeat 3, 5 or 8 digits. */
export const copy: Task = {
  name: 'COPY',
  rule: 'repeat the digits',
  list: true,
  levels: [3, 5, 8].map((length) =>
    numbered(
      `repeat ${length} digits`,
      10 ** length,
      (index) => {
        const digits = digitsOf(index, length);
        return { input: digits, answer: digits };
      },
      10 ** -length,
    ),
  ),
};
