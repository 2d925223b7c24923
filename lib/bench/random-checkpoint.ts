import { closeSync, copyFileSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { writing } from '../environment/problem';
import type { Checkpoint } from '../pythia/checkpoints';
import { hubConfig, type NeoXConfig } from '../pythia/config';
import { CORPUS } from '../pythia/corpus';
import { neoxShapes } from '../pythia/gpt-neox';
import { readTokenizer } from '../pythia/tokenizer';
import type { TensorPlace } from '../pythia/weight-file';

/** Standard deviation of the random weights. */
const STD = 0.02;

/** Numbers that look random; the same ones every time (xorshift32). */
function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  };
}

/** A checkpoint of random weights that are made when they are read. */
export function randomCheckpoint(config: NeoXConfig): Checkpoint {
  const shapes = neoxShapes(config);
  const tensors = new Map<string, TensorPlace>();
  return {
    folder: '',
    config,
    tokenizer: readTokenizer(CORPUS),
    weights: {
      ...{ path: 'random weights', tensors },
      read(name) {
        const values = new Float32Array(sizeOf(shapes[name]));
        if (name.endsWith('norm.weight')) return values.fill(1);
        const next = xorshift(2463534242 ^ values.length);
        // Uniform with the wanted spread.
        const scale = (STD * Math.sqrt(12)) / 2 ** 32;
        for (let i = 0; i < values.length; i++) values[i] = next() * scale;
        return values;
      },
      close: () => {},
    },
  };
}

/** Writes a checkpoint of random float16 weights as the hub's are: 2 bytes a number, in one safetensors file. */
export function writeRandomCheckpoint(folder: string, config: NeoXConfig): void {
  let offset = 0;
  const shapes = neoxShapes(config);
  const header: Record<string, object> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const begin = offset;
    offset += 2 * sizeOf(shape);
    header[name] = { dtype: 'F16', shape, data_offsets: [begin, offset] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const path = join(folder, 'model.safetensors');
  writing(path, () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.json'), JSON.stringify(hubConfig(config)));
    copyFileSync(join(CORPUS, 'tokenizer.json'), join(folder, 'tokenizer.json'));
    const file = openSync(path, 'w');
    try {
      for (const part of [length, json]) writeSync(file, part);
      for (const [name, shape] of Object.entries(shapes)) {
        const halves = new Uint16Array(sizeOf(shape));
        const next = xorshift(2463534242 ^ halves.length);
        if (name.endsWith('norm.weight')) halves.fill(0x3c00);
        // Either sign, and from 2⁻⁶ to 2⁻⁵: a spread of about STD.
        else for (let i = 0; i < halves.length; i++) halves[i] = (next() & 0x83ff) | 0x2400;
        const bytes = new Uint8Array(halves.buffer);
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      }
    } finally {
      closeSync(file);
    }
  });
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
