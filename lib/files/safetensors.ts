import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Problem } from './problem';
import { writeWhole } from './whole';

/** One float32 tensor outside TensorFlow. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Tensors by name, with text by name beside them. */
export interface TensorFile {
  readonly tensors: Record<string, StoredTensor>;
  readonly metadata: Record<string, string>;
}

/** Longest header that is read, as in the reference implementation. */
const MAX_HEADER = 100_000_000;

/**
 * Writes float32 tensors in the safetensors format (8 bytes of header length, JSON header, raw little-endian data), with
 * a SHA-256 of all that it says in the metadata. @throws Problem as {@link writeWhole}.
 */
export function writeTensorFile(path: string, file: TensorFile): void {
  let offset = 0;
  const entries: Record<string, unknown> = {};
  for (const [name, { shape, values }] of Object.entries(file.tensors)) {
    entries[name] = { dtype: 'F32', shape, data_offsets: [offset, (offset += values.byteLength)] };
  }
  const sha256 = fingerprint(entries, file.metadata, Object.values(file.tensors).map(bytesOf));
  const json = JSON.stringify({ __metadata__: { ...file.metadata, sha256 }, ...entries });
  const header = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  writeWhole(path, size, header, ...Object.values(file.tensors).map(bytesOf));
}

/** Reads what {@link writeTensorFile} wrote and checks all of it. @throws Problem saying what is wrong with it. */
export function readTensorFile(path: string): TensorFile {
  const bytes = readFileSync(path);
  const remedy = 'delete it and run again, or restore it from a copy';
  const damaged = (what: string) => new Problem(`${path} is damaged (${what}): ${remedy}.`);
  if (bytes.length < 8) throw damaged('it is shorter than its first field');
  const headerLength = Number(bytes.readBigUInt64LE(0));
  if (headerLength > MAX_HEADER || 8 + headerLength > bytes.length) {
    throw damaged(`its header claims ${headerLength} bytes of a file of ${bytes.length}`);
  }
  let header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
  let metadata: Record<string, string>;
  try {
    const text = bytes.toString('utf8', 8, 8 + headerLength);
    ({ __metadata__: metadata = {}, ...header } = JSON.parse(text));
  } catch {
    throw damaged('its header is not JSON');
  }
  const data = bytes.subarray(8 + headerLength);
  const tensors: Record<string, StoredTensor> = {};
  let end = 0;
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    const count = Array.isArray(shape) ? shape.reduce((a, b) => a * b, 1) : Number.NaN;
    if (dtype !== 'F32') throw damaged(`tensor ${name} is ${dtype}, not F32`);
    if (data_offsets?.[0] !== end || data_offsets[1] !== end + 4 * count) {
      throw damaged(`tensor ${name} does not lie where its shape says`);
    }
    end = data_offsets[1];
    if (end > data.length) throw damaged(`it ends inside tensor ${name}`);
    // Copied, because a Float32Array must start at a multiple of four bytes.
    const own = data.buffer.slice(data.byteOffset + data_offsets[0], data.byteOffset + end);
    tensors[name] = { shape, values: new Float32Array(own) };
  }
  if (end !== data.length) throw damaged(`${data.length - end} bytes follow its last tensor`);
  const { sha256, ...texts } = metadata;
  if (fingerprint(header, texts, Object.values(tensors).map(bytesOf)) !== sha256) {
    throw damaged('its content does not match its checksum');
  }
  return { tensors, metadata: texts };
}

function bytesOf({ values }: StoredTensor): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function fingerprint(entries: object, metadata: object, parts: Uint8Array[]): string {
  const sum = createHash('sha256').update(JSON.stringify(entries)).update(JSON.stringify(metadata));
  for (const part of parts) sum.update(part);
  return sum.digest('hex');
}
