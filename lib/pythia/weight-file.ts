import { closeSync, openSync, readSync } from 'node:fs';
import { Problem } from './core';

/** Types of numbers in checkpoint files, with their bytes. */
export const NUMBER_BYTES = {
  ...{ F64: 8, F32: 4, F16: 2, BF16: 2 },
  ...{ I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 },
} as const;
export type NumberType = keyof typeof NUMBER_BYTES;

/** Where one tensor lies in its file. */
export interface TensorPlace {
  readonly type: NumberType;
  readonly shape: readonly number[];
  /** First byte in the file; the numbers follow each other, little-endian, last dimension fastest. */
  readonly offset: number;
  readonly bytes: number;
}

/** A checkpoint's tensors, read one by one: a large model never lies in memory whole. */
export interface WeightFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TensorPlace>;
  /**
   * One tensor as float32.
   * @throws Problem where there is none of that name, it is not of floating point, or the file ends inside it.
   */
  read(name: string): Float32Array;
  close(): void;
}

/** A checkpoint whose weights cannot be used; the next checkpoint may be sound. */
export class DamagedWeights extends Problem {}

/** A problem with a file that came from elsewhere; it names the file and what to do. */
export function damagedFile(path: string, what: string): DamagedWeights {
  return new DamagedWeights(
    `${path} is damaged or not what it claims to be (${what}): delete it and fetch it again.`,
  );
}

/**
 * Opens a file whose tensors' places are known.
 * @param places must lie inside the file; the readers of each format check that.
 */
export function openPlaces(path: string, places: ReadonlyMap<string, TensorPlace>): WeightFile {
  const file = openSync(path, 'r');
  return {
    path,
    tensors: places,
    read(name) {
      const place = places.get(name);
      if (!place) throw damagedFile(path, `it has no tensor ${name}`);
      const bytes = readRange(file, path, place.offset, place.bytes);
      const values = toFloat32(bytes, place.type, `${name} in ${path}`);
      const bad = values.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) throw damagedFile(path, `tensor ${name} holds ${values[bad]}`);
      return values;
    },
    close: () => closeSync(file),
  };
}

/** The shards of one checkpoint as one file: each tensor is read from the shard that holds it. */
export function joinShards(shards: readonly WeightFile[]): WeightFile {
  if (shards.length === 1) return shards[0];
  const path = shards[0].path;
  const holder = new Map(
    shards.flatMap((own) => [...own.tensors.keys()].map((name) => [name, own])),
  );
  return {
    path,
    tensors: new Map(shards.flatMap(({ tensors }) => [...tensors])),
    read(name) {
      const own = holder.get(name);
      if (!own) throw damagedFile(path, `no shard has a tensor ${name}`);
      return own.read(name);
    },
    close: () => {
      for (const own of shards) own.close();
    },
  };
}

/** Reads `length` bytes from `offset` of an open file. */
export function readRange(file: number, path: string, offset: number, length: number): Uint8Array {
  if (!Number.isSafeInteger(offset + length)) throw damagedFile(path, 'it points beyond its end');
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    // Linux reads at most 2 GiB at a time.
    const got = readSync(file, bytes, done, Math.min(length - done, 2 ** 30), offset + done);
    if (got === 0) throw damagedFile(path, `it ends at byte ${offset + done}, inside a tensor`);
    done += got;
  }
  return bytes;
}

/**
 * Numbers as float32.
 * @throws Problem for integers: no weight of a GPT-NeoX is one.
 */
export function toFloat32(bytes: Uint8Array, type: NumberType, what: string): Float32Array {
  const { buffer, byteOffset, byteLength } = bytes;
  switch (type) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case 'F64':
      return Float32Array.from(new Float64Array(buffer, byteOffset, byteLength / 8));
    case 'BF16': {
      // bfloat16 is the upper half of a float32.
      const halves = new Uint16Array(buffer, byteOffset, byteLength / 2);
      const words = new Uint32Array(halves.length);
      for (let i = 0; i < halves.length; i++) words[i] = halves[i] << 16;
      return new Float32Array(words.buffer);
    }
    case 'F16': {
      const halves = new Uint16Array(buffer, byteOffset, byteLength / 2);
      const values = new Float32Array(halves.length);
      for (let i = 0; i < halves.length; i++) values[i] = HALVES[halves[i]];
      return values;
    }
    default:
      throw new DamagedWeights(
        `${what} is of type ${type}, and weights must be of floating point.`,
      );
  }
}

/** Value of each of the 65,536 float16 bit patterns (IEEE 754 binary16). */
const HALVES = Float32Array.from({ length: 2 ** 16 }, (_, bits) => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
});
