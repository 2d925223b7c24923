import { type Attribute, backend, type Handle, handleOf } from '../../compile/backend';
import type { tf } from '../../environment/tensorflow';

/** TensorFlow's own number for float64, a type that tfjs has no name for. */
const TF_DOUBLE = 2;

/** A float64 tensor that lives inside one {@link float64} call. */
export type Double = Pick<Handle, 'id' | 'shape'>;

/**
 * Runs linear algebra in float64 on TensorFlow's own kernels. tfjs has no float64 tensors, so these are bare
 * handles, freed when `work` returns or throws; what should outlive it is read back as numbers.
 */
export function float64<T>(work: (double: Float64) => T): T {
  const scope = new Float64();
  try {
    return work(scope);
  } finally {
    scope.free();
  }
}

/** The few float64 operations that the measures need; batched over leading dimensions. */
export class Float64 {
  private readonly binding = backend().binding;
  private readonly handles: number[] = [];
  private readonly T = this.type('T', TF_DOUBLE);

  /** A float32 tensor in float64. */
  from(tensor: tf.Tensor): Double {
    return this.widen({ id: handleOf(tensor), shape: tensor.shape });
  }

  /** Float64 numbers, exact to 48 bits: they cross as a float32 and its remainder, since the binding takes no float64. */
  numbers(values: Float64Array, shape: number[]): Double {
    const high = Float32Array.from(values);
    const low = Float32Array.from(values, (value, i) => value - high[i]);
    const [a, b] = [high, low].map((part) => {
      const id = this.binding.createTensor(shape, this.binding.TF_FLOAT, part);
      this.handles.push(id);
      return this.widen({ id, shape });
    });
    return this.add(a, b);
  }

  /** Matrix product of a and b, either transposed on demand. */
  matMul(a: Double, b: Double, transposeA = false, transposeB = false): Double {
    const flags = [this.flag('adj_x', transposeA), this.flag('adj_y', transposeB)];
    return this.run('BatchMatMulV2', [this.T, ...flags], a, b);
  }

  /** Mean over one axis, which stays with length 1. */
  mean(a: Double, axis: number): Double {
    return this.reduce('Mean', a, axis);
  }

  /** Sum over one axis, which stays with length 1. */
  sum(a: Double, axis: number): Double {
    return this.reduce('Sum', a, axis);
  }

  /** Difference, broadcast. */
  sub(a: Double, b: Double): Double {
    return this.run('Sub', [this.T], a, b);
  }

  /** Two batches, one after the other along the first axis. */
  concat(a: Double, b: Double): Double {
    const count = { name: 'N', type: this.binding.TF_ATTR_INT, value: 2 };
    const attributes = [this.T, count, this.type('Tidx', this.binding.TF_INT32)];
    return this.run('ConcatV2', attributes, a, b, this.integer(0));
  }

  /** Eigenvalues of symmetric matrices, ascending. */
  eigenvalues(a: Double): Double {
    return this.execute('SelfAdjointEigV2', [this.T, this.flag('compute_v', false)], 2, [a])[0];
  }

  /** Eigenvalues of symmetric matrices, ascending, and their eigenvectors, one a column. */
  eigen(a: Double): [Double, Double] {
    const attributes = [this.T, this.flag('compute_v', true)];
    const [values, vectors] = this.execute('SelfAdjointEigV2', attributes, 2, [a]);
    return [values, vectors];
  }

  /** Sum, broadcast. */
  add(a: Double, b: Double): Double {
    return this.run('AddV2', [this.T], a, b);
  }

  /** Inverses of square matrices. */
  inverse(a: Double): Double {
    return this.run('MatrixInverse', [this.T, this.flag('adjoint', false)], a);
  }

  /** Square roots, of 0 for what rounding made negative. */
  sqrt(a: Double): Double {
    return this.run('Sqrt', [this.T], this.run('Relu', [this.T], a));
  }

  /** Numbers of a tensor, exact to 48 bits: as with {@link numbers}, the binding reads no float64. */
  read(a: Double): Float64Array {
    const high = this.narrow(a);
    const low = this.narrow(this.sub(a, this.widen(high)));
    const rest = this.binding.tensorDataSync(low.id);
    return Float64Array.from(this.binding.tensorDataSync(high.id), (value, i) => value + rest[i]);
  }

  free(): void {
    for (const id of this.handles.splice(0)) this.binding.deleteTensor(id);
  }

  private widen(a: Double): Double {
    const types = [this.type('SrcT', this.binding.TF_FLOAT), this.type('DstT', TF_DOUBLE)];
    return this.run('Cast', types, a);
  }

  private narrow(a: Double): Double {
    const types = [this.type('SrcT', TF_DOUBLE), this.type('DstT', this.binding.TF_FLOAT)];
    return this.run('Cast', types, a);
  }

  private reduce(name: string, a: Double, axis: number): Double {
    const index = this.type('Tidx', this.binding.TF_INT32);
    return this.run(name, [this.T, index, this.flag('keep_dims', true)], a, this.integer(axis));
  }

  private integer(value: number): Double {
    const id = this.binding.createTensor([], this.binding.TF_INT32, Int32Array.of(value));
    this.handles.push(id);
    return { id, shape: [] };
  }

  private run(name: string, attributes: Attribute[], ...inputs: Double[]): Double {
    return this.execute(name, attributes, 1, inputs)[0];
  }

  private execute(
    name: string,
    attributes: Attribute[],
    outputs: number,
    inputs: Double[],
  ): Double[] {
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
