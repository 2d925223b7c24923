import { type Attribute, backend, type Handle, handleOf } from '../../compile/backend';
import type { tf } from '../../environment/tensorflow';

/** TensorFlow's own number for float64, a type that tfjs has no name for. */
const TF_DOUBLE = 2;

/** A float64 tensor that lives inside one {@link float64} call. */
export type Double = Pick<Handle, 'id' | 'shape'>;

/**
 * Runs linear algebra in float64 on TensorFlow's own kernels. tfjs has no float64 tensors, so these are bare handles,
 * freed when `work` ends; what should outlive it is read back as numbers.
 */
export function float64<T>(work: (double: Float64) => T): T {
  const scope = new Float64();
  try {
    return work(scope);
  } finally {
    scope.free();
  }
}

/** The few float64 operations that the measures need; batched over leading dimensions, broadcast. */
export class Float64 {
  private readonly binding = backend().binding;
  private readonly handles: number[] = [];
  private readonly T = this.type('T', TF_DOUBLE);

  /** A float32 tensor in float64. */
  from(tensor: tf.Tensor): Double {
    const float = { id: handleOf(tensor), shape: tensor.shape };
    return this.cast(float, this.binding.TF_FLOAT, TF_DOUBLE);
  }

  /** Float64 numbers, exact to 48 bits: they cross as a float32 and its remainder, since the binding takes no float64. */
  numbers(values: Float64Array, shape: number[]): Double {
    const { TF_FLOAT } = this.binding;
    const high = Float32Array.from(values);
    const low = Float32Array.from(values, (value, i) => value - high[i]);
    const [a, b] = [high, low].map((part) =>
      this.cast(this.put(shape, TF_FLOAT, part), TF_FLOAT, TF_DOUBLE),
    );
    return this.add(a, b);
  }

  /** Matrix product of a and b, either transposed on demand. */
  matMul(a: Double, b: Double, transposeA = false, transposeB = false): Double {
    const flags = [this.flag('adj_x', transposeA), this.flag('adj_y', transposeB)];
    return this.run('BatchMatMulV2', [this.T, ...flags], a, b)[0];
  }

  /** Mean, or sum, over one axis, which stays with length 1. */
  reduce(kind: 'Mean' | 'Sum', a: Double, axis: number): Double {
    const attributes = [this.T, this.index, this.flag('keep_dims', true)];
    return this.run(kind, attributes, a, this.integer(axis))[0];
  }

  add(a: Double, b: Double): Double {
    return this.run('AddV2', [this.T], a, b)[0];
  }

  sub(a: Double, b: Double): Double {
    return this.run('Sub', [this.T], a, b)[0];
  }

  /** Two batches, one after the other along the first axis. */
  concat(a: Double, b: Double): Double {
    const count = { name: 'N', type: this.binding.TF_ATTR_INT, value: 2 };
    return this.run('ConcatV2', [this.T, count, this.index], a, b, this.integer(0))[0];
  }

  /** Eigenvalues of symmetric matrices, ascending, and, where asked for, their eigenvectors, one a column. */
  eigen(a: Double, vectors: boolean): Double[] {
    return this.run('SelfAdjointEigV2', [this.T, this.flag('compute_v', vectors)], a);
  }

  /** Inverses of square matrices. */
  inverse(a: Double): Double {
    return this.run('MatrixInverse', [this.T, this.flag('adjoint', false)], a)[0];
  }

  /** Square roots, of 0 for what rounding made negative. */
  sqrt(a: Double): Double {
    return this.run('Sqrt', [this.T], this.run('Relu', [this.T], a)[0])[0];
  }

  /** Numbers of a tensor, exact to 48 bits: as with {@link numbers}, the binding reads no float64. */
  read(a: Double): Float64Array {
    const { TF_FLOAT } = this.binding;
    const high = this.cast(a, TF_DOUBLE, TF_FLOAT);
    const low = this.cast(this.sub(a, this.cast(high, TF_FLOAT, TF_DOUBLE)), TF_DOUBLE, TF_FLOAT);
    const rest = this.binding.tensorDataSync(low.id);
    return Float64Array.from(this.binding.tensorDataSync(high.id), (value, i) => value + rest[i]);
  }

  free(): void {
    for (const id of this.handles.splice(0)) this.binding.deleteTensor(id);
  }

  private get index(): Attribute {
    return this.type('Tidx', this.binding.TF_INT32);
  }

  private cast(a: Double, from: number, to: number): Double {
    return this.run('Cast', [this.type('SrcT', from), this.type('DstT', to)], a)[0];
  }

  private integer(value: number): Double {
    return this.put([], this.binding.TF_INT32, Int32Array.of(value));
  }

  private put(shape: number[], dtype: number, values: Float32Array | Int32Array): Double {
    const id = this.binding.createTensor(shape, dtype, values);
    this.handles.push(id);
    return { id, shape };
  }

  private run(name: string, attributes: Attribute[], ...inputs: Double[]): Double[] {
    const outputs = name === 'SelfAdjointEigV2' ? 2 : 1;
    const ids = inputs.map(({ id }) => id);
    const results = this.binding.executeOp(name, attributes, ids, outputs);
    this.handles.push(...results.map(({ id }) => id));
    return results;
  }

  private type(name: string, value: number): Attribute {
    return { name, type: this.binding.TF_ATTR_TYPE, value };
  }

  private flag(name: string, value: boolean): Attribute {
    return { name, type: this.binding.TF_ATTR_BOOL, value };
  }
}

/** All eigenvalues, ascending, of a symmetric n × n matrix, in float64 by TensorFlow's dense solver. */
export function symmetricEigenvalues(matrix: Float64Array, n: number): Float64Array {
  return float64((double) => double.read(double.eigen(double.numbers(matrix, [n, n]), false)[0]));
}

/** Eigenvalues of a symmetric n × n matrix, and `vectors[i]`, the unit eigenvector of `values[i]`. */
export function symmetricEigen(matrix: Float64Array, n: number) {
  return float64((double) => {
    const parts = double.eigen(double.numbers(matrix, [n, n]), true);
    const [values, columns] = parts.map((part) => double.read(part));
    const vectors = Array.from({ length: n }, (_, i) =>
      Float64Array.from({ length: n }, (_, row) => columns[row * n + i]),
    );
    return { values, vectors };
  });
}
