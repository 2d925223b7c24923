import { createHash } from 'node:crypto';
import { generator } from './core';

/** What tells one checkpoint from another. */
export interface Fingerprint {
  /** SHA-256 of all weights as float32, by name, whatever the file's format: equal only where all are equal. */
  readonly sha256: string;
  /** Some weights from every tensor, the same ones at every checkpoint: distances between them stand for
   * distances between the models. */
  readonly sketch: Float32Array;
}

/** Weights taken from each tensor. */
const PER_TENSOR = 16;

/** Takes a fingerprint while the weights are read one by one; every tensor must be given once, in any order. */
export class Fingerprinter {
  private readonly hashes: [string, string][] = [];
  private readonly samples: [string, Float32Array][] = [];

  add(name: string, values: Float32Array): void {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.hashes.push([name, createHash('sha256').update(bytes).digest('hex')]);
    // The places depend on the tensor's name and size alone.
    const random = generator(0, `sketch of ${name}`);
    const count = Math.min(PER_TENSOR, values.length);
    this.samples.push([
      name,
      Float32Array.from({ length: count }, () => values[random.below(values.length)]),
    ]);
  }

  has(name: string): boolean {
    return this.hashes.some(([own]) => own === name);
  }

  result(): Fingerprint {
    const byName = (a: [string, unknown], b: [string, unknown]) => (a[0] < b[0] ? -1 : 1);
    const sum = createHash('sha256');
    for (const [name, hash] of this.hashes.sort(byName)) sum.update(`${name} ${hash}\n`);
    const parts = this.samples.sort(byName).map(([, values]) => values);
    return {
      sha256: sum.digest('hex'),
      sketch: Float32Array.from(parts.flatMap((part) => [...part])),
    };
  }
}
