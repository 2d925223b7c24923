import { answerCharacter, DIGITS, type Level, padded, type Task } from './task';

/** ADD: decimal addition. The paper names the task; the sizes are ours. */
function level(digits: number): Level {
  const size = 10 ** digits;
  return {
    describe: `add two numbers of ${digits} digit${digits > 1 ? 's' : ''}`,
    inputs: size ** 2,
    // The most common sum, 10^n − 1, comes from 10^n of the 10^2n pairs.
    chance: 1 / size,
    probe: answerCharacter('units digit', DIGITS, -1),
    draw: (random) => {
      const a = random.below(size);
      const b = random.below(size);
      return {
        prompt: `${padded(a, digits)}+${padded(b, digits)}`,
        answer: padded(a + b, digits + 1),
      };
    },
  };
}

export const add: Task = {
  name: 'ADD',
  rule: 'add two numbers, most significant digit first',
  levels: [level(1), level(2), level(3)],
};
