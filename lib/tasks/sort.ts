import { answerCharacter, DIGITS, drawText, type Level, type Task } from './task';

/** SORT: digits in ascending order. The paper names the task; the lengths are ours. */
function level(length: number): Level {
  return {
    describe: `sort ${length} digits`,
    inputs: 10 ** length,
    // Most orders lead to an answer whose digits all differ: length! of them, for up to ten digits.
    chance: Array.from({ length }, (_, i) => (i + 1) / 10).reduce((a, b) => a * b),
    probe: answerCharacter('smallest digit', DIGITS, 0),
    draw: (random) => {
      const prompt = drawText(random, length, DIGITS);
      return { prompt, answer: [...prompt].sort().join('') };
    },
  };
}

export const sort: Task = {
  name: 'SORT',
  rule: 'write the digits in ascending order',
  levels: [level(3), level(5), level(8)],
};
