import { digitsOf, type Level, numbered, numbersOf, pairs, type Task } from './task';

/** Lists of 3, 5 or 8 digits. @param verb what is asked. @param chance by the number of digits. */
function lists(
  verb: string,
  answer: (digits: readonly number[]) => readonly number[],
  chance: (length: number) => number,
): Level[] {
  return [3, 5, 8].map((length) => {
    const question = (index: number) => {
      const digits = digitsOf(index, length);
      return { input: digits, answer: answer(digits) };
    };
    return numbered(`${verb} ${length} digits`, 10 ** length, question, chance(length));
  });
}

/** Two numbers of 1, 2 or 3 digits. @param verb what is asked. @param chance by how many such numbers there are. */
function twoNumbers(
  verb: string,
  answer: (a: number, b: number) => string | number,
  chance: (numbers: number) => number,
): Level[] {
  return [1, 2, 3].map((digits) => {
    const describe = `${verb} two numbers of ${digits} digit${digits > 1 ? 's' : ''}`;
    return pairs(describe, [digits, digits], answer, chance(numbersOf(digits).count));
  });
}

function parity(length: number): Level {
  return numbered(`parity of ${length} bits`, 2 ** length, (index) => {
    const bits = digitsOf(index, length, 2);
    return { input: bits, answer: [bits.reduce((a, b) => a ^ b) ? 'ODD' : 'EVEN'] };
  });
}

/** The remainder of x from 0 to 10 p, for a prime p of a small set; first p is drawn, then x. */
function remainder(...primes: readonly number[]): Level {
  const question = (x: number, p: number) => ({ input: [x, p], answer: [x % p] });
  return {
    describe: `remainder by ${primes.join(', ')}`,
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

function product(...digits: readonly [number, number]): Level {
  return pairs(`multiply ${digits.join(' × ')} digits`, digits, (a, b) => a * b);
}

/** One answer for each list. */
const oneEach = (length: number) => 1 / 10 ** length;

/** The paper's tasks by name: what the study's plans train on, so that a task more leaves its runs as they are. */
export const PAPER_TASKS = ['COPY', 'REV', 'CMP', 'PAR', 'ADD', 'MOD', 'SORT', 'MUL'] as const;

/** The paper's tasks in its order. A task more is an entry more here, or is passed to `TaskSet`. */
export const TASKS: readonly Task[] = [
  {
    name: 'COPY',
    rule: 'repeat the digits',
    list: true,
    levels: lists('repeat', (digits) => digits, oneEach),
  },
  {
    name: 'REV',
    rule: 'repeat the digits backwards',
    list: true,
    levels: lists('reverse', (digits) => [...digits].reverse(), oneEach),
  },
  {
    name: 'CMP',
    rule: 'say whether the first number is LESS, EQUAL or GREATER',
    // Equal pairs are as rare as chance makes them.
    levels: twoNumbers(
      'compare',
      (a, b) => (a < b ? 'LESS' : a > b ? 'GREATER' : 'EQUAL'),
      (numbers) => (1 - 1 / numbers) / 2,
    ),
  },
  {
    name: 'PAR',
    rule: 'say whether the number of ones is ODD or EVEN',
    list: true,
    levels: [4, 6, 8].map(parity),
  },
  {
    name: 'ADD',
    rule: 'add the two numbers',
    levels: twoNumbers(
      'add',
      (a, b) => a + b,
      // The middle sum comes from as many pairs as there are numbers.
      (numbers) => 1 / numbers,
    ),
  },
  {
    name: 'MOD',
    rule: 'give the remainder of the first number by the second',
    levels: [remainder(2, 3, 5, 7), remainder(7, 11, 13), remainder(13, 17, 19, 23)],
  },
  {
    name: 'SORT',
    rule: 'write the digits in ascending order',
    list: true,
    levels: lists(
      'sort',
      (digits) => [...digits].sort(),
      // Answers whose digits all differ are the most common: length! orders lead to each.
      (length) => Array.from({ length }, (_, i) => (i + 1) / 10).reduce((a, b) => a * b),
    ),
  },
  {
    name: 'MUL',
    rule: 'multiply the two numbers',
    levels: [product(1, 1), product(1, 2), product(2, 2)],
  },
];

export type Difficulty = 'easy' | 'hard';
export type DifficultyVersion = 'v1' | 'v4';

/** The paper's class of a task: v1 has four easy ones, v4 counts SORT with them; tasks of one's own are hard. */
export function difficulty(task: string, version: DifficultyVersion = 'v4'): Difficulty {
  const easy = ['COPY', 'REV', 'CMP', 'PAR', ...(version === 'v4' ? ['SORT'] : [])];
  return easy.includes(task) ? 'easy' : 'hard';
}
