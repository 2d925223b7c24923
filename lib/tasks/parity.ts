import { answerCharacter, drawText, type Level, type Task } from './task';

/** PAR: parity of a string of bits. The paper names the task; the lengths are ours. */
function level(length: number): Level {
  return {
    describe: `parity of ${length} bits`,
    inputs: 2 ** length,
    chance: 1 / 2,
    probe: answerCharacter('parity', '01', 0),
    draw: (random) => {
      const prompt = drawText(random, length, '01');
      return { prompt, answer: String([...prompt].filter((bit) => bit === '1').length % 2) };
    },
  };
}

export const parity: Task = {
  name: 'PAR',
  rule: 'say whether the number of ones is even (0) or odd (1)',
  levels: [level(4), level(6), level(8)],
};
