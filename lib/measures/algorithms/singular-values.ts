import type { tf } from '../../environment/tensorflow';
import { float64 } from './float64';

/**
 * Singular values of each matrix in a batch, as it is and centered: square roots of the eigenvalues of the smaller Gram
 * matrix, in float64 throughout. In float32 squaring drowns the small values of a collapsed spectrum (RankMe is off by up
 * to 7 %); in float64 RankMe agrees with the SVD to 3e-6 on the worst spectra tried, at a quarter of its cost. Only the
 * centered Gram matrix is multiplied out; the raw one is that plus what the mean adds.
 *
 * @param matrices float32 `[K, n, D]`.
 * @returns K spectra as they are, and K less the mean of the rows: min(n, D) values each, ascending, none negative.
 */
export function singularValues(matrices: tf.Tensor3D): Record<'raw' | 'centered', Float64Array[]> {
  const [K, n, D] = matrices.shape;
  const size = Math.min(n, D);
  const values = float64((double) => {
    const x = double.from(matrices);
    const mean = double.reduce('Mean', x, 1);
    const y = double.sub(x, mean);
    const centered = double.matMul(y, y, n >= D, n < D);
    // To YᵀY a mean m adds n mᵀm; to YYᵀ its overlap with each row, twice, and its own square.
    const overlaps = () => {
      const [own, square] = [y, mean].map((rows) => double.matMul(rows, mean, false, true));
      return double.add(double.add(own, square), double.matMul(mean, y, false, true));
    };
    const added = n >= D ? double.matMul(double.reduce('Sum', x, 1), mean, true) : overlaps();
    // All 2K in one call, which spreads them over the threads.
    const grams = double.concat(double.add(centered, added), centered);
    return double.read(double.sqrt(double.eigen(grams, false)[0]));
  });
  const spectra = (from: number) =>
    Array.from({ length: K }, (_, k) => values.slice((from + k) * size, (from + k + 1) * size));
  return { raw: spectra(0), centered: spectra(K) };
}
