import { type RandomGenerator, xoroshiro128plus } from 'pure-rand';

/** A seeded source of the random vectors that estimators need; the same seed gives the same vectors everywhere. */
export class RandomVectors {
  private readonly source: RandomGenerator;
  private spare = Number.NaN;

  /** @param seed an integer; estimators that run several chains take consecutive seeds. */
  constructor(seed: number) {
    if (!Number.isInteger(seed)) throw new RangeError(`seed is ${seed}: it must be an integer.`);
    this.source = xoroshiro128plus(seed);
    // The first numbers of neighboring seeds resemble each other.
    for (let i = 0; i < 20; i++) this.source.unsafeNext();
  }

  /** A number in (0, 1). */
  uniform(): number {
    return ((this.source.unsafeNext() >>> 0) + 0.5) / 2 ** 32;
  }

  /** A standard normal number, by the polar method (Marsaglia & Bray 1964). */
  gaussian(): number {
    if (!Number.isNaN(this.spare)) {
      const { spare } = this;
      this.spare = Number.NaN;
      return spare;
    }
    for (;;) {
      const x = this.source.unsafeNext() / 2 ** 31;
      const y = this.source.unsafeNext() / 2 ** 31;
      const s = x * x + y * y;
      if (s > 0 && s < 1) {
        const factor = Math.sqrt((-2 * Math.log(s)) / s);
        this.spare = y * factor;
        return x * factor;
      }
    }
  }

  /** Independent standard normal entries. */
  gaussians(size: number): Float64Array {
    return Float64Array.from({ length: size }, () => this.gaussian());
  }

  /** Independent entries of −1 or 1, equally likely. */
  rademacher(size: number): Float64Array {
    const signs = new Float64Array(size);
    for (let i = 0, bits = 0; i < size; i++, bits >>>= 1) {
      if (i % 32 === 0) bits = this.source.unsafeNext();
      signs[i] = bits & 1 ? 1 : -1;
    }
    return signs;
  }

  /** The numbers 0 … n − 1 in random order (Fisher & Yates). */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(this.uniform() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}
