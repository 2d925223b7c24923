import { writeFileSync } from 'node:fs';
import { openCheckpoint } from '../pythia/checkpoints';
import type { NeoXConfig } from '../pythia/config';
import { ProbeMeasurer } from '../pythia/measure';
import { probeSets } from '../pythia/probes';
import { encodeProbes } from '../pythia/scoring';
import { randomCheckpoint, writeRandomCheckpoint } from './random-checkpoint';
import { peakMb } from './turns';

/** What one process is asked for. */
export interface PythiaWork {
  readonly config: NeoXConfig;
  /** Items of each probe set. */
  readonly items: number;
  /** Folder in which a checkpoint of float16 is written first and then read, as from the hub; '' makes weights up. */
  readonly files: string;
}

/** What it answers. */
export interface PythiaCost {
  /** Seconds of the first checkpoint, compilation included, and of the second. */
  readonly first_s: number;
  readonly checkpoint_s: number;
  /** Seconds that all cores worked on the second: other work on the machine hardly changes them. */
  readonly cpu_s: number;
  readonly peak_mb: number | null;
  /** Batches as [rows, padded length], and rows of scores: what the other side must do, too. */
  readonly batches: readonly (readonly [number, number])[];
  readonly scored: number;
  /** Prompts of each set, the pooled one included. */
  readonly sets: readonly number[];
}

async function main([work, result]: string[]): Promise<void> {
  const { config, items, files } = JSON.parse(work) as PythiaWork;
  const sets = probeSets().map((set) => ({ ...set, items: set.items.slice(0, items) }));
  if (files) writeRandomCheckpoint(files, config);
  const checkpoint = files ? await openCheckpoint(files) : randomCheckpoint(config);
  const encoded = encodeProbes(sets, checkpoint.tokenizer, config.context);
  const measurer = new ProbeMeasurer(config, encoded);
  const timed = async () => {
    const [start, before] = [performance.now(), process.cpuUsage()];
    await measurer.measure(checkpoint, 0);
    const { user, system } = process.cpuUsage(before);
    return [(performance.now() - start) / 1000, (user + system) / 1e6];
  };
  const [[first_s], [checkpoint_s, cpu_s]] = [await timed(), await timed()];
  const places = encoded.sequences.map(({ scored }) => new Set(scored.map(({ at }) => at)).size);
  const cost: PythiaCost = {
    ...{ first_s, checkpoint_s, cpu_s, peak_mb: peakMb() },
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
