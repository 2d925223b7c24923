import { answerCharacter, DIGITS, type Level, padded, type Task } from './task';

/**
 * MUL: decimal multiplication, without the factors 0 and 1, whose answers need no multiplying.
 * The paper names the task; the sizes are ours.
 */
function level(a: readonly [number, number], b: readonly [number, number]): Level {
  const [aSize, bSize] = [a, b].map(([low, high]) => high - low + 1);
  const [aDigits, bDigits] = [a, b].map(([, high]) => String(high).length);
  const counts = new Map<number, number>();
  for (let x = a[0]; x <= a[1]; x++) {
    for (let y = b[0]; y <= b[1]; y++) counts.set(x * y, (counts.get(x * y) ?? 0) + 1);
  }
  return {
    describe: `multiply ${a[0]}–${a[1]} by ${b[0]}–${b[1]}`,
    inputs: aSize * bSize,
    chance: Math.max(...counts.values()) / (aSize * bSize),
    probe: answerCharacter('leading digit', DIGITS, 0),
    draw: (random) => {
      const x = a[0] + random.below(aSize);
      const y = b[0] + random.below(bSize);
      return {
        prompt: `${padded(x, aDigits)}*${padded(y, bDigits)}`,
        answer: padded(x * y, aDigits + bDigits),
      };
    },
  };
}

export const multiply: Task = {
  name: 'MUL',
  rule: 'multiply two numbers, most significant digit first',
  levels: [level([2, 9], [2, 9]), level([10, 99], [2, 9]), level([10, 99], [10, 99])],
};
