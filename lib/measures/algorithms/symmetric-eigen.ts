import { float64 } from './float64';

/** Eigenvalues of one symmetric matrix, ascending, and the eigenvectors that belong to them. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  /** `vectors[i]` is the unit eigenvector of `values[i]`. */
  readonly vectors: Float64Array[];
}

/** All eigenvalues, ascending, of symmetric n × n matrices, in float64 by TensorFlow's dense solver. */
export function symmetricEigenvalues(matrices: readonly Float64Array[], n: number): Float64Array[] {
  const all = new Float64Array(matrices.length * n * n);
  matrices.forEach((matrix, k) => {
    all.set(matrix, k * n * n);
  });
  const values = float64((double) =>
    double.read(double.eigenvalues(double.numbers(all, [matrices.length, n, n]))),
  );
  return matrices.map((_, k) => values.slice(k * n, (k + 1) * n));
}

/** Eigenvalues and eigenvectors of a symmetric n × n matrix, row by row, in float64. */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  return float64((double) => {
    const [values, columns] = double
      .eigen(double.numbers(matrix, [n, n]))
      .map((part) => double.read(part));
    const vectors = Array.from({ length: n }, (_, i) =>
      Float64Array.from({ length: n }, (_, row) => columns[row * n + i]),
    );
    return { values, vectors };
  });
}
