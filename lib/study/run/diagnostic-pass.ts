import { compile } from '../../compile';
import { breathe } from '../../environment/pace';
import { tf } from '../../environment/tensorflow';
import type { Acts } from '../../interventions/acting';
import { type TokenAnswer, tokenAnswer } from '../../measures/behavior';
import type { ModelConfig } from '../../model/scales';
import { forward, type Parameters } from '../../model/transformer';
import {
  answerPlaces,
  type NextToken,
  type PackedSequences,
  pack,
  RUNGS,
  type Sequence,
  type TaskLevel,
  type TaskSet,
  VOCABULARY,
} from '../../tasks';
import type { GeometryRow } from './tables';

/** Packed rows that go through the model at once: about a training batch. */
const ROWS = 32;

/** One line of the diagnostic samples; equal samples are one line. */
interface Line extends Sequence {
  readonly at: TaskLevel;
  /** At each token of the answer, what each rung of blind answers expects. */
  readonly blind: readonly (readonly NextToken[])[];
  /** The least of the counts that looks at it. */
  readonly first: number;
}

/** Lines in packed rows of one shape, and where among its tokens each begins. */
interface Chunk<L> {
  readonly lines: readonly L[];
  readonly starts: Int32Array;
  /** Tokens, positions and, where an intervention adds to the logits, that bias. */
  readonly inputs: tf.Tensor[];
}

/** What the model makes of the samples. */
export interface Seen {
  /** By task-level and sample, the tokens of its answer. */
  answers(at: TaskLevel, samples: number): TokenAnswer[][];
  /** States `[L + 1, n, D]` of its first samples: at all answer positions or the last prompt token. To be disposed. */
  states(at: TaskLevel, samples: number, position: GeometryRow['position']): tf.Tensor3D;
}

/** The pass of the diagnostic samples through a model, packed, each distinct one once; a pass can end with the first. */
export class DiagnosticPass {
  /** Of each task-level, the line of each sample. */
  private readonly linesOf = new Map<number, Line[]>();
  private readonly chunks: readonly (Chunk<Line> & { readonly first: number })[];
  private readonly full: ReturnType<typeof compile>;
  private readonly scores: ReturnType<typeof compile>;

  /**
   * @param parameters the live weights: each pass sees them as they are then.
   * @param counts of a task-level's samples that a pass may look at: the first 67, 200, 1,000.
   * @param withStates one of these: so many first samples have states, the others answers alone.
   */
  constructor(
    model: ModelConfig,
    parameters: Parameters,
    set: TaskSet,
    counts: readonly number[],
    private readonly withStates: number,
    acts?: Acts,
  ) {
    const tiers = [...new Set(counts)].sort((a, b) => a - b);
    const lines = new Map<string, Line>();
    for (const at of set.levels) {
      const questions = set.samples(at).slice(0, tiers.at(-1));
      const own = questions.map((question, sample) => {
        const sequence = set.sequence(at, question);
        const key = `${at.index} ${sequence.tokens}`;
        const known = lines.get(key);
        if (known) return known;
        const blind = answerPlaces(sequence).map((place, token) =>
          RUNGS.map((rung) => set.blind.next(rung, at, token, sequence.tokens[place])),
        );
        const line = { ...sequence, at, blind, first: tiers.find((count) => sample < count)! };
        lines.set(key, line);
        return line;
      });
      this.linesOf.set(at.index, own);
    }
    this.chunks = tiers.flatMap((first) => {
      const own = [...lines.values()].filter((line) => line.first === first);
      const chunks = chunksOf(own, model.context, (held, packed) => acts?.bias(held, packed));
      return chunks.map((chunk) => ({ ...chunk, first }));
    });
    const pass = (inputs: tf.Tensor[], withStates: boolean) => {
      const [tokens, positions, bias] = inputs as tf.Tensor2D[];
      const { logits, states } = forward(model, parameters, tokens, positions, acts?.watch);
      const flat = (x: tf.Tensor) => x.reshape([ROWS * model.context, x.shape[2]!]);
      const scores = tf.logSoftmax(flat(bias ? tf.add(logits, bias) : logits));
      return withStates ? [scores, tf.stack(states.map(flat))] : [scores];
    };
    const named = (name: string) => ({ name: `${name} (${model.scale})` });
    this.full = compile((...inputs) => pass(inputs, true), named('forward pass'));
    this.scores = compile((...inputs) => pass(inputs, false), named('scores'));
  }

  /**
   * Sends the samples through the model.
   * @param samples so many first ones of each task-level, one of the counts.
   * @param use is given what was seen; the states are freed when it returns.
   * @returns what `use` returns, or undefined where `signal` stopped the pass.
   */
  async run<T>(samples: number, use: (seen: Seen) => T, signal?: AbortSignal) {
    const answers = new Map<Line, TokenAnswer[]>();
    const states = new LineStates<Line>();
    try {
      for (const chunk of this.chunks.filter(({ first }) => first <= samples)) {
        if (signal?.aborted) return undefined;
        tf.tidy(() => {
          const pass = chunk.first <= this.withStates ? this.full : this.scores;
          const [scores, ofChunk] = pass(...chunk.inputs) as tf.Tensor[];
          const values = scores.dataSync() as Float32Array;
          for (const [i, line] of chunk.lines.entries()) {
            answers.set(line, answerOf(line, values, chunk.starts[i]));
          }
          if (ofChunk) states.add(chunk, ofChunk);
        });
        await breathe();
      }
      const first = (at: TaskLevel, count: number) => this.linesOf.get(at.index)!.slice(0, count);
      return use({
        answers: (at, count) => first(at, count).map((line) => answers.get(line)!),
        states: (at, count, position) => states.of(first(at, count), position),
      });
    } finally {
      states.dispose();
    }
  }

  dispose(): void {
    this.full.dispose();
    this.scores.dispose();
    for (const { inputs } of this.chunks) tf.dispose(inputs);
  }
}

/** States at the answer positions of lines, gathered chunk by chunk. */
export class LineStates<L extends Sequence> {
  /** Where those of each line begin. */
  private readonly from = new Map<L, number>();
  private readonly parts: tf.Tensor3D[] = [];
  private count = 0;

  /** Takes those of a chunk from the states of all its tokens, `[L + 1, tokens, D]`. */
  add({ lines, starts }: Chunk<L>, states: tf.Tensor): void {
    const rows = lines.flatMap((line, i) => {
      const places = answerPlaces(line).map((place) => starts[i] + place);
      this.from.set(line, this.count);
      this.count += places.length;
      return places;
    });
    this.parts.push(tf.keep(tf.gather(states, tf.tensor1d(rows, 'int32'), 1)) as tf.Tensor3D);
  }

  /** `[L + 1, n, D]`, line after line: at all answer positions or the last prompt token, the first of these. */
  of(lines: readonly L[], position: GeometryRow['position']): tf.Tensor3D {
    const rows = lines.flatMap((line) => {
      const from = this.from.get(line)!;
      return position === 'prompt' ? [from] : answerPlaces(line).map((_, i) => from + i);
    });
    if (this.parts.length > 1) {
      const all = tf.concat(this.parts, 1);
      this.dispose();
      this.parts.push(tf.keep(all));
    }
    return tf.tidy(() => tf.gather(this.parts[0], tf.tensor1d(rows, 'int32'), 1));
  }

  dispose(): void {
    tf.dispose(this.parts.splice(0));
  }
}

/** The tokens of a line's answer in the scores of its chunk, which it begins at `start`. */
function answerOf(line: Line, scores: Float32Array, start: number): TokenAnswer[] {
  return answerPlaces(line).map((place, token) => {
    const offset = (start + place) * VOCABULARY;
    return tokenAnswer(scores, offset, VOCABULARY, line.tokens[place + 1], line.blind[token]);
  });
}

/** Lines packed into chunks of one shape, with what `bias` adds to the logits. Their tensors are to be disposed. */
export function chunksOf<L extends Sequence>(
  lines: readonly L[],
  context: number,
  bias?: (held: readonly L[], packed: PackedSequences) => tf.Tensor3D | undefined,
): Chunk<L>[] {
  const all = pack(lines, context, ROWS);
  const size = ROWS * context;
  return Array.from({ length: all.inputs.length / size }, (_, chunk) => {
    const [from, to] = [chunk * size, (chunk + 1) * size];
    const own = [...lines.keys()].filter((i) => all.starts[i] >= from && all.starts[i] < to);
    const held = own.map((i) => lines[i]);
    const starts = Int32Array.from(own, (i) => all.starts[i] - from);
    const tokens = all.inputs.subarray(from, to);
    const added = bias?.(held, { ...all, inputs: tokens, starts });
    const inputs = [tokens, all.positions.subarray(from, to)].map((values) =>
      tf.tensor2d(values, [ROWS, context], 'int32'),
    );
    return { lines: held, starts, inputs: added ? [...inputs, added] : inputs };
  });
}
