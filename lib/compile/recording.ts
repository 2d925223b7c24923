import { Problem } from '../files/problem';
import { type Attribute, backend, type Handle, type Values } from './backend';
import { argumentSize, attributesOf, encoded, operation, shapeOf } from './operations';
import type { Argument, AttrValues, RecordedNode, Source } from './record';

/** Constants of so many numbers or more are looked at: autodiff makes ones and zeros as large as activations. */
const LONG = 256;
/** Constants of more numbers are arguments instead: written into the function they would cost seconds and gigabytes. */
const LARGE = 2 ** 16;

/** Handles from here on stand for values that are never computed; TensorFlow's own count from 0. */
const STAND_IN = 0x40000000;
let standIns = STAND_IN;

/** True for the handle of a value that is never computed. */
export function isStandIn(id: number): boolean {
  return id >= STAND_IN;
}

/**
 * What a function does, operation by operation. Nothing is computed: each is also added to a graph from which TensorFlow
 * tells the types and shapes of its results, which is all that tfjs needs to go on.
 */
export class Recording {
  readonly nodes: RecordedNode[] = [];
  readonly args: Argument[] = [];
  private readonly real = backend().binding;
  private readonly graph = this.real.newGraph!();
  private operations = 0;
  private readonly sources = new Map<number, Source>();
  /** The graph's operation for each node; arguments have negative numbers in both. */
  private readonly places = new Map<number, number>();

  /**
   * @param name of what is recorded, for messages.
   * @param outside takes a tensor that was made before the record, by its handle, as an argument.
   */
  constructor(
    private readonly name: string,
    private readonly outside: (id: number) => Source,
  ) {}

  /** Adds an argument. */
  argument(argument: Omit<Argument, 'assigned'>): Source {
    const { dtype, shape } = argument;
    const node = -this.args.push({ ...argument });
    const attributes = { dtype: { type: dtype }, shape: { shape: shapeOf(shape) } };
    this.place(node, 'Placeholder', [], attributes);
    return { node, output: 0, dtype };
  }

  /** A handle that stands for a recorded value. */
  standIn(source: Source): number {
    this.know(standIns, source);
    return standIns++;
  }

  /** From here on this handle stands for that value. */
  know(id: number, source: Source): void {
    this.sources.set(id, source);
  }

  /** Where the value of a handle comes from. */
  source(id: number): Source {
    const found = this.sources.get(id) ?? this.outside(id);
    this.know(id, found);
    return found;
  }

  /** Records one operation on handles; gives handles that stand for its results. */
  add(op: string, attributes: readonly Attribute[], inputs: readonly number[]): Handle[] {
    const results = this.node(
      op,
      attributes,
      inputs.map((id) => this.source(id)),
    );
    return results.map(({ shape, dtype, source }) => ({ id: this.standIn(source), shape, dtype }));
  }

  /**
   * Records numbers that tfjs hands over: as a constant, one number that fills a shape, or, where there are very many, an
   * argument. @param known the handle of a tensor that already holds them, if there is one.
   */
  constant(shape: number[], dtype: number, values: Values, known?: number): Source {
    const size = typeof values === 'number' ? 1 : values.length;
    if (typeof values === 'number' || size < LONG) return this.literal(shape, dtype, values);
    if (areEqual(values)) {
      const dims = this.literal([shape.length], this.real.TF_INT32, shape);
      return this.node('Fill', [], [dims, this.literal([], dtype, [values[0]])])[0].source;
    }
    if (size <= LARGE) return this.literal(shape, dtype, values);
    const id = known ?? this.real.createTensor(shape, dtype, values);
    try {
      return this.outside(id);
    } finally {
      if (known === undefined) this.real.deleteTensor(id);
    }
  }

  private node(op: string, attributes: readonly Attribute[], inputs: readonly Source[]) {
    const definition = operation(this.real, op);
    const attr = attributesOf(this.real, definition, attributes, inputs);
    // A list of inputs is told by its length, a single one by −1; then the graph's operation and its output.
    let at = 0;
    const links = definition.inputArg.flatMap((arg) => {
      const size = argumentSize(arg, definition.inputArg.length, inputs.length);
      const part = inputs.slice(at, (at += size));
      const pairs = part.flatMap(({ node, output }) => [this.places.get(node)!, output]);
      return [arg.numberAttr ? size : -1, ...pairs];
    });
    const node = this.nodes.length;
    const outputs = this.place(node, op, links, attr);
    if (outputs.some(({ shape }) => shape.some((size) => size < 0))) {
      throw new Problem(
        `${this.name} cannot be compiled: the shape of what ${op} gives depends on values, not on shapes.`,
      );
    }
    this.nodes.push({ op, attr, inputs, outputs: outputs.length });
    return outputs.map(({ shape, dtype }, output) => {
      return { shape, dtype, source: { node, output, dtype } };
    });
  }

  private literal(shape: number[], dtype: number, values: Values): Source {
    const tensorContent = this.bytes(dtype, values);
    const tensor = { dtype, tensorShape: shapeOf(shape), tensorContent };
    const attr = { dtype: { type: dtype }, value: { tensor } };
    const node = this.nodes.length;
    this.place(node, 'Const', [], attr);
    this.nodes.push({ op: 'Const', attr, inputs: [], outputs: 1 });
    return { node, output: 0, dtype };
  }

  private bytes(dtype: number, values: Values): Uint8Array {
    const { TF_FLOAT, TF_INT32, TF_INT64, TF_BOOL } = this.real;
    const list = typeof values === 'number' ? [values] : values;
    if (dtype === TF_FLOAT) return new Uint8Array(Float32Array.from(list).buffer);
    if (dtype === TF_INT32) return new Uint8Array(Int32Array.from(list).buffer);
    if (dtype === TF_INT64) return new Uint8Array(BigInt64Array.from(list, BigInt).buffer);
    if (dtype === TF_BOOL) return Uint8Array.from(list);
    const kind = dtype === this.real.TF_STRING ? 'Strings' : `Constants of type ${dtype}`;
    throw new Problem(`${this.name}: ${kind} cannot be compiled; use float32, int32 or bool.`);
  }

  /** Adds an operation to the graph; gives types and shapes of its results. */
  private place(node: number, op: string, links: number[], attributes: AttrValues) {
    this.places.set(node, this.operations);
    const values = Object.values(attributes).map((value) => encoded('AttrValue', value));
    try {
      const names = Object.keys(attributes);
      const results = this.real.addOperation!(this.graph, op, links, names, values);
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
