import { numbered, type Task } from 'anatomy';

/** DOUBLE: give twice a number. A task of one's own: notebook 07 imports it, and lib/ knows nothing of it. */
export const double: Task = {
  name: 'DOUBLE', // capitals: it opens each line
  rule: 'give twice the number',
  levels: [10, 100, 1000].map((count) =>
    numbered(`double a number below ${count}`, count, (n) => ({ input: [n], answer: [2 * n] })),
  ),
};
