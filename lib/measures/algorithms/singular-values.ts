import type { tf } from '../../environment/tensorflow';
import { type Double, type Float64, float64 } from './float64';

/** Spectra of a batch of matrices; each holds min(n, D) values, ascending, none negative. */
export interface Spectra {
  /** Of the matrices as they are. */
  readonly raw: Float64Array[];
  /** Of the matrices less the mean of their rows. */
  readonly centered: Float64Array[];
}

/**
 * Singular values of each matrix in a batch, as it is and centered: square roots of the eigenvalues of the
 * smaller Gram matrix, in float64 throughout. Float64 is what makes squaring safe: in float32 it drowns the
 * small values of a collapsed spectrum (RankMe is off by up to 7 %); in float64 RankMe agrees with the
 * float64 SVD to 3e-6 on the worst spectra tried (constant plus noise of 1e-7), at a quarter of its cost.
 * Only the centered Gram matrix is multiplied out; the raw one is that plus what the mean adds.
 *
 * @param matrices float32 `[K, n, D]`.
 */
export function singularValues(matrices: tf.Tensor3D): Spectra {
  const [K, n, D] = matrices.shape;
  const size = Math.min(n, D);
  const values = float64((double) => {
    const x = double.from(matrices);
    const mean = double.mean(x, 1);
    const y = double.sub(x, mean);
    const centered = double.matMul(y, y, n >= D, n < D);
    const raw = double.add(
      centered,
      n >= D ? meanSquared(double, x, mean) : meanOverlaps(double, y, mean),
    );
    // All 2K in one call, which spreads them over the threads.
    const grams = double.concat(raw, centered);
    return double.read(double.sqrt(double.eigenvalues(grams)));
  });
  const spectrum = (k: number) => values.slice(k * size, (k + 1) * size);
  return {
    raw: Array.from({ length: K }, (_, k) => spectrum(k)),
    centered: Array.from({ length: K }, (_, k) => spectrum(K + k)),
  };
}

/** What a mean m adds to Yᵀ Y, where Y is X less m: n mᵀ m, `[K, D, D]`. */
function meanSquared(double: Float64, x: Double, mean: Double): Double {
  return double.matMul(double.sum(x, 1), mean, true);
}

/** What a mean adds to Y Yᵀ: its overlap with each row, twice, and its own square, `[K, n, n]`. */
function meanOverlaps(double: Float64, y: Double, mean: Double): Double {
  const own = double.matMul(mean, mean, false, true);
  const rows = double.add(double.matMul(y, mean, false, true), own);
  return double.add(rows, double.matMul(mean, y, false, true));
}
