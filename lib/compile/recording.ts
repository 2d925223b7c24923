import { Problem } from '../environment/problem';
import { argumentSize, attributesOf, constantAttributes, shapeOf } from './attributes';
import { type Attribute, type Binding, backend, type Handle } from './backend';
import { encodeAttribute, operation } from './operations';

/** Where a recorded value comes from: one output of a node. */
export interface Source {
  readonly node: number;
  readonly output: number;
  readonly dtype: number;
}

/** A tensor whose values are part of the record. */
export interface Constant {
  readonly shape: number[];
  readonly dtype: number;
  readonly bytes: Uint8Array;
}

/** One operation of the record, or a constant. */
export interface RecordedNode {
  readonly op: string;
  readonly attributes: readonly Attribute[];
  readonly inputs: readonly Source[];
  readonly outputs: readonly Handle[];
  /** For `Const` alone. */
  readonly constant?: Constant;
}

/** A value's place in the record, and its shape. */
export interface Outside {
  readonly source: Source;
  readonly shape: readonly number[];
}

/** Constants of so many numbers or more are looked at: autodiff makes ones and zeros as large as activations. */
const LONG = 256;

/** Handles from here on stand for values that are never computed; TensorFlow's own count from 0. */
const UNCOMPUTED = 0x40000000;
let uncomputed = UNCOMPUTED;

/**
 * Everything that tfjs asks its native half to do while `work` runs. Nothing is computed: each operation is
 * written down and added to a graph from which TensorFlow tells the types and shapes of its results, which is
 * all that tfjs needs to go on. So a record costs neither the time nor the memory of a run. A tensor made
 * before counts as an input of the record, and `outside` says which.
 */
export class Recording {
  readonly nodes: RecordedNode[] = [];
  private readonly real: Binding = backend().binding;
  private readonly graph = this.real.newGraph!();
  private operations = 0;
  /** Values that tfjs has taken in during the recording, tf.ones and the like. */
  private readonly written = new WeakSet<object>();
  private readonly sources = new Map<number, Source>();
  /** The graph's operation for each node; arguments have negative numbers in both. */
  private readonly places = new Map<number, number>();

  /**
   * @param name of what is recorded, for messages.
   * @param outside gives the source of a tensor that was made before the recording.
   */
  constructor(
    private readonly name: string,
    private readonly outside: (id: number) => Outside,
  ) {}

  /** An argument of the record: a handle that can be used in {@link during}. */
  argument(source: Source, shape: readonly number[]): Handle {
    this.placeholder(source, shape);
    const id = uncomputed++;
    this.sources.set(id, source);
    return { id, shape: [...shape], dtype: source.dtype };
  }

  /** Runs `work` and records it; tensors made in it must not be used, nor disposed, after it. */
  during<T>(work: () => T): T {
    const owner = backend();
    const { real } = this;
    const watched = Object.create(real) as Binding;
    const replace = (method: keyof Binding, value: unknown) =>
      Object.defineProperty(watched, method, { value });
    replace('executeOp', (op: string, attributes: Attribute[], inputs: number[]) =>
      this.add(op, attributes, inputs),
    );
    replace(
      'createTensor',
      (shape: number[], dtype: number, values: ArrayLike<number> | number) => {
        // A tensor from outside that is used for the first time hands over its values now, and for good.
        const inside = typeof values === 'object' && this.written.has(values);
        const id = inside ? uncomputed++ : real.createTensor(shape, dtype, values);
        this.sources.set(id, this.constant(shape, dtype, values));
        return id;
      },
    );
    replace('deleteTensor', (id: number) => {
      if (id < UNCOMPUTED) real.deleteTensor(id);
    });
    replace('tensorDataSync', () => {
      throw new Problem(
        `${this.name} reads a tensor's values (dataSync, arraySync or data) while it is being compiled: ` +
          'return the tensor and read it outside.',
      );
    });
    owner.binding = watched;
    owner.write = (values, ...rest) => {
      if (typeof values === 'object') this.written.add(values);
      return Object.getPrototypeOf(owner).write.call(owner, values, ...rest);
    };
    try {
      return work();
    } finally {
      owner.binding = real;
      delete (owner as Partial<typeof owner>).write;
    }
  }

  /** Where a tensor comes from. */
  source(id: number): Source {
    let found = this.sources.get(id);
    if (!found) {
      const { source, shape } = this.outside(id);
      this.placeholder(source, shape);
      this.sources.set(id, source);
      found = source;
    }
    return found;
  }

  private add(op: string, attributes: readonly Attribute[], inputs: readonly number[]): Handle[] {
    const from = inputs.map((id) => this.source(id));
    const definition = operation(this.real, op);
    const recorded = { op, attributes, inputs: from };
    const values = attributesOf(this.real, definition, recorded);
    // A list of inputs is told by its length, a single one by −1; then the graph's operation and its output.
    let at = 0;
    const links = definition.inputArg.flatMap((arg) => {
      const size = argumentSize(arg, definition.inputArg.length, from.length);
      const part = from.slice(at, (at += size));
      const pairs = part.flatMap(({ node, output }) => [this.places.get(node)!, output]);
      return [arg.numberAttr ? size : -1, ...pairs];
    });
    const node = this.nodes.length;
    const outputs = this.place(node, op, links, values).map(({ shape, dtype }, output) => {
      if (shape.some((size) => size < 0)) {
        throw new Problem(
          `${this.name} cannot be compiled: the shape of what ${op} gives depends on values, not on shapes.`,
        );
      }
      const id = uncomputed++;
      this.sources.set(id, { node, output, dtype });
      return { id, shape, dtype };
    });
    this.nodes.push({ ...recorded, outputs });
    return outputs;
  }

  /** A constant of the record; many equal numbers are written as one that fills a shape. */
  private constant(shape: number[], dtype: number, values: ArrayLike<number> | number): Source {
    const size = typeof values === 'number' ? 1 : values.length;
    if (typeof values === 'number' || size < LONG || !areEqual(values)) {
      return this.literal(shape, dtype, values);
    }
    const op = 'Fill';
    const dims = this.literal([shape.length], this.real.TF_INT32, shape);
    const inputs = [dims, this.literal([], dtype, [values[0]])];
    const attributes = attributesOf(this.real, operation(this.real, op), {
      ...{ op, inputs, attributes: [] },
    });
    const node = this.nodes.length;
    const links = inputs.flatMap((input) => [-1, this.places.get(input.node)!, 0]);
    this.place(node, op, links, attributes);
    this.nodes.push({ op, attributes: [], inputs, outputs: [{ id: -1, shape, dtype }] });
    return { node, output: 0, dtype };
  }

  private literal(shape: number[], dtype: number, values: ArrayLike<number> | number): Source {
    const constant = { shape, dtype, bytes: constantBytes(this.real, dtype, values) };
    const node = this.nodes.length;
    this.place(node, 'Const', [], constantAttributes(constant));
    const outputs = [{ id: -1, shape, dtype }];
    this.nodes.push({ op: 'Const', attributes: [], inputs: [], outputs, constant });
    return { node, output: 0, dtype };
  }

  private placeholder(source: Source, shape: readonly number[]): void {
    const attributes = { dtype: { type: source.dtype }, shape: { shape: shapeOf(shape) } };
    this.place(source.node, 'Placeholder', [], attributes);
  }

  private place(node: number, op: string, links: number[], attributes: Record<string, object>) {
    this.places.set(node, this.operations);
    const encoded = Object.values(attributes).map(encodeAttribute);
    try {
      const names = Object.keys(attributes);
      const results = this.real.addOperation!(this.graph, op, links, names, encoded);
      this.operations++;
      return results;
    } catch (error) {
      const message = (error as Error).message.split('\n')[0];
      throw new Problem(`${this.name} cannot be compiled: ${op} says "${message}".`);
    }
  }
}

function areEqual(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

/** TensorFlow's number for int64, which tfjs uses for the arguments of a few operations. */
const TF_INT64 = 9;

function constantBytes(
  binding: Binding,
  dtype: number,
  values: ArrayLike<number> | number,
): Uint8Array {
  const list = typeof values === 'number' ? [values] : Array.from(values);
  if (dtype === binding.TF_FLOAT) return new Uint8Array(Float32Array.from(list).buffer);
  if (dtype === binding.TF_INT32) return new Uint8Array(Int32Array.from(list).buffer);
  if (dtype === binding.TF_BOOL) return Uint8Array.from(list);
  if (dtype === TF_INT64) return new Uint8Array(BigInt64Array.from(list.map(BigInt)).buffer);
  throw new Problem(
    `A constant of TensorFlow's type ${dtype} cannot be compiled: use float32, int32 or bool.`,
  );
}
