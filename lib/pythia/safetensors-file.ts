import { closeSync, fstatSync, openSync } from 'node:fs';
import {
  damagedFile,
  NUMBER_BYTES,
  type NumberType,
  openPlaces,
  readRange,
  type TensorPlace,
  type WeightFile,
} from './weight-file';

/** Longest header that is read, as in the reference implementation. */
const MAX_HEADER = 100_000_000;

/**
 * Opens a safetensors file of the hub. Unlike the study's own checkpoints (`training/safetensors.ts`) it
 * carries no checksum and any type of number; the download has checked its hash. The header is held to the
 * format's rules before anything is read: tensors lie one after the other, without gaps, overlaps or a rest.
 * @throws Problem saying what is wrong with the file.
 */
export function openSafetensors(path: string): WeightFile {
  const file = openSync(path, 'r');
  try {
    return openPlaces(path, places(file, path));
  } finally {
    closeSync(file);
  }
}

function places(file: number, path: string): Map<string, TensorPlace> {
  const { size } = fstatSync(file);
  const bad = (what: string) => damagedFile(path, what);
  if (size < 8) throw bad(`${size} bytes are too few`);
  const first = readRange(file, path, 0, 8);
  const length = Number(new DataView(first.buffer).getBigUint64(0, true));
  if (length > MAX_HEADER || 8 + length > size) {
    throw bad(`its header claims ${length} bytes of a file of ${size}`);
  }
  let header: unknown;
  try {
    header = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(readRange(file, path, 8, length)),
    );
  } catch {
    throw bad('its header is not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw bad('its header is not an object');
  }
  const start = 8 + length;
  const tensors = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => [name, place(name, entry, start, bad)] as const)
    .sort(([, a], [, b]) => a.offset - b.offset || a.bytes - b.bytes);
  let end = start;
  for (const [name, { offset, bytes }] of tensors) {
    if (offset !== end) {
      throw bad(
        `tensor ${name} ${offset < end ? 'overlaps the one before it' : 'leaves a gap before it'}`,
      );
    }
    end += bytes;
  }
  if (end > size) throw bad(`its tensors end at byte ${end} of a file of ${size}`);
  if (end < size) throw bad(`${size - end} bytes follow its last tensor`);
  return new Map(tensors);
}

function place(
  name: string,
  entry: unknown,
  start: number,
  bad: (what: string) => Error,
): TensorPlace {
  const { dtype, shape, data_offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(NUMBER_BYTES, dtype)) {
    throw bad(`tensor ${name} is of the unknown type ${JSON.stringify(dtype)}`);
  }
  const type = dtype as NumberType;
  const whole = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((value) => Number.isSafeInteger(value) && value >= 0);
  if (!whole(shape) || !whole(data_offsets) || data_offsets.length !== 2) {
    throw bad(`tensor ${name} has no proper shape and offsets`);
  }
  const bytes = shape.reduce((a, b) => a * b, NUMBER_BYTES[type]);
  if (!Number.isSafeInteger(bytes) || data_offsets[1] - data_offsets[0] !== bytes) {
    throw bad(`tensor ${name} does not have the bytes that its shape needs`);
  }
  return { type, shape, offset: start + data_offsets[0], bytes };
}
