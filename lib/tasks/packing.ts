import { PAD, type Sequence } from './alphabet';

/** R rows of T tokens that hold several sequences each, one after another; each array but two holds `R · T` numbers. */
export interface PackedSequences {
  /** Tokens that the model sees. */
  readonly inputs: Int32Array;
  /** The token that comes next at each position; PAD after the end. */
  readonly targets: Int32Array;
  /** 1 where the next token belongs to the answer (END included), else 0. */
  readonly weights: Float32Array;
  /** Each token's place in its own sequence, from 0; padding has 0. */
  readonly positions: Int32Array;
  /** Where each sequence begins: the index of its first token, one a sequence. */
  readonly starts: Int32Array;
  /** Which sequence each token belongs to; −1 for padding. */
  readonly owners: Int32Array;
  /** Tokens in a row, T. */
  readonly context: number;
}

/**
 * Puts sequences into as few rows as first-fit decreasing finds: the longest first, each into the first row with room.
 * A batch of 64 then fills 30 to 36 rows of 40 tokens.
 * @param context tokens in a row, T. @param rows their number is a multiple of this, so that few shapes are compiled.
 * @throws RangeError for a sequence longer than a row.
 */
export function pack(sequences: readonly Sequence[], context: number, rows = 4): PackedSequences {
  // The last token is a target only.
  const lengths = sequences.map(({ tokens }) => tokens.length - 1);
  const longest = lengths.reduce((a, b) => Math.max(a, b), 0);
  if (longest > context) {
    throw new RangeError(
      `A line has ${longest + 1} tokens and the context holds ${context + 1}: raise context to ${longest}.`,
    );
  }
  const used: number[] = [];
  const starts = new Int32Array(lengths.length);
  const longestFirst = [...lengths.keys()].sort((a, b) => lengths[b] - lengths[a] || a - b);
  for (const sequence of longestFirst) {
    const found = used.findIndex((tokens) => tokens + lengths[sequence] <= context);
    const row = found < 0 ? used.push(0) - 1 : found;
    starts[sequence] = row * context + used[row];
    used[row] += lengths[sequence];
  }
  const size = Math.ceil(used.length / rows) * rows * context;
  const packed = {
    inputs: new Int32Array(size).fill(PAD),
    targets: new Int32Array(size).fill(PAD),
    weights: new Float32Array(size),
    positions: new Int32Array(size),
    owners: new Int32Array(size).fill(-1),
    starts,
    context,
  };
  sequences.forEach(({ tokens, answerFrom }, sequence) => {
    const start = starts[sequence];
    for (let i = 0; i < tokens.length - 1; i++) {
      packed.inputs[start + i] = tokens[i];
      packed.targets[start + i] = tokens[i + 1];
      packed.weights[start + i] = i + 1 >= answerFrom ? 1 : 0;
      packed.positions[start + i] = i;
      packed.owners[start + i] = sequence;
    }
  });
  return packed;
}
