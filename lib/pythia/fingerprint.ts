import { createHash } from 'node:crypto';
import { generator } from './core';

/** Weights taken from each tensor. */
const PER_TENSOR = 16;

/** What tells one checkpoint from another, taken while the weights are read; every tensor is given once, in any order. */
export class Fingerprinter {
  private readonly parts: { name: string; hash: string; sample: number[] }[] = [];

  add(name: string, values: Float32Array): void {
    const hash = createHash('sha256').update(values).digest('hex');
    // The places depend on the tensor's name and size alone.
    const random = generator(0, `sketch of ${name}`);
    const length = Math.min(PER_TENSOR, values.length);
    const sample = Array.from({ length }, () => values[random.below(values.length)]);
    this.parts.push({ name, hash, sample });
  }

  /**
   * `sha256` of all weights as float32, whatever the file's format. `sketch` holds some weights from every tensor, always
   * the same ones: distances between sketches stand for distances between the models.
   */
  result() {
    const parts = this.parts.sort((a, b) => (a.name < b.name ? -1 : 1));
    const sum = createHash('sha256');
    for (const { name, hash } of parts) sum.update(`${name} ${hash}\n`);
    const sketch = Float32Array.from(parts.flatMap(({ sample }) => sample));
    return { sha256: sum.digest('hex'), sketch };
  }
}
