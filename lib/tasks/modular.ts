import type { Level, Task } from './task';

/** MOD: the remainder of x from 0 to 10 p, for a prime p of a small set; first p is drawn, then x. */
function level(primes: readonly number[]): Level {
  const question = (x: number, p: number) => ({ input: [x, p], answer: [x % p] });
  return {
    describe: `remainder by ${primes.join(', ')}`,
    inputs: primes.reduce((sum, p) => sum + 10 * p + 1, 0),
    draw: (random) => {
      const p = primes[random.below(primes.length)];
      return question(random.below(10 * p + 1), p);
    },
    *every() {
      for (const p of primes) {
        for (let x = 0; x <= 10 * p; x++) {
          yield [question(x, p), 1 / primes.length / (10 * p + 1)] as const;
        }
      }
    },
  };
}

export const modular: Task = {
  name: 'MOD',
  rule: 'give the remainder of the first number by the second',
  levels: [level([2, 3, 5, 7]), level([7, 11, 13]), level([13, 17, 19, 23])],
};
