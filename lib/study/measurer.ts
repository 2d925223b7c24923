import { compile } from '../compile';
import { requireFloat32 } from '../environment/float32';
import { tf } from '../environment/tensorflow';
import { behavior } from '../measures/behavior';
import { rankme } from '../measures/rankme';
import type { ModelConfig } from '../model/scales';
import { forward, type Parameters } from '../model/transformer';
import { CONTEXT, type DiagnosticSet, diagnostics, TASK_LEVELS } from '../tasks';
import type { BehaviorRow, GeometryRow } from './tables';

/** How many diagnostic samples of each task-level are looked at. */
export interface SampleCounts {
  /** For accuracy and log-probability. */
  readonly behavior: number;
  /** For RankMe; the paper's 200. */
  readonly rankme: number;
}

/** The samples of one task-level as tensors, cut to the length of its longest sequence. */
interface Samples {
  readonly task: string;
  readonly level: number;
  readonly inputs: tf.Tensor2D;
  readonly targets: tf.Tensor2D;
  readonly weights: tf.Tensor2D;
  /** Rows of the flattened `[N · T]` states: the last prompt tokens, and all answer positions. */
  readonly rows: { readonly prompt: tf.Tensor1D; readonly answer: tf.Tensor1D };
}

/** Sequences are cut to a multiple of this; it divides the context. */
const LENGTHS = 6;

/** Measures behavior and RankMe of a model on all 24 task-levels; always in float32. */
export class Measurer {
  private readonly samples: Samples[];
  private readonly compiled: ReturnType<typeof compile>;

  /**
   * @param parameters the live weights: each measurement sees them as they are then.
   * @throws Problem where the environment forbids float32, RangeError where more samples are asked for than the diagnostic sets hold.
   */
  constructor(
    private readonly model: ModelConfig,
    parameters: Parameters,
    counts: SampleCounts,
  ) {
    requireFloat32();
    this.samples = TASK_LEVELS.map((at) => toTensors(at, diagnostics(at), counts));
    this.compiled = compile(
      (tokens) => {
        const { logits, states } = forward(model, parameters, tokens as tf.Tensor2D);
        return [logits, ...states];
      },
      { name: `forward pass (${model.scale})` },
    );
  }

  /**
   * Rows for the tables at one step, or undefined where `signal` stopped the work.
   * @throws RangeError where the weights are not finite.
   */
  async measure(
    step: number,
    signal?: AbortSignal,
  ): Promise<{ behavior: BehaviorRow[]; geometry: GeometryRow[] } | undefined> {
    const rows = { behavior: [] as BehaviorRow[], geometry: [] as GeometryRow[] };
    for (const samples of this.samples) {
      if (signal?.aborted) return undefined;
      this.measureOne(step, samples, rows);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return rows;
  }

  dispose(): void {
    this.compiled.dispose();
    for (const { inputs, targets, weights, rows } of this.samples) {
      tf.dispose([inputs, targets, weights, rows.prompt, rows.answer]);
    }
  }

  private measureOne(
    step: number,
    { task, level, inputs, targets, weights, rows }: Samples,
    into: { behavior: BehaviorRow[]; geometry: GeometryRow[] },
  ): void {
    tf.tidy(() => {
      const [logits, ...states] = this.compiled(inputs) as tf.Tensor3D[];
      const { accuracy, logProb } = behavior(logits, targets, weights);
      into.behavior.push({ step, task, level, accuracy, log_prob: logProb });
      for (const position of ['prompt', 'answer'] as const) {
        const chosen = states.map((state) =>
          tf.gather(state.reshape([-1, this.model.width]), rows[position]),
        );
        rankme(tf.stack(chosen) as tf.Tensor3D).forEach(({ raw, centered }, layer) => {
          into.geometry.push({
            ...{ step, task, level, layer, position },
            ...{ rankme: raw, rankme_centered: centered },
          });
        });
      }
    });
  }
}

function toTensors(
  { task, level }: { task: string; level: number },
  set: DiagnosticSet,
  counts: SampleCounts,
): Samples {
  const N = Math.max(counts.behavior, counts.rankme);
  if (N > set.examples.length) {
    throw new RangeError(
      `${N} samples of ${task} ${level} are asked for, and its diagnostic set holds ${set.examples.length}.`,
    );
  }
  const longest = Math.max(
    ...set.examples.slice(0, N).map(({ prompt, answer }) => prompt.length + answer.length + 2),
  );
  // A few common lengths instead of one for each task-level: each is compiled once.
  const used = Math.ceil(longest / LENGTHS) * LENGTHS;
  const cut = (values: Int32Array | Float32Array) =>
    Array.from({ length: N }, (_, row) => values.subarray(row * CONTEXT, row * CONTEXT + used));
  const matrix = (values: Int32Array | Float32Array, dtype: 'int32' | 'float32') =>
    tf.tensor2d(
      cut(values).map((row) => [...row]),
      [N, used],
      dtype,
    );
  const weights = cut(set.weights);
  const prompt = Array.from(
    { length: counts.rankme },
    (_, row) => row * used + set.promptPosition[row],
  );
  const answer = prompt.flatMap((_, row) =>
    [...weights[row].keys()].filter((at) => weights[row][at] === 1).map((at) => row * used + at),
  );
  return {
    task,
    level,
    inputs: matrix(set.inputs, 'int32'),
    targets: matrix(set.targets, 'int32'),
    weights: matrix(set.weights, 'float32'),
    rows: { prompt: tf.tensor1d(prompt, 'int32'), answer: tf.tensor1d(answer, 'int32') },
  };
}
