import { answerCharacter, drawText, LETTERS, type Level, type Task } from './task';

/** COPY: repeat a string of letters. The paper names the task; alphabet and lengths are ours. */
function level(length: number): Level {
  return {
    describe: `repeat ${length} letters`,
    inputs: LETTERS.length ** length,
    chance: LETTERS.length ** -length,
    // The middle letter: neither the one that was read last nor the one that is said first.
    probe: answerCharacter('middle letter', LETTERS, length >> 1),
    draw: (random) => {
      const prompt = drawText(random, length, LETTERS);
      return { prompt, answer: prompt };
    },
  };
}

export const copy: Task = {
  name: 'COPY',
  rule: 'repeat the letters',
  levels: [level(4), level(7), level(10)],
};
