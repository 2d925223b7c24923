import { type Compiled, compile, type TensorFunction } from '../compile';
import { Problem } from '../environment/problem';
import { tf } from '../environment/tensorflow';
import { rankme } from '../measures/rankme';
import type { Checkpoint } from './checkpoints';
import type { NeoXConfig } from './config';
import { type Fingerprint, Fingerprinter } from './fingerprint';
import {
  BLOCK_WEIGHTS,
  type BlockWeights,
  blockName,
  EMBEDDING,
  FINAL_NORM,
  neoxBlock,
  neoxOutput,
  neoxShapes,
  outputName,
} from './gpt-neox';
import { type EncodedProbes, probeBehavior } from './scoring';
import type { ProbeBehaviorRow, ProbeGeometryRow } from './tables';

/** Items of each set in the set `all`, which stands for the model as a whole: 25 of 8 sets are 200. */
export const POOLED = 25;
export const ALL = 'all';

/** Tokens that go through a block at once. */
const BATCH_TOKENS = 4096;
/** Sequences are padded to a multiple of this, so that few shapes are compiled. */
const LENGTHS = 32;
/** Rows whose scores over the whole vocabulary are held at once. */
const OUTPUT_ROWS = 256;

/** What one checkpoint gives. */
export interface CheckpointMeasures {
  readonly behavior: ProbeBehaviorRow[];
  readonly geometry: ProbeGeometryRow[];
  readonly fingerprint: Fingerprint;
}

/** A batch of sequences of one padded length. */
interface Batch {
  /** Places of its sequences in the list of all. */
  readonly members: readonly number[];
  readonly rows: number;
  readonly length: number;
}

/**
 * Measures checkpoints of one model on probe sets, layer by layer: all sequences go through one layer before
 * the next is read, so that no more than one layer's weights are in memory, whatever the size of the model.
 * Everything is float32. What is compiled serves all checkpoints of the same shape.
 */
export class ProbeMeasurer {
  private readonly batches: Batch[];
  private readonly block: Compiled<TensorFunction>;
  private readonly output: Compiled<TensorFunction>;

  /** @param probes as {@link encodeProbes} gives them, with this model's own tokenizer. */
  constructor(
    private readonly config: NeoXConfig,
    private readonly probes: EncodedProbes,
  ) {
    this.batches = batchesOf(probes);
    this.block = compile((x, ...weights) => neoxBlock(config, named(weights), x as tf.Tensor3D), {
      name: 'block of GPT-NeoX',
    });
    this.output = compile(
      (rows, gain, bias, output) =>
        tf.logSoftmax(neoxOutput(config, gain, bias, output, rows as tf.Tensor2D)),
      { name: 'output of GPT-NeoX' },
    );
  }

  /**
   * Behavior and geometry on every set and on {@link ALL}, at layers 0 … L, with the weights' fingerprint.
   * @param step for the rows.
   * @param onLayer told after each of the L + 2 parts, with their number.
   * @throws Problem where `signal` stops it, or the weights are not finite.
   */
  async measure(
    checkpoint: Checkpoint,
    step: number,
    signal?: AbortSignal,
    onLayer?: (done: number, of: number) => void,
  ): Promise<CheckpointMeasures> {
    const { config } = this;
    const print = new Fingerprinter();
    const shapes = neoxShapes(config);
    const load = (name: string): tf.Tensor => {
      const values = checkpoint.weights.read(name);
      if (!print.has(name)) print.add(name, values);
      return tf.tensor(values, shapes[name]);
    };
    const parts = config.layers + 2;
    const geometry: ProbeGeometryRow[] = [];
    let done = 0;
    const next = async () => {
      onLayer?.(++done, parts);
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted) {
        throw new Problem(
          `Stopped within step ${step}; steps before it are saved. Run the same again to go on.`,
        );
      }
    };

    let states = this.embedded(load);
    try {
      this.measureLayer(0, step, states, geometry);
      await next();
      for (let layer = 0; layer < config.layers; layer++) {
        const weights = BLOCK_WEIGHTS.map((name) => load(blockName(layer, name)));
        try {
          for (let i = 0; i < states.length; i++) {
            const before = states[i];
            states[i] = this.block(before, ...weights) as tf.Tensor3D;
            before.dispose();
          }
        } finally {
          tf.dispose(weights);
        }
        this.measureLayer(layer + 1, step, states, geometry);
        await next();
      }
      const scores = this.scores(load, states);
      await next();
      const behavior = this.probes.sets.map(({ set, items }): ProbeBehaviorRow => {
        const { accuracy, logProb } = probeBehavior(items, scores);
        return { step, probe: set.name, accuracy, log_prob: logProb };
      });
      return { behavior, geometry, fingerprint: print.result() };
    } finally {
      tf.dispose(states);
      states = [];
    }
  }

  /** Shapes of the batches, `[rows, padded length]`. */
  shapes(): [number, number][] {
    return this.batches.map(({ rows, length }) => [rows, length]);
  }

  dispose(): void {
    this.block.dispose();
    this.output.dispose();
  }

  private embedded(load: (name: string) => tf.Tensor): tf.Tensor3D[] {
    const table = load(EMBEDDING) as tf.Tensor2D;
    try {
      return this.batches.map(({ members, rows, length }) => {
        const tokens = new Int32Array(rows * length);
        members.forEach((member, row) => {
          tokens.set(this.probes.sequences[member].tokens, row * length);
        });
        return tf.tidy(() => {
          const gathered = tf.gather(table, tf.tensor1d(tokens, 'int32'));
          return gathered.reshape<tf.Tensor3D>([rows, length, this.config.width]);
        });
      });
    } finally {
      table.dispose();
    }
  }

  private measureLayer(
    layer: number,
    step: number,
    states: readonly tf.Tensor3D[],
    into: ProbeGeometryRow[],
  ): void {
    const wanted = this.probes.sets.flatMap(({ items }) => items.map(({ prompt }) => prompt));
    const rows = this.rowsAt(states, wanted);
    try {
      let at = 0;
      const pooled: number[] = [];
      for (const { set, items } of this.probes.sets) {
        const own = items.map((_, i) => at + i);
        pooled.push(...own.slice(0, POOLED));
        at += items.length;
        into.push(this.rank(step, set.name, layer, rows, own));
      }
      into.push(this.rank(step, ALL, layer, rows, pooled));
    } finally {
      rows.dispose();
    }
  }

  private rank(
    step: number,
    probe: string,
    layer: number,
    rows: tf.Tensor2D,
    own: number[],
  ): ProbeGeometryRow {
    const chosen = tf.tidy(() =>
      tf.gather(rows, tf.tensor1d(own, 'int32')).expandDims<tf.Tensor3D>(0),
    );
    const [{ raw, centered, samples }] = rankme(chosen);
    chosen.dispose();
    return { step, probe, layer, samples, rankme: raw, rankme_centered: centered };
  }

  /** Log-probabilities of the scored tokens of each sequence. */
  private scores(
    load: (name: string) => tf.Tensor,
    states: readonly tf.Tensor3D[],
  ): Float32Array[] {
    const { sequences } = this.probes;
    const scores = sequences.map(({ scored }) => new Float32Array(scored.length));
    // One row for each place, however many tokens are scored there.
    const places = sequences.flatMap(({ scored }, sequence) =>
      [...new Set(scored.map(({ at }) => at))].map((at) => ({ sequence, at })),
    );
    const weights = [...FINAL_NORM, outputName(this.config)].map(load);
    try {
      for (let from = 0; from < places.length; from += OUTPUT_ROWS) {
        const own = places.slice(from, from + OUTPUT_ROWS);
        // Filled up, so that one shape is compiled.
        const filled = [...own, ...Array(OUTPUT_ROWS - own.length).fill(own[0])];
        const rows = this.rowsAt(states, filled);
        const logProbs = this.output(rows, ...weights) as tf.Tensor2D;
        const values = logProbs.dataSync();
        tf.dispose([rows, logProbs]);
        own.forEach(({ sequence, at }, row) => {
          sequences[sequence].scored.forEach((scored, i) => {
            if (scored.at !== at) return;
            const value = values[row * this.config.vocabulary + scored.next];
            if (!Number.isFinite(value)) {
              throw new Problem(
                'The scores of this checkpoint are not finite: its weights are damaged.',
              );
            }
            scores[sequence][i] = value;
          });
        });
      }
    } finally {
      tf.dispose(weights);
    }
    return scores;
  }

  /** Hidden states at chosen places, `[N, D]`. */
  private rowsAt(
    states: readonly tf.Tensor3D[],
    places: readonly { sequence: number; at: number }[],
  ): tf.Tensor2D {
    const where = new Map<number, { batch: number; row: number }>();
    this.batches.forEach(({ members }, batch) => {
      members.forEach((member, row) => {
        where.set(member, { batch, row });
      });
    });
    // Gathered batch by batch, then put into the order that was asked for.
    const byBatch = this.batches.map(() => ({ rows: [] as number[], order: [] as number[] }));
    places.forEach(({ sequence, at }, i) => {
      const { batch, row } = where.get(sequence)!;
      byBatch[batch].rows.push(row * this.batches[batch].length + at);
      byBatch[batch].order.push(i);
    });
    return tf.tidy(() => {
      const parts = byBatch.flatMap(({ rows }, batch) =>
        rows.length === 0
          ? []
          : [
              tf.gather(
                states[batch].reshape<tf.Tensor2D>([-1, this.config.width]),
                tf.tensor1d(rows, 'int32'),
              ),
            ],
      );
      const back = new Int32Array(places.length);
      byBatch
        .flatMap(({ order }) => order)
        .forEach((place, i) => {
          back[place] = i;
        });
      return tf.gather(tf.concat(parts, 0), tf.tensor1d(back, 'int32'));
    });
  }
}

function named(weights: tf.Tensor[]): BlockWeights {
  return Object.fromEntries(BLOCK_WEIGHTS.map((name, i) => [name, weights[i]])) as BlockWeights;
}

/** Batches of sequences of similar length, shortest first; every batch of one length has the same shape. */
function batchesOf({ sequences }: EncodedProbes): Batch[] {
  const byLength = new Map<number, number[]>();
  sequences.forEach(({ tokens }, i) => {
    const length = Math.ceil(tokens.length / LENGTHS) * LENGTHS;
    const own = byLength.get(length) ?? [];
    own.push(i);
    byLength.set(length, own);
  });
  return [...byLength]
    .sort(([a], [b]) => a - b)
    .flatMap(([length, own]) => {
      const rows = Math.min(own.length, Math.max(1, Math.floor(BATCH_TOKENS / length)));
      return Array.from({ length: Math.ceil(own.length / rows) }, (_, i) => ({
        members: own.slice(i * rows, (i + 1) * rows),
        rows,
        length,
      }));
    });
}
