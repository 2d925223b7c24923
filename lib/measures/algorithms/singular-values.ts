import type { tf } from '../../environment/tensorflow';
import { float64 } from './float64';

/** Spectra of a batch of matrices; each holds min(n, D) values, ascending, none negative. */
export interface Spectra {
  /** Of the matrices as they are. */
  readonly raw: Float32Array[];
  /** Of the matrices less the mean of their rows. */
  readonly centered: Float32Array[];
}

/**
 * Singular values of each matrix in a batch, as it is and centered: square roots of the eigenvalues of the
 * smaller Gram matrix, in float64 throughout. Float64 is what makes squaring safe: in float32 it drowns the
 * small values of a collapsed spectrum (RankMe is off by up to 7 %); in float64 RankMe agrees with the
 * float64 SVD to 3e-6 on the worst spectra tried (constant plus noise of 1e-7), at a quarter of its cost.
 *
 * @param matrices float32 `[K, n, D]`.
 */
export function singularValues(matrices: tf.Tensor3D): Spectra {
  const [K, n, D] = matrices.shape;
  const size = Math.min(n, D);
  const rowsOf = (values: Float32Array) =>
    Array.from({ length: K }, (_, k) => values.slice(k * size, (k + 1) * size));
  return float64((double) => {
    const x = double.from(matrices);
    const [raw, centered] = [x, double.center(x, 1)].map((batch) => {
      const gram = double.matMul(batch, batch, n >= D, n < D);
      return rowsOf(double.read(double.sqrt(double.eigenvalues(gram))));
    });
    return { raw, centered };
  });
}
