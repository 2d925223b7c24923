/** A symmetric matrix known only by what it does to a vector. */
export interface LinearOperator {
  /** Rows and columns, P. */
  readonly size: number;
  /** Product with a vector of `size` numbers, as a new vector. */
  matvec(vector: Float64Array): Float64Array;
}

/** A symmetric n × n matrix, row by row, as an operator. */
export function denseOperator(matrix: ArrayLike<number>, n: number): LinearOperator {
  if (matrix.length !== n * n) {
    throw new RangeError(`A ${n} × ${n} operator needs ${n * n} numbers and got ${matrix.length}.`);
  }
  return {
    size: n,
    matvec: (vector) =>
      Float64Array.from({ length: n }, (_, row) => {
        let sum = 0;
        for (let column = 0; column < n; column++) sum += matrix[row * n + column] * vector[column];
        return sum;
      }),
  };
}

/**
 * Product with a vector, checked.
 * @throws RangeError where the operator gives the wrong number of entries, or any that is not finite.
 */
export function apply(operator: LinearOperator, vector: Float64Array): Float64Array {
  const result = operator.matvec(vector);
  if (result.length !== operator.size) {
    throw new RangeError(
      `The operator of size ${operator.size} gave a vector of ${result.length} entries.`,
    );
  }
  let sum = 0;
  for (let i = 0; i < result.length; i++) sum += result[i];
  if (!Number.isFinite(sum)) {
    throw new RangeError('The operator gave a vector that is not finite: is the loss finite here?');
  }
  return result;
}
