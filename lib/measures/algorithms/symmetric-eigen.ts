import { float64 } from './float64';

/** All eigenvalues, ascending, of a symmetric n × n matrix, in float64 by TensorFlow's dense solver. */
export function symmetricEigenvalues(matrix: Float64Array, n: number): Float64Array {
  return float64((double) => double.read(double.eigenvalues(double.numbers(matrix, [n, n]))));
}

/** Eigenvalues of a symmetric n × n matrix, and `vectors[i]`, the unit eigenvector of `values[i]`. */
export function symmetricEigen(
  matrix: Float64Array,
  n: number,
): { readonly values: Float64Array; readonly vectors: Float64Array[] } {
  return float64((double) => {
    const parts = double.eigen(double.numbers(matrix, [n, n]));
    const [values, columns] = parts.map((part) => double.read(part));
    const vectors = Array.from({ length: n }, (_, i) =>
      Float64Array.from({ length: n }, (_, row) => columns[row * n + i]),
    );
    return { values, vectors };
  });
}
