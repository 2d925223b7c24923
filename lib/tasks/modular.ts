import { answerCharacter, DIGITS, type Level, padded, type Task } from './task';

/**
 * MOD: addition modulo a prime, as in studies of grokking (Power et al. 2022). The paper names the task;
 * the moduli are ours.
 */
function level(modulus: number): Level {
  const digits = String(modulus - 1).length;
  return {
    describe: `add modulo ${modulus}`,
    inputs: modulus ** 2,
    chance: 1 / modulus,
    probe: answerCharacter('last digit', DIGITS, -1),
    draw: (random) => {
      const a = random.below(modulus);
      const b = random.below(modulus);
      return {
        prompt: `${padded(a, digits)}+${padded(b, digits)}`,
        answer: padded((a + b) % modulus, digits),
      };
    },
  };
}

export const modular: Task = {
  name: 'MOD',
  rule: 'add two numbers modulo a prime, which the tag stands for',
  levels: [level(7), level(23), level(53)],
};
