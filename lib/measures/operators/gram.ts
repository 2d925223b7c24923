import { freemem } from 'node:os';
import { tf } from '../../environment/tensorflow';
import { float64 } from '../algorithms/float64';
import type { Objective } from './objective';

/** Rows of an N × P matrix, each made on demand: say, the gradient of one sample. */
export type RowSource = (row: number) => Float32Array;

export interface GramOptions {
  /** Columns of the second Gram matrix, from the first on; all by default. */
  readonly leading?: number;
  /** Bytes of rows kept at once, {@link gramMemory} by default. What does not fit is made again when needed. */
  readonly memory?: number;
  /**
   * Of the products: `float64` by default. `float32` costs a third; its errors, 1e-6 of the diagonal, matter only
   * where what rows have in common is taken away afterwards. Sums over chunks are in float64 in both.
   */
  readonly precision?: 'float64' | 'float32';
}

/**
 * Half of the memory that is free now, at most 12 GiB: rows that must be made again cost whole gradients. It changes
 * what a Gram matrix costs, and not its numbers.
 */
export function gramMemory(): number {
  // Node knows of a container's limit since 20.13.
  const free = process.availableMemory?.() ?? freemem();
  return Math.min(12 * 2 ** 30, Math.floor(free / 2));
}

/** Gram matrices, N × N, row by row. */
export interface GramMatrices {
  readonly all: Float64Array;
  /** Of the leading columns only. */
  readonly leading: Float64Array;
}

/** Columns multiplied at once: enough to keep the cores busy, small beside the rows. */
const CHUNK = 1 << 16;

/**
 * G = AAᵀ of the N × P matrix A with the given rows, and the same of its leading columns. It has the non-zero
 * eigenvalues of AᵀA, which for P parameters nobody could store.
 */
export function gramMatrices(
  N: number,
  P: number,
  rowOf: RowSource,
  { leading = P, memory = gramMemory(), precision = 'float64' }: GramOptions = {},
): GramMatrices {
  const grams = { all: new Float64Array(N * N), leading: new Float64Array(N * N) };
  const fits = Math.floor(memory / (4 * P));
  // A block of rows is held while those after it pass by in groups half as large, unless all fit as one.
  const held = fits >= N ? N : Math.max(1, Math.floor((2 * fits) / 3));
  const passing = Math.max(1, fits - held);
  const load = (from: number, count: number) =>
    Array.from({ length: Math.min(count, N - from) }, (_, i) => {
      const row = rowOf(from + i);
      if (row.length !== P) {
        throw new RangeError(`Row ${from + i} has ${row.length} numbers, not ${P}.`);
      }
      return row;
    });
  for (let i = 0; i < N; i += held) {
    const rows = load(i, held);
    const add = (others: readonly Float32Array[], j: number) =>
      addProducts(grams, N, rows, i, others, j, Math.min(leading, P), precision);
    add(rows, i);
    for (let j = i + held; j < N; j += passing) add(load(j, passing), j);
  }
  return grams;
}

/** Adds the inner products of two blocks of rows to both Gram matrices, at their places. */
function addProducts(
  grams: GramMatrices,
  N: number,
  rows: readonly Float32Array[],
  i: number,
  others: readonly Float32Array[],
  j: number,
  leading: number,
  precision: 'float64' | 'float32',
): void {
  const P = rows[0].length;
  for (let from = 0, to = 0; from < P; from = to) {
    to = Math.min(from + CHUNK, P, from < leading ? leading : P);
    const a = columns(rows, from, to);
    const b = others === rows ? a : columns(others, from, to);
    const products =
      precision === 'float32'
        ? tf.tidy(() => tf.matMul(a, b, false, true).dataSync() as Float32Array)
        : float64((double) =>
            double.read(double.matMul(double.from(a), double.from(b), false, true)),
          );
    tf.dispose([a, b]);
    products.forEach((value, at) => {
      const row = i + Math.floor(at / others.length);
      const column = j + (at % others.length);
      for (const gram of to <= leading ? [grams.all, grams.leading] : [grams.all]) {
        gram[row * N + column] += value;
        if (i !== j) gram[column * N + row] += value;
      }
    });
  }
}

function columns(rows: readonly Float32Array[], from: number, to: number): tf.Tensor2D {
  const values = new Float32Array(rows.length * (to - from));
  rows.forEach((row, r) => {
    values.set(row.subarray(from, to), r * (to - from));
  });
  return tf.tensor2d(values, [rows.length, to - from]);
}

/** The Gram matrix of rows less their mean: HGH with H = I − 11ᵀ/N. */
export function centeredGram(gram: Float64Array, N: number): Float64Array {
  const means = new Float64Array(N);
  for (let at = 0; at < N * N; at++) means[Math.floor(at / N)] += gram[at] / N;
  const mean = means.reduce((sum, value) => sum + value / N, 0);
  return gram.map((value, at) => value - means[Math.floor(at / N)] - means[at % N] + mean);
}

/** Gram matrices of the gradients of many batches at one point. */
export function gramOfGradients(
  objective: Pick<Objective, 'size' | 'gradient' | 'upload'>,
  point: Float32Array,
  batches: readonly (readonly tf.Tensor[])[],
  options: GramOptions,
): GramMatrices {
  const device = objective.upload(point);
  try {
    return gramMatrices(
      batches.length,
      objective.size,
      (row) => objective.gradient(device, batches[row]).gradient,
      options,
    );
  } finally {
    device.dispose();
  }
}
