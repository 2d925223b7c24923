import { setImmediate as breathe } from 'node:timers/promises';
import type { Checkpoint } from './checkpoints';
import type { NeoXConfig } from './config';
import { type Compiled, compile, Problem, rankme, type TensorFunction, tf } from './core';
import { type Fingerprint, Fingerprinter } from './fingerprint';
import {
  BLOCK_WEIGHTS,
  blockName,
  EMBEDDING,
  FINAL_NORM,
  neoxBlock,
  neoxOutput,
  neoxShapes,
  OUTPUT,
} from './gpt-neox';
import { GENERAL } from './probes';
import { bitsPerToken, type EncodedProbes, probeBehavior, type Score } from './scoring';
import type { ProbeBehaviorRow, ProbeGeometryRow } from './tables';
import { DamagedWeights } from './weight-file';

/** Tokens that go through a block at once. */
const BATCH_TOKENS = 4096;
/** Sequences are padded to a multiple of this, so that few shapes are compiled. */
const LENGTHS = 64;
/** Rows whose scores over the whole vocabulary are held at once. */
const OUTPUT_ROWS = 256;

/** What one checkpoint gives. */
export interface CheckpointMeasures {
  readonly behavior: ProbeBehaviorRow[];
  readonly geometry: ProbeGeometryRow[];
  /** Loss on the general text; undefined where it is not asked for. */
  readonly bits_per_token: number | undefined;
  /**
   * KL divergence of the model's next-token distribution from the unigram distribution of the general text, mean
   * over its positions, nats: 0 where the model answers with the text's token frequencies and looks at nothing.
   * It is Σ q log(q/p) with q the frequencies, so that no smoothing is needed.
   */
  readonly kl_unigram: number | undefined;
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
  /** Where each sequence begins among the rows of all batches, one after the other. */
  private readonly starts: number[] = [];
  private readonly block: Compiled<TensorFunction>;
  private readonly output: Compiled<TensorFunction>;
  /** Frequencies of all tokens, `[V, 1]`. */
  private readonly unigram: tf.Tensor2D;

  /** @param probes as {@link encodeProbes} gives them, with this model's own tokenizer. */
  constructor(
    private readonly config: NeoXConfig,
    private readonly probes: EncodedProbes,
  ) {
    this.batches = batchesOf(probes);
    let rows = 0;
    for (const batch of this.batches) {
      batch.members.forEach((member, row) => {
        this.starts[member] = rows + row * batch.length;
      });
      rows += batch.rows * batch.length;
    }
    this.block = compile(
      (x, ...weights) => {
        const weight = (name: string) => weights[BLOCK_WEIGHTS.indexOf(name)];
        return neoxBlock(config, weight, x as tf.Tensor3D);
      },
      { name: 'block of GPT-NeoX' },
    );
    this.output = compile(
      (rows, unigram, gain, bias, output) => {
        const scores = neoxOutput(config, gain, bias, output, rows as tf.Tensor2D);
        const logProbs = tf.logSoftmax(scores);
        return [logProbs, tf.max(logProbs, -1), tf.matMul(logProbs, unigram as tf.Tensor2D)];
      },
      { name: 'output of GPT-NeoX' },
    );
    const shares = new Float32Array(config.vocabulary);
    for (const [token, share] of probes.unigram) shares[token] = share;
    this.unigram = tf.tensor2d(shares, [config.vocabulary, 1]);
  }

  /**
   * Behavior and geometry on every set, at layers 0 … L, with the weights' fingerprint.
   * @param step for the rows.
   * @param onLayer told after each of the L + 2 parts, with their number.
   * @throws Problem where `signal` stops it; DamagedWeights where a weight or a state is not finite.
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
      await breathe();
      if (signal?.aborted) {
        throw new Problem(
          `Stopped within step ${step}; steps before it are saved. Run the same again to go on.`,
        );
      }
    };

    const states = this.embedded(load);
    try {
      geometry.push(...this.layerGeometry(0, step, states));
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
        geometry.push(...this.layerGeometry(layer + 1, step, states));
        await next();
      }
      const { scores, cross } = this.scores(load, states);
      await next();
      const asked = this.probes.sets.filter(({ set }) => set.chance > 0);
      const behavior = asked.map(
        ({ set, items }): ProbeBehaviorRow => ({
          ...{ step, probe: set.name },
          ...probeBehavior(items, scores),
        }),
      );
      const bits_per_token = bitsPerToken(this.probes, scores);
      const shares = [...this.probes.unigram.values()];
      const kl_unigram = cross && cross + shares.reduce((sum, q) => sum + q * Math.log(q), 0);
      return { behavior, geometry, bits_per_token, kl_unigram, fingerprint: print.result() };
    } finally {
      tf.dispose(states);
    }
  }

  dispose(): void {
    this.block.dispose();
    this.output.dispose();
    this.unigram.dispose();
  }

  private embedded(load: (name: string) => tf.Tensor): tf.Tensor3D[] {
    const table = load(EMBEDDING) as tf.Tensor2D;
    try {
      return this.batches.map(({ members, rows, length }) => {
        const tokens = new Int32Array(rows * length);
        members.forEach((member, row) => {
          tokens.set(this.probes.sequences[member].tokens, row * length);
        });
        const shape: [number, number, number] = [rows, length, this.config.width];
        return tf.tidy(() => pick(table, tokens).reshape<tf.Tensor3D>(shape));
      });
    } finally {
      table.dispose();
    }
  }

  /** Geometry of each set: of all token positions of its prompts, the paper's way, and of the last of each. */
  private layerGeometry(layer: number, step: number, states: tf.Tensor3D[]): ProbeGeometryRow[] {
    const all = this.flat(states);
    try {
      return this.probes.sets.flatMap(({ set, items }) => {
        const prompts = items.map(({ prompt: { sequence, length } }) =>
          Array.from({ length }, (_, at) => this.starts[sequence] + at),
        );
        const places = { token: prompts.flat(), prompt: prompts.map((own) => own[own.length - 1]) };
        return (['token', 'prompt'] as const).map((rows) => {
          const chosen = pick(all, places[rows]);
          try {
            return { step, probe: set.name, layer, rows, ...geometryOf(chosen) };
          } finally {
            chosen.dispose();
          }
        });
      });
    } finally {
      all.dispose();
    }
  }

  /** All hidden states, one a row. */
  private flat(states: tf.Tensor3D[]): tf.Tensor2D {
    const { width } = this.config;
    return tf.tidy(() => tf.concat(states.map((own) => own.reshape<tf.Tensor2D>([-1, width]))));
  }

  /**
   * Scores of the scored tokens of each sequence, and the cross-entropy of the unigram distribution under the
   * model's, mean over the positions of the general text, nats.
   */
  private scores(
    load: (name: string) => tf.Tensor,
    states: tf.Tensor3D[],
  ): { scores: Score[][]; cross: number | undefined } {
    const { sequences, sets } = this.probes;
    const { vocabulary } = this.config;
    const scores = sequences.map((): Score[] => []);
    const general = new Set(
      sets
        .filter(({ set }) => set.name === GENERAL)
        .flatMap(({ items }) => items.map(({ prompt }) => prompt.sequence)),
    );
    // One row for each place, however many tokens are scored there.
    const places = sequences.flatMap(({ scored }, sequence) =>
      [...new Set(scored.map(({ at }) => at))].map((at) => ({ sequence, at })),
    );
    const count = places.filter(({ sequence }) => general.has(sequence)).length;
    const crosses: number[] = [];
    const weights = [...FINAL_NORM, OUTPUT].map(load);
    const all = this.flat(states);
    try {
      for (let from = 0; from < places.length; from += OUTPUT_ROWS) {
        const batch = places.slice(from, from + OUTPUT_ROWS);
        // Filled up, so that one shape is compiled.
        const filled = [...batch, ...Array(OUTPUT_ROWS - batch.length).fill(batch[0])];
        const at = filled.map((place) => this.starts[place.sequence] + place.at);
        const rows = pick(all, at);
        const found = this.output(rows, this.unigram, ...weights) as tf.Tensor[];
        const [logProbs, tops, cross] = found.map((tensor) => tensor.dataSync());
        tf.dispose([rows, ...found]);
        batch.forEach(({ sequence, at }, row) => {
          if (general.has(sequence)) crosses.push(-cross[row] / count);
          sequences[sequence].scored.forEach((scored, i) => {
            if (scored.at !== at) return;
            const logProb = logProbs[row * vocabulary + scored.next];
            if (!Number.isFinite(logProb)) throw new DamagedWeights('Its scores are not finite.');
            scores[sequence][i] = { logProb, top: logProb >= tops[row] };
          });
        });
      }
    } finally {
      tf.dispose([all, ...weights]);
    }
    return { scores, cross: count > 0 ? crosses.reduce((a, b) => a + b) : undefined };
  }
}

/** Geometry of `[n, D]` hidden states; see `rankme` of the core. */
function geometryOf(states: tf.Tensor2D) {
  const batch = states.expandDims<tf.Tensor3D>(0);
  try {
    const [found] = rankme(batch);
    return {
      samples: states.shape[0],
      ...{ rankme: found.rankme, rankme_centered: found.rankmeCentered },
      covariance_rank: found.covarianceRank,
      covariance_rank_centered: found.covarianceRankCentered,
      mean_share: found.meanShare,
    };
  } catch (error) {
    if (error instanceof RangeError) throw new DamagedWeights(error.message);
    throw error;
  } finally {
    batch.dispose();
  }
}

/** Rows of a matrix. */
function pick(matrix: tf.Tensor2D, rows: readonly number[] | Int32Array): tf.Tensor2D {
  return tf.tidy(() => tf.gather(matrix, tf.tensor1d([...rows], 'int32')));
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
