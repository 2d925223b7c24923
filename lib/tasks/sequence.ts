import { CONTEXT, END, encode, PAD, tagToken } from './alphabet';
import type { TaskLevel } from './catalog';
import type { Example } from './task';

/** N sequences as the model takes them, row by row; each array but the last holds `N · CONTEXT` numbers. */
export interface Sequences {
  /** Tokens that the model sees. */
  readonly inputs: Int32Array;
  /** The token that comes next at each position; PAD after the end. */
  readonly targets: Int32Array;
  /** 1 where the next token belongs to the answer (END included), else 0. */
  readonly weights: Float32Array;
  /** Position of the last prompt token, `=`, in each row, `N` numbers. */
  readonly promptPosition: Int32Array;
}

/** Lays examples out as TAG prompt `=` answer END PAD…, shifted by one between inputs and targets. */
export function layOut(rows: readonly { at: TaskLevel; example: Example }[]): Sequences {
  const inputs = new Int32Array(rows.length * CONTEXT).fill(PAD);
  const targets = new Int32Array(rows.length * CONTEXT).fill(PAD);
  const weights = new Float32Array(rows.length * CONTEXT);
  const promptPosition = new Int32Array(rows.length);
  rows.forEach(({ at, example: { prompt, answer } }, row) => {
    const tokens = [tagToken(at.index), ...encode(`${prompt}=${answer}`), END];
    const start = row * CONTEXT;
    const last = prompt.length + 1;
    for (let i = 0; i < tokens.length - 1; i++) {
      inputs[start + i] = tokens[i];
      targets[start + i] = tokens[i + 1];
      if (i >= last) weights[start + i] = 1;
    }
    promptPosition[row] = last;
  });
  return { inputs, targets, weights, promptPosition };
}
