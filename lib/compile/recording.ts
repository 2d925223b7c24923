import { Problem } from '../environment/problem';
import { type Attribute, type Binding, backend, type Handle } from './backend';

/** Where a recorded value comes from: one output of a node. */
export interface Source {
  readonly node: number;
  readonly output: number;
  readonly dtype: number;
}

/** One operation of the record, or a constant. */
export interface RecordedNode {
  readonly op: string;
  readonly attributes: readonly Attribute[];
  readonly inputs: readonly Source[];
  readonly outputs: readonly Handle[];
  /** For `Const` alone. */
  readonly constant?: { shape: number[]; dtype: number; bytes: Uint8Array };
}

/**
 * Everything that tfjs asks its native half to do while `work` runs. Each operation is carried out as usual
 * and written down; a tensor made before counts as an input of the record, and `outside` says which.
 */
export class Recording {
  readonly nodes: RecordedNode[] = [];
  private readonly sources = new Map<number, Source>();

  /**
   * @param name of what is recorded, for messages.
   * @param outside gives the source of a tensor that was made before the recording.
   */
  constructor(
    private readonly name: string,
    private readonly outside: (id: number) => Source,
  ) {}

  /** Runs `work` and records it. */
  during<T>(work: () => T): T {
    const owner = backend();
    const real = owner.binding;
    const watched = Object.create(real) as Binding;
    const replace = (method: keyof Binding, value: unknown) =>
      Object.defineProperty(watched, method, { value });
    replace('executeOp', (op: string, attributes: Attribute[], inputs: number[], count: number) => {
      const from = inputs.map((id) => this.source(id));
      const outputs = real.executeOp(op, attributes, inputs, count);
      this.add({ op, attributes, inputs: from, outputs });
      return outputs;
    });
    replace(
      'createTensor',
      (shape: number[], dtype: number, values: ArrayLike<number> | number) => {
        const id = real.createTensor(shape, dtype, values);
        const bytes = constantBytes(real, dtype, values);
        this.add({
          op: 'Const',
          attributes: [],
          inputs: [],
          outputs: [{ id, shape, dtype }],
          constant: { shape, dtype, bytes },
        });
        return id;
      },
    );
    replace('tensorDataSync', () => {
      throw new Problem(
        `${this.name} reads a tensor's values (dataSync, arraySync or data) while it is being compiled: ` +
          'return the tensor and read it outside.',
      );
    });
    owner.binding = watched;
    try {
      return work();
    } finally {
      owner.binding = real;
    }
  }

  /** Where a tensor comes from. */
  source(id: number): Source {
    let found = this.sources.get(id);
    if (!found) {
      found = this.outside(id);
      this.sources.set(id, found);
    }
    return found;
  }

  private add(node: RecordedNode): void {
    const index = this.nodes.push(node) - 1;
    for (const [output, { id, dtype }] of node.outputs.entries()) {
      this.sources.set(id, { node: index, output, dtype });
    }
  }
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
