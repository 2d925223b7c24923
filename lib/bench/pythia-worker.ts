import { writeFileSync } from 'node:fs';
import type { Checkpoint } from '../pythia/checkpoints';
import type { NeoXConfig } from '../pythia/config';
import { CORPUS } from '../pythia/corpus';
import { neoxShapes } from '../pythia/gpt-neox';
import { ProbeMeasurer } from '../pythia/measure';
import { probeSets } from '../pythia/probes';
import { encodeProbes } from '../pythia/scoring';
import { readTokenizer } from '../pythia/tokenizer';
import type { TensorPlace } from '../pythia/weight-file';
import { peakMb } from './turns';

/** What one process is asked for. */
export interface PythiaWork {
  readonly config: NeoXConfig;
  /** Items of each probe set. */
  readonly items: number;
}

/** What it answers. */
export interface PythiaCost {
  /** Seconds of the first checkpoint, compilation included, and of the second. */
  readonly first_s: number;
  readonly checkpoint_s: number;
  readonly peak_mb: number | null;
  /** Batches as [rows, padded length], and rows of scores: what the other side must do, too. */
  readonly batches: readonly (readonly [number, number])[];
  readonly scored: number;
  /** Prompts of each set, the pooled one included. */
  readonly sets: readonly number[];
}

/** Standard deviation of the random weights. */
const STD = 0.02;

/** A checkpoint of random weights that are made when they are read: reading a file costs about as much. */
function randomCheckpoint(config: NeoXConfig): Checkpoint {
  const shapes = neoxShapes(config);
  const tensors = new Map<string, TensorPlace>();
  return {
    folder: '',
    config,
    tokenizer: readTokenizer(CORPUS),
    weights: {
      ...{ path: 'random weights', tensors },
      read(name) {
        const values = new Float32Array(shapes[name].reduce((a, b) => a * b));
        if (name.endsWith('norm.weight')) return values.fill(1);
        // xorshift32, uniform with the wanted spread.
        let state = 2463534242 ^ values.length;
        const scale = (STD * Math.sqrt(12)) / 2 ** 32;
        for (let i = 0; i < values.length; i++) {
          state ^= state << 13;
          state ^= state >>> 17;
          state ^= state << 5;
          values[i] = state * scale;
        }
        return values;
      },
      close: () => {},
    },
  };
}

async function main([work, result]: string[]): Promise<void> {
  const { config, items } = JSON.parse(work) as PythiaWork;
  const sets = probeSets().map((set) => ({ ...set, items: set.items.slice(0, items) }));
  const checkpoint = randomCheckpoint(config);
  const encoded = encodeProbes(sets, checkpoint.tokenizer, config.context);
  const measurer = new ProbeMeasurer(config, encoded);
  const timed = async () => {
    const start = performance.now();
    await measurer.measure(checkpoint, 0);
    return (performance.now() - start) / 1000;
  };
  const [first_s, checkpoint_s] = [await timed(), await timed()];
  const places = encoded.sequences.map(({ scored }) => new Set(scored.map(({ at }) => at)).size);
  const cost: PythiaCost = {
    ...{ first_s, checkpoint_s, peak_mb: peakMb() },
    batches: measurer.shapes(),
    scored: places.reduce((a, b) => a + b),
    sets: [...sets.map((set) => set.items.length), sets.length * Math.min(25, items)],
  };
  writeFileSync(result, JSON.stringify(cost));
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
