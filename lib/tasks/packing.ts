import { CONTEXT, PAD } from './alphabet';
import { TASK_LEVELS, type TaskLevel } from './catalog';
import { batchAt } from './mixture';
import type { Sequences } from './sequence';

/** Sequences a row each; where their prompts end does not matter. */
type Rows = Omit<Sequences, 'promptPosition'>;

/** R rows that hold several sequences each, one after another; each array holds `R · CONTEXT` numbers. */
export interface PackedSequences {
  /** As in {@link Sequences}. */
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float32Array;
  /** Each token's place in its own sequence, from 0; padding has 0. */
  readonly positions: Int32Array;
  /** Where each sequence begins: the index of its first token, one a sequence. */
  readonly starts: Int32Array;
  /** Which sequence each token belongs to; −1 for padding. */
  readonly owners: Int32Array;
}

/**
 * Puts sequences into as few rows as first-fit decreasing finds (the longest first, each into the first row with
 * room). A mixture batch of 128 then fills 63 to 65 rows instead of 128: its mean sequence has 11 tokens of 24.
 * @param rows at least so many rows; those left over are padding.
 * @param chunk rows come in whole chunks of so many, for passes of one shape.
 */
export function pack(sequences: Rows, rows = 0, chunk = 1): PackedSequences {
  const { inputs, targets, weights } = sequences;
  const lengths = Array.from({ length: inputs.length / CONTEXT }, (_, row) => {
    let length = CONTEXT;
    while (length > 0 && targets[row * CONTEXT + length - 1] === PAD) length--;
    return length;
  });
  const used: number[] = [];
  const starts = new Int32Array(lengths.length);
  const longestFirst = [...lengths.keys()].sort((a, b) => lengths[b] - lengths[a] || a - b);
  for (const sequence of longestFirst) {
    const found = used.findIndex((tokens) => tokens + lengths[sequence] <= CONTEXT);
    const row = found < 0 ? used.push(0) - 1 : found;
    starts[sequence] = row * CONTEXT + used[row];
    used[row] += lengths[sequence];
  }
  const size = Math.ceil(Math.max(rows, used.length) / chunk) * chunk * CONTEXT;
  const packed = {
    inputs: new Int32Array(size).fill(PAD),
    targets: new Int32Array(size).fill(PAD),
    weights: new Float32Array(size),
    positions: new Int32Array(size),
    owners: new Int32Array(size).fill(-1),
    starts,
  };
  lengths.forEach((length, sequence) => {
    const [from, to] = [sequence * CONTEXT, sequence * CONTEXT + length];
    packed.inputs.set(inputs.subarray(from, to), starts[sequence]);
    packed.targets.set(targets.subarray(from, to), starts[sequence]);
    packed.weights.set(weights.subarray(from, to), starts[sequence]);
    for (let i = 0; i < length; i++) packed.positions[starts[sequence] + i] = i;
    packed.owners.fill(sequence, starts[sequence], starts[sequence] + length);
  });
  return packed;
}

/**
 * Sequences in batches of `size`, each packed, all into as many rows as the fullest needs: every shape is compiled.
 * @throws RangeError where they are no whole batches.
 */
export function packBatches(sequences: Rows, size: number): PackedSequences[] {
  const numbers = size * CONTEXT;
  const { length } = sequences.inputs;
  if (length % numbers > 0) {
    throw new RangeError(`${length / CONTEXT} sequences make no whole batches of ${size}.`);
  }
  const batches = Array.from({ length: length / numbers }, (_, batch) => {
    const [from, to] = [batch * numbers, (batch + 1) * numbers];
    return {
      inputs: sequences.inputs.subarray(from, to),
      targets: sequences.targets.subarray(from, to),
      weights: sequences.weights.subarray(from, to),
    };
  });
  const rows = Math.max(...batches.map((batch) => pack(batch).inputs.length / CONTEXT));
  return batches.map((batch) => pack(batch, rows));
}

/**
 * The most rows that a packed batch of `size` sequences takes. All sequences of a task-level are equally long and
 * the deal of task-levels repeats, so one round of it tells.
 */
export function packedRows(size: number, among: readonly TaskLevel[] = TASK_LEVELS): number {
  const rows = among.map(
    (_, round) => pack(batchAt(0, round + 1, size, among)).inputs.length / CONTEXT,
  );
  return Math.max(...rows);
}
