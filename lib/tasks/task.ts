import type { Random } from './random';

/** One question and its answer, item by item: numbers, digits of a list, or a word. */
export interface Question {
  readonly input: readonly (string | number)[];
  readonly answer: readonly (string | number)[];
}

/** One difficulty of a task. */
export interface Level {
  /** What is asked, in words. */
  readonly describe: string;
  /** Draws a question. */
  draw(random: Random): Question;
  /** All questions, each with its share of the draws; left out where they are too many to count, and draws stand in. */
  every?(): Iterable<readonly [question: Question, share: number]>;
  /** Share of draws that the one most common answer gets right, by formula, for levels without {@link every}. */
  readonly chance?: number;
}

/** A task at one of its levels: the unit of the mixture, of the tables and of acquisition. */
export interface TaskLevel extends Level {
  readonly task: string;
  /** From 1. */
  readonly level: number;
  /** Place among the levels of its set. */
  readonly index: number;
}

/** A task: its rule, in words, and its levels, easiest first. */
export interface Task {
  /** Capitals; opens each of its lines. */
  readonly name: string;
  readonly rule: string;
  /** True where input and answer are lists, whose items may stand with or without blanks between them. */
  readonly list?: boolean;
  readonly levels: readonly Level[];
}

/** Levels with more inputs than this are not counted out. */
const COUNTED = 20_000;

/**
 * A level whose inputs are numbered and equally likely.
 * @param inputs how many there are, at most 2³².
 * @param question the one of a number, 0 … inputs − 1.
 */
export function numbered(
  describe: string,
  inputs: number,
  question: (index: number) => Question,
  chance?: number,
): Level {
  const level = { describe, draw: (random: Random) => question(random.below(inputs)) };
  if (inputs > COUNTED) return { ...level, chance };
  return {
    ...level,
    *every() {
      for (let index = 0; index < inputs; index++) yield [question(index), 1 / inputs] as const;
    },
  };
}

/** The `length` digits of a number in a base, the most significant first. */
export function digitsOf(value: number, length: number, base = 10): number[] {
  const digits: number[] = [];
  for (let i = 0, rest = value; i < length; i++, rest = Math.floor(rest / base)) {
    digits.unshift(rest % base);
  }
  return digits;
}

/** First and last number of so many digits: 0–9, 10–99, 100–999 (the paper's table of tasks). */
export function numbersOf(digits: number): { readonly first: number; readonly count: number } {
  const first = digits === 1 ? 0 : 10 ** (digits - 1);
  return { first, count: 10 ** digits - first };
}

/** A level on pairs of numbers of so many digits each, all pairs equally likely. */
export function pairs(
  describe: string,
  digits: readonly [number, number],
  answer: (a: number, b: number) => string | number,
  chance?: number,
): Level {
  const [left, right] = digits.map(numbersOf);
  return numbered(
    describe,
    left.count * right.count,
    (index) => {
      const a = left.first + Math.floor(index / right.count);
      const b = right.first + (index % right.count);
      return { input: [a, b], answer: [answer(a, b)] };
    },
    chance,
  );
}
