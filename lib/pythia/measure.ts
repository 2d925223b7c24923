import type { Checkpoint } from './checkpoints';
import type { NeoXConfig } from './config';
import {
  breathe,
  type Compiled,
  compile,
  groupBy,
  Problem,
  type RankMe,
  rankme,
  type TensorFunction,
  tf,
} from './core';
import { Fingerprinter } from './fingerprint';
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
import { DamagedWeights } from './weights';

/** Tokens that go through a block at once. */
const BATCH_TOKENS = 4096;
/** Sequences are padded to a multiple of this, so that few shapes are compiled. */
const LENGTHS = 64;
/** Rows whose scores over the whole vocabulary are held at once. */
const OUTPUT_ROWS = 256;

/**
 * Measures checkpoints of one model on probe sets, in float32, layer by layer: all sequences go through one layer before
 * the next is read, so that one layer's weights are in memory. What is compiled serves all checkpoints of the same shape.
 */
export class ProbeMeasurer {
  private readonly batches: ReturnType<typeof batchesOf>;
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
   * @returns the rows; `bits_per_token`, the loss on the general text; and `kl_unigram`, the KL divergence of the model's
   * next-token distribution from that text's token frequencies q, Σ q log(q/p), mean over its positions, nats: 0 where
   * the model answers with the frequencies and looks at nothing. Both are undefined without that text.
   * @throws Problem where `signal` stops it; DamagedWeights where a weight or a state is not finite.
   */
  async measure(
    { weights }: Checkpoint,
    step: number,
    signal?: AbortSignal,
    onLayer?: (done: number, of: number) => void,
  ) {
    const { layers } = this.config;
    const print = new Fingerprinter();
    const shapes = neoxShapes(this.config);
    const load = (name: string): tf.Tensor => {
      const values = weights.read(name);
      print.add(name, values);
      return tf.tensor(values, shapes[name]);
    };
    let done = 0;
    const part = async (work: () => void) => {
      tf.tidy(work);
      onLayer?.(++done, layers + 2);
      await breathe();
      if (signal?.aborted) {
        throw new Problem(
          `Stopped within step ${step}; steps before it are saved. Run the same again to go on.`,
        );
      }
    };
    const states: tf.Tensor3D[] = [];
    const geometry: ProbeGeometryRow[] = [];
    let found!: ReturnType<typeof this.scores>;
    try {
      for (let layer = 0; layer <= layers; layer++) {
        await part(() => {
          tf.tidy(() => this.advance(states, layer, load));
          geometry.push(...this.layerGeometry(layer, step, states));
        });
      }
      await part(() => {
        found = this.scores(load, states);
      });
    } finally {
      tf.dispose(states);
    }
    const { scores, cross } = found;
    const asked = this.probes.sets.filter(({ set }) => set.chance > 0);
    const behavior = asked.map(({ set, items }): ProbeBehaviorRow => {
      return { step, probe: set.name, ...probeBehavior(items, scores) };
    });
    const bits_per_token = bitsPerToken(this.probes, scores);
    const shares = [...this.probes.unigram.values()];
    const kl_unigram = cross && cross + shares.reduce((sum, q) => sum + q * Math.log(q), 0);
    return { behavior, geometry, bits_per_token, kl_unigram, ...print.result() };
  }

  dispose(): void {
    this.block.dispose();
    this.output.dispose();
    this.unigram.dispose();
  }

  /** Puts the states after a layer in the place of those before it; layer 0 is the embedding. */
  private advance(states: tf.Tensor3D[], layer: number, load: (name: string) => tf.Tensor): void {
    if (layer > 0) {
      const weights = BLOCK_WEIGHTS.map((name) => load(blockName(layer - 1, name)));
      states.forEach((before, i) => {
        states[i] = tf.keep(this.block(before, ...weights) as tf.Tensor3D);
        before.dispose();
      });
      return;
    }
    const table = load(EMBEDDING) as tf.Tensor2D;
    for (const { members, rows, length } of this.batches) {
      const tokens = new Int32Array(rows * length);
      members.forEach((member, row) => {
        tokens.set(this.probes.sequences[member].tokens, row * length);
      });
      states.push(tf.keep(pick(table, tokens).reshape([rows, length, this.config.width])));
    }
  }

  /** Geometry of each set: of all token positions of its prompts, the paper's way, and of the last of each. */
  private layerGeometry(layer: number, step: number, states: tf.Tensor3D[]): ProbeGeometryRow[] {
    const all = this.flat(states);
    return this.probes.sets.flatMap(({ set, items }) => {
      const prompts = items.map(({ prompt: { sequence, length } }) =>
        Array.from({ length }, (_, at) => this.starts[sequence] + at),
      );
      const places = { token: prompts.flat(), prompt: prompts.map((own) => own[own.length - 1]) };
      return (['token', 'prompt'] as const).map((rows) => ({
        ...{ step, probe: set.name, layer, rows },
        ...geometryOf(all, places[rows]),
      }));
    });
  }

  /** All hidden states, one a row. */
  private flat(states: tf.Tensor3D[]): tf.Tensor2D {
    const { width } = this.config;
    return tf.concat(states.map((own) => own.reshape<tf.Tensor2D>([-1, width])));
  }

  /** Scores of each sequence, and the cross-entropy of the unigram distribution under the model's on the general text. */
  private scores(load: (name: string) => tf.Tensor, states: tf.Tensor3D[]) {
    const { sequences, sets } = this.probes;
    const { vocabulary } = this.config;
    const scores = sequences.map((): Score[] => []);
    const passages = sets.find(({ set }) => set.name === GENERAL)?.items ?? [];
    const general = new Set(passages.map(({ prompt }) => prompt.sequence));
    // One row for each place, however many tokens are scored there.
    const places = sequences.flatMap(({ scored }, sequence) =>
      [...new Set(scored.map(({ at }) => at))].map((at) => ({ sequence, at })),
    );
    const count = places.filter(({ sequence }) => general.has(sequence)).length;
    let cross = 0;
    const weights = [...FINAL_NORM, OUTPUT].map(load);
    const all = this.flat(states);
    const score = (batch: typeof places) => {
      // Filled up, so that one shape is compiled.
      const filled = [...batch, ...Array(OUTPUT_ROWS - batch.length).fill(batch[0])];
      const rows = pick(
        all,
        filled.map((place) => this.starts[place.sequence] + place.at),
      );
      const found = this.output(rows, this.unigram, ...weights) as tf.Tensor[];
      const [logProbs, tops, crosses] = found.map((tensor) => tensor.dataSync());
      batch.forEach(({ sequence, at }, row) => {
        if (general.has(sequence)) cross -= crosses[row] / count;
        sequences[sequence].scored.forEach((scored, i) => {
          if (scored.at !== at) return;
          const logProb = logProbs[row * vocabulary + scored.next];
          if (!Number.isFinite(logProb)) throw new DamagedWeights('Its scores are not finite.');
          scores[sequence][i] = { logProb, top: logProb >= tops[row] };
        });
      });
    };
    for (let from = 0; from < places.length; from += OUTPUT_ROWS) {
      tf.tidy(() => score(places.slice(from, from + OUTPUT_ROWS)));
    }
    return { scores, cross: count > 0 ? cross : undefined };
  }
}

/** Geometry of some rows of `[n, D]` hidden states; see `rankme` of the core. */
function geometryOf(states: tf.Tensor2D, rows: readonly number[]) {
  let found!: RankMe;
  try {
    tf.tidy(() => {
      [found] = rankme(pick(states, rows).expandDims(0));
    });
  } catch (error) {
    if (error instanceof RangeError) throw new DamagedWeights(error.message);
    throw error;
  }
  return {
    samples: rows.length,
    ...{ rankme: found.rankme, rankme_centered: found.rankmeCentered },
    covariance_rank: found.covarianceRank,
    covariance_rank_centered: found.covarianceRankCentered,
    mean_share: found.meanShare,
  };
}

/** Rows of a matrix. */
function pick(matrix: tf.Tensor2D, rows: readonly number[] | Int32Array): tf.Tensor2D {
  return tf.gather(matrix, tf.tensor1d([...rows], 'int32'));
}

/** Batches of similar length, shortest first, `rows` by `length` each; `members` are places among all sequences. */
function batchesOf({ sequences }: EncodedProbes) {
  const byLength = groupBy(
    sequences.map((_, i) => i),
    (i) => Math.ceil(sequences[i].tokens.length / LENGTHS) * LENGTHS,
  );
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
