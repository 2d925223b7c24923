import { answerCharacter, drawText, LETTERS, type Level, type Task } from './task';

/** REV: repeat a string of letters backwards. The paper names the task; alphabet and lengths are ours. */
function level(length: number): Level {
  return {
    describe: `reverse ${length} letters`,
    inputs: LETTERS.length ** length,
    chance: LETTERS.length ** -length,
    probe: answerCharacter('middle letter', LETTERS, length >> 1),
    draw: (random) => {
      const prompt = drawText(random, length, LETTERS);
      return { prompt, answer: [...prompt].reverse().join('') };
    },
  };
}

export const reverse: Task = {
  name: 'REV',
  rule: 'repeat the letters backwards',
  levels: [level(4), level(7), level(10)],
};
