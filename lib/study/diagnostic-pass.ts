import { compile } from '../compile';
import { tf } from '../environment/tensorflow';
import type { ModelConfig } from '../model/scales';
import { forward, type Parameters } from '../model/transformer';
import {
  CONTEXT,
  diagnostics,
  type Example,
  layOut,
  pack,
  TASK_LEVELS,
  type TaskLevel,
} from '../tasks';

/** What the model makes of one task-level's samples: of their answer positions, M different ones, after L blocks. */
export interface LevelSeen {
  readonly at: TaskLevel;
  /** Of each sample, which of the M are its answer positions, in order; the first is its last prompt token. */
  readonly answers: readonly (readonly number[])[];
  /** Of each sample, the right next token at each of them. */
  readonly targets: readonly (readonly number[])[];
  /** `[M, V]`. */
  readonly logits: tf.Tensor2D;
  /** `[L + 1, M, D]`. */
  readonly states: tf.Tensor3D;
}

/** A task-level, and where its M positions are. */
interface Level extends Omit<LevelSeen, 'logits' | 'states'> {
  /** By chunk, their places in it, `[Mc]`; undefined where it has none. */
  readonly places: readonly (tf.Tensor1D | undefined)[];
}

/** Packed rows that go through the model at once: no more memory than a training batch. */
const ROWS = 64;

/**
 * The pass of the diagnostic samples through a model. Equal samples go once, and all are packed, several to a row:
 * with 200 samples a task-level that is two thirds of the tokens that rows of their own have, and one shape to compile.
 */
export class DiagnosticPass {
  private readonly levels: readonly Level[];
  private readonly chunks: readonly [tokens: tf.Tensor2D, positions: tf.Tensor2D][];
  private readonly compiled: ReturnType<typeof compile>;

  /**
   * @param parameters the live weights: each pass sees them as they are then.
   * @param samples how many of each task-level.
   * @throws RangeError where more are asked for than the diagnostic sets hold.
   */
  constructor(model: ModelConfig, parameters: Parameters, samples: number) {
    const { chunks, levels } = packed(samples);
    this.chunks = chunks.map(([inputs, positions]) => [
      tf.tensor2d(inputs, [ROWS, CONTEXT], 'int32'),
      tf.tensor2d(positions, [ROWS, CONTEXT], 'int32'),
    ]);
    this.levels = levels.map(({ places, ...level }) => ({
      ...level,
      places: places.map((own) => (own.length > 0 ? tf.tensor1d(own, 'int32') : undefined)),
    }));
    const size = ROWS * CONTEXT;
    this.compiled = compile(
      (tokens, at) => {
        const { logits, states } = forward(
          model,
          parameters,
          tokens as tf.Tensor2D,
          at as tf.Tensor2D,
        );
        const flat = (x: tf.Tensor) => x.reshape([size, x.shape[2]!]);
        return [flat(logits), tf.stack(states.map(flat))];
      },
      { name: `forward pass (${model.scale})` },
    );
  }

  /**
   * Gives each task-level to `use` as soon as all its samples went through, in no particular order. The tensors are
   * freed when `use` returns.
   * @returns false where `signal` stopped the pass.
   */
  async run(use: (seen: LevelSeen) => void, signal?: AbortSignal): Promise<boolean> {
    const pending = new Map<Level, { logits: tf.Tensor2D[]; states: tf.Tensor3D[] }>(
      this.levels.map((level) => [level, { logits: [], states: [] }]),
    );
    try {
      for (const [chunk, batch] of this.chunks.entries()) {
        if (signal?.aborted) return false;
        tf.tidy(() => {
          const [logits, states] = this.compiled(...batch) as [tf.Tensor2D, tf.Tensor3D];
          for (const [{ places }, parts] of pending) {
            const own = places[chunk];
            if (!own) continue;
            parts.logits.push(tf.keep(tf.gather(logits, own)));
            parts.states.push(tf.keep(tf.gather(states, own, 1)));
          }
        });
        for (const [level, parts] of pending) {
          if (level.places.slice(chunk + 1).some((later) => later)) continue;
          const { at, answers, targets } = level;
          tf.tidy(() => {
            const [logits, states] = [tf.concat(parts.logits), tf.concat(parts.states, 1)];
            use({ at, answers, targets, logits, states });
          });
          tf.dispose([parts.logits, parts.states]);
          pending.delete(level);
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      return true;
    } finally {
      tf.dispose([...pending.values()].flatMap(({ logits, states }) => [...logits, ...states]));
    }
  }

  dispose(): void {
    this.compiled.dispose();
    tf.dispose([
      this.chunks.flat(),
      this.levels.flatMap(({ places }) => places.filter((own) => own)),
    ] as tf.TensorContainer);
  }
}

/** The first samples of each task-level in chunks of equally many packed rows, and where their answers are. */
function packed(samples: number) {
  const byLevel = TASK_LEVELS.map((at) => ({ at, examples: firstOf(at, samples) }));
  const key = (at: TaskLevel, { prompt }: Example) => `${at.index} ${prompt}`;
  const different = new Map(
    byLevel.flatMap(({ at, examples }) =>
      examples.map((example) => [key(at, example), { at, example }]),
    ),
  );
  const sequences = layOut([...different.values()]);
  const { inputs, positions, starts } = pack(sequences, 0, ROWS);
  const size = ROWS * CONTEXT;
  const parts = Array.from({ length: inputs.length / size }, (_, chunk) => [
    chunk * size,
    (chunk + 1) * size,
  ]);

  const sequenceOf = new Map([...different.keys()].map((name, i) => [name, i]));
  const levels = byLevel.map(({ at, examples }) => {
    const found = examples.map((example) => {
      const i = sequenceOf.get(key(at, example))!;
      const prompt = sequences.promptPosition[i];
      const length = example.answer.length + 1;
      const from = i * CONTEXT + prompt;
      const targets = [...sequences.targets.subarray(from, from + length)];
      return { targets, places: targets.map((_, token) => starts[i] + prompt + token) };
    });
    const all = [...new Set(found.flatMap(({ places }) => places))].sort((a, b) => a - b);
    const rank = new Map(all.map((place, i) => [place, i]));
    return {
      at,
      answers: found.map(({ places }) => places.map((place) => rank.get(place)!)),
      targets: found.map(({ targets }) => targets),
      places: parts.map(([from, to]) =>
        all.filter((place) => place >= from && place < to).map((place) => place - from),
      ),
    };
  });
  const chunks = parts.map(([from, to]) =>
    [inputs, positions].map((values) => values.subarray(from, to)),
  );
  return { chunks, levels };
}

function firstOf(at: TaskLevel, samples: number): readonly Example[] {
  const { examples } = diagnostics(at);
  if (samples > examples.length) {
    throw new RangeError(
      `${samples} samples of ${at.task} ${at.level} are asked for, and its diagnostic set holds ${examples.length}.`,
    );
  }
  return examples.slice(0, samples);
}
