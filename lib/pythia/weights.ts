import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
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

/** A checkpoint whose weights cannot be used; the next checkpoint may be sound. */
export class DamagedWeights extends Problem {}

/** A problem with a file that came from elsewhere; it names the file and what to do. */
export function damagedFile(path: string, what: string): DamagedWeights {
  return new DamagedWeights(
    `${path} is damaged or not what it claims to be (${what}): delete it and fetch it again.`,
  );
}

/** A file with a checkpoint's tensors, read one by one: a large model never lies in memory whole. */
export class WeightFile {
  /** Filled by the reader of the file's format, which checks that every place lies inside the file. */
  readonly tensors = new Map<string, TensorPlace>();
  readonly size: number;
  private readonly file: number;

  constructor(readonly path: string) {
    this.file = openSync(path, 'r');
    this.size = fstatSync(this.file).size;
  }

  /** One tensor as float32. @throws DamagedWeights where it is not there, not whole, or not of finite floats. */
  read(name: string): Float32Array {
    const place = this.tensors.get(name);
    if (!place) throw this.damaged(`it has no tensor ${name}`);
    const bytes = this.bytes(place.offset, place.bytes);
    const values = toFloat32(bytes, place.type, `${name} in ${this.path}`);
    const bad = values.find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw this.damaged(`tensor ${name} holds ${bad}`);
    return values;
  }

  /** `length` bytes from `offset`. */
  bytes(offset: number, length: number): Buffer {
    if (!Number.isSafeInteger(offset + length)) throw this.damaged('it points beyond its end');
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      // Linux reads at most 2 GiB at a time.
      const most = Math.min(length - done, 2 ** 30);
      const got = readSync(this.file, bytes, done, most, offset + done);
      if (got === 0) throw this.damaged(`it ends at byte ${offset + done}, inside a tensor`);
      done += got;
    }
    return bytes;
  }

  damaged(what: string): DamagedWeights {
    return damagedFile(this.path, what);
  }

  close(): void {
    closeSync(this.file);
  }
}

/** The shards of one checkpoint as one file: each tensor is read from the shard that holds it. */
export function joinShards(shards: readonly WeightFile[]) {
  const { path } = shards[0];
  return {
    path,
    tensors: new Map(shards.flatMap(({ tensors }) => [...tensors])),
    read(name: string): Float32Array {
      const own = shards.find(({ tensors }) => tensors.has(name));
      if (!own) throw damagedFile(path, `no shard has a tensor ${name}`);
      return own.read(name);
    },
    close: () => {
      for (const own of shards) own.close();
    },
  };
}

/** Longest header that is read, as in the reference implementation. */
const MAX_HEADER = 100_000_000;

/**
 * Opens a safetensors file of the hub: unlike the study's own (`files/safetensors.ts`) it has no checksum and any type of
 * number. The header is held to the format's rules first: tensors without gaps, overlaps or a rest.
 * @throws DamagedWeights saying what is wrong with the file.
 */
export function openSafetensors(path: string): WeightFile {
  const file = new WeightFile(path);
  try {
    placeTensors(file);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function placeTensors(file: WeightFile): void {
  const { size } = file;
  if (size < 8) throw file.damaged(`${size} bytes are too few`);
  const length = Number(file.bytes(0, 8).readBigUInt64LE());
  const start = 8 + length;
  if (length > MAX_HEADER || start > size) {
    throw file.damaged(`its header claims ${length} bytes of a file of ${size}`);
  }
  let header: unknown;
  try {
    header = JSON.parse(file.bytes(8, length).toString());
  } catch {
    throw file.damaged('its header is not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw file.damaged('its header is not an object');
  }
  const tensors = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => [name, placeOf(name, entry, start, file)] as const)
    .sort(([, a], [, b]) => a.offset - b.offset || a.bytes - b.bytes);
  let end = start;
  for (const [name, place] of tensors) {
    if (place.offset !== end) {
      const wrong = place.offset < end ? 'overlaps the one before it' : 'leaves a gap before it';
      throw file.damaged(`tensor ${name} ${wrong}`);
    }
    end += place.bytes;
    file.tensors.set(name, place);
  }
  if (end > size) throw file.damaged(`its tensors end at byte ${end} of a file of ${size}`);
  if (end < size) throw file.damaged(`${size - end} bytes follow its last tensor`);
}

function placeOf(name: string, entry: unknown, start: number, file: WeightFile): TensorPlace {
  const { dtype, shape, data_offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(NUMBER_BYTES, dtype)) {
    throw file.damaged(`tensor ${name} is of the unknown type ${JSON.stringify(dtype)}`);
  }
  const type = dtype as NumberType;
  if (!areCounts(shape) || !areCounts(data_offsets) || data_offsets.length !== 2) {
    throw file.damaged(`tensor ${name} has no proper shape and offsets`);
  }
  const bytes = shape.reduce((a, b) => a * b, NUMBER_BYTES[type]);
  if (data_offsets[1] - data_offsets[0] !== bytes) {
    throw file.damaged(`tensor ${name} does not have the bytes that its shape needs`);
  }
  return { type, shape, offset: start + data_offsets[0], bytes };
}

/** True for a list of whole numbers, none below 0. */
export function areCounts(list: unknown): list is number[] {
  return Array.isArray(list) && list.every((value) => Number.isSafeInteger(value) && value >= 0);
}

/** Numbers as float32. @throws DamagedWeights for integers: no weight of a GPT-NeoX is one. */
export function toFloat32(bytes: Uint8Array, type: NumberType, what: string): Float32Array {
  const { buffer, byteOffset, byteLength } = bytes;
  switch (type) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case 'F64':
      return Float32Array.from(new Float64Array(buffer, byteOffset, byteLength / 8));
    case 'F16':
    case 'BF16': {
      // Loops, since `from` takes ten times as long.
      const halves = new Uint16Array(buffer, byteOffset, byteLength / 2);
      const values = new Float32Array(halves.length);
      const words = new Uint32Array(values.buffer);
      // bfloat16 is the upper half of a float32.
      if (type === 'BF16') for (let i = 0; i < halves.length; i++) words[i] = halves[i] << 16;
      else for (let i = 0; i < halves.length; i++) values[i] = HALVES[halves[i]];
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
