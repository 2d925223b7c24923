import { createHash } from 'node:crypto';
import { unsafeUniformIntDistribution, xoroshiro128plus } from 'pure-rand';

/** A seeded source of random numbers. */
export interface Random {
  /** An integer from 0 to `n` − 1, all equally likely. */
  below(n: number): number;
  /** A number in (0, 1). */
  uniform(): number;
  /** A standard normal number. */
  gaussian(): number;
}

/**
 * A generator that depends on its key alone, so that any part of a run can be made anew: the batch of step 7,000 is
 * `generator(seed, 'batch', 7000)`. xoroshiro128+ (Blackman & Vigna 2018) from 128 bits of the key's SHA-256.
 * @param seed integer; `stream` names the use; `counter` numbers the parts of a stream.
 */
export function generator(seed: number, stream: string, counter = 0): Random {
  const key = createHash('sha256').update(`${seed}/${stream}/${counter}`).digest();
  const source = xoroshiro128plus.fromState!([0, 4, 8, 12].map((at) => key.readInt32LE(at)));
  const uniform = () => ((source.unsafeNext() >>> 0) + 0.5) / 2 ** 32;
  let spare: number | undefined;
  /** Box and Muller 1958; every second number is the pair's other half. */
  const gaussian = () => {
    if (spare !== undefined) {
      const other = spare;
      spare = undefined;
      return other;
    }
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return { below: (n) => unsafeUniformIntDistribution(0, n - 1, source), uniform, gaussian };
}
