import { digitsOf, numbered, type Task } from './task';

/** PAR: parity of 4, 6 or 8 bits. */
export const parity: Task = {
  name: 'PAR',
  rule: 'say whether the number of ones is ODD or EVEN',
  list: true,
  levels: [4, 6, 8].map((length) =>
    numbered(`parity of ${length} bits`, 2 ** length, (index) => {
      const bits = digitsOf(index, length, 2);
      return { input: bits, answer: [bits.reduce((a, b) => a ^ b) ? 'ODD' : 'EVEN'] };
    }),
  ),
};
