import { answerCharacter, type Level, padded, type Task } from './task';

/** CMP: say which of two different numbers is larger. The paper names the task; the sizes are ours. */
function level(digits: number): Level {
  const size = 10 ** digits;
  return {
    describe: `compare two numbers of ${digits} digits`,
    inputs: size * (size - 1),
    chance: 1 / 2,
    probe: answerCharacter('relation', '<>', 0),
    draw: (random) => {
      const a = random.below(size);
      // One of the other numbers, all equally likely.
      const b = (a + 1 + random.below(size - 1)) % size;
      return { prompt: `${padded(a, digits)},${padded(b, digits)}`, answer: a < b ? '<' : '>' };
    },
  };
}

export const compare: Task = {
  name: 'CMP',
  rule: 'say whether the first number is smaller (<) or larger (>) than the second',
  levels: [level(1), level(2), level(4)],
};
