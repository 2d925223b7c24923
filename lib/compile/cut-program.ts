import { type Attribute, type Binding, backend, type Handle } from './backend';
import { type Argument, argumentSource } from './function-definition';
import { type Program, type Record, WholeProgram } from './program';
import type { RecordedNode, Source } from './recording';

/** TensorFlow's number for bfloat16, and the bytes of one. */
const BFLOAT16 = 14;
const PRODUCT = 'BatchMatMulV2';
/** A product all of whose sides are this long gains more in bf16 than the cut costs. */
const LONG_SIDE = 64;
/** A value that can be computed anew from so many times its own bytes is not kept. */
const CHEAP = 1.25;

/** Operations that cost no more than reading their inputs: computed anew in every segment that needs them. */
const LIGHT = new Set(
  (
    'Add AddV2 Sub Mul RealDiv Neg Square Sqrt Rsqrt Tanh Exp Log Pow Sigmoid Relu Abs Minimum Maximum Cast Reshape ' +
    'Identity Fill Const OneHot BroadcastTo ExpandDims Squeeze Select SelectV2 Greater GreaterEqual Less LessEqual ' +
    'Equal NotEqual LogicalAnd LogicalOr LogicalNot IsFinite IsNan ZerosLike OnesLike'
  ).split(' '),
);

/** A stretch of the record between products: what it takes in and gives, and its compiled form. */
interface Segment {
  readonly program: WholeProgram;
  /** Values that are made elsewhere, then arguments of the whole record. */
  readonly inputs: readonly string[];
  readonly args: readonly number[];
  readonly outputs: readonly string[];
}

/** A product that is run by itself. */
interface Product {
  readonly attributes: Attribute[];
  readonly inputs: readonly string[];
  readonly output: string;
}

/**
 * A record cut at its matrix products: those run one by one in bfloat16, by the kernels of TensorFlow's oneDNN,
 * and all between them runs compiled, in float32. A product's operands are rounded to 8 bits of mantissa and
 * so is its result, as under PyTorch's autocast; variables stay float32.
 *
 * Between segments only products, operands and what is costly to compute are kept; the rest is computed anew.
 */
export class CutProgram implements Program {
  private readonly stages: { segment?: Segment; products: Product[]; last: string[] }[] = [];
  private readonly binding: Binding = backend().binding;
  /** Layers that are alike have segments that are alike; each is compiled once. */
  private readonly programs = new Map<string, WholeProgram>();

  constructor(name: string, record: Record) {
    const plan = new Plan(lower(this.binding, record));
    for (let stage = 0; stage <= plan.lastStage; stage++) {
      this.stages.push({
        segment: plan.segment(stage, `${name} ${stage}`, this.programs),
        products: plan.products(stage),
        last: [],
      });
    }
    // Each value is given back after the stage that uses it last.
    const lastUse = new Map<string, number>();
    this.stages.forEach(({ segment, products }, stage) => {
      for (const key of segment?.outputs ?? []) lastUse.set(key, stage);
      for (const key of segment?.inputs ?? []) lastUse.set(key, stage);
      for (const { inputs, output } of products) {
        for (const key of [...inputs, output]) lastUse.set(key, stage);
      }
    });
    for (const [key, stage] of lastUse) this.stages[stage].last.push(key);
  }

  run(ids: readonly number[]): Handle[] {
    const { binding } = this;
    const values = new Map<string, number>();
    const release = (key: string) => {
      binding.deleteTensor(values.get(key)!);
      values.delete(key);
    };
    let results: Handle[] = [];
    try {
      this.stages.forEach(({ segment, products, last }, stage) => {
        if (segment) {
          const inputs = [
            ...segment.inputs.map((key) => values.get(key)!),
            ...segment.args.map((index) => ids[index]),
          ];
          const made = segment.program.run(inputs);
          if (stage === this.stages.length - 1) results = made;
          else {
            segment.outputs.forEach((key, i) => {
              values.set(key, made[i].id);
            });
          }
        }
        for (const { attributes, inputs, output } of products) {
          const operands = inputs.map((key) => values.get(key)!);
          values.set(output, binding.executeOp(PRODUCT, attributes, operands, 1)[0].id);
        }
        for (const key of last) release(key);
      });
      return results;
    } finally {
      for (const key of [...values.keys()]) release(key);
    }
  }

  dispose(): void {
    for (const program of this.programs.values()) program.dispose();
  }
}

/** The record with its large products in bfloat16, each between casts. */
function lower(binding: Binding, { args, nodes, results }: Record): Record {
  const float = binding.TF_FLOAT;
  const lowered: RecordedNode[] = [];
  const moved = new Map<number, number>();
  const casts = new Map<string, Source>();
  const move = (source: Source): Source =>
    source.node < 0 ? source : { ...source, node: moved.get(source.node)! };
  const add = (node: RecordedNode, dtype: number): Source => ({
    node: lowered.push(node) - 1,
    output: 0,
    dtype,
  });
  const cast = (from: Source, shape: number[], dtype: number): Source => {
    const attributes = [
      { name: 'SrcT', type: binding.TF_ATTR_TYPE, value: from.dtype },
      { name: 'DstT', type: binding.TF_ATTR_TYPE, value: dtype },
    ];
    return add(
      { op: 'Cast', attributes, inputs: [from], outputs: [{ id: -1, shape, dtype }] },
      dtype,
    );
  };
  nodes.forEach((node, i) => {
    const inputs = node.inputs.map(move);
    const shapes = node.inputs.map((source) => shapeOf(args, nodes, source));
    const isLarge =
      node.op === PRODUCT &&
      node.inputs.every(({ dtype }) => dtype === float) &&
      shapes.every((shape) => shape.slice(-2).every((side) => side >= LONG_SIDE));
    if (!isLarge) {
      moved.set(i, lowered.push({ ...node, inputs }) - 1);
      return;
    }
    const operands = inputs.map((input, k) => {
      const key = keyOf(input);
      const found = casts.get(key) ?? cast(input, shapes[k], BFLOAT16);
      casts.set(key, found);
      return found;
    });
    const type = { name: 'T', type: binding.TF_ATTR_TYPE, value: BFLOAT16 };
    const attributes = [...node.attributes.filter(({ name }) => name !== 'T'), type];
    const { shape } = node.outputs[0];
    const outputs = [{ id: -1, shape, dtype: BFLOAT16 }];
    const product = add({ op: PRODUCT, attributes, inputs: operands, outputs }, BFLOAT16);
    moved.set(i, cast(product, shape, float).node);
  });
  const assigned = args.map((argument) => {
    const { variable } = argument;
    if (!variable?.assigned) return argument;
    return { ...argument, variable: { ...variable, assigned: move(variable.assigned) } };
  });
  return { args: assigned, nodes: lowered, results: results.map(move) };
}

/** Which node is computed in which segment. */
class Plan {
  readonly lastStage: number;
  /** For each node, the products on the longest way to it. */
  private readonly stage: number[] = [];
  private readonly isLight: boolean[] = [];
  /** For each stage: nodes to compute, and values and arguments that they need from elsewhere. */
  private readonly parts: { nodes: Set<number>; inputs: Map<string, Source>; args: Set<number> }[];
  /** Values that other stages need. */
  private readonly wanted = new Set<string>();

  constructor(private readonly record: Record) {
    const { nodes, args, results } = record;
    const sources: Map<string, number>[] = [];
    nodes.forEach((node, i) => {
      this.stage[i] = Math.max(
        0,
        ...node.inputs
          .filter(({ node }) => node >= 0)
          .map(({ node }) => this.stage[node] + (this.isProduct(node) ? 1 : 0)),
      );
      // What must be read to compute the node anew, with its bytes.
      const needs = new Map<string, number>();
      for (const input of node.inputs) {
        const from = input.node >= 0 && this.isLight[input.node] ? sources[input.node] : undefined;
        for (const [key, bytes] of from ?? [[keyOf(input), this.bytes(input)] as const]) {
          needs.set(key, bytes);
        }
      }
      sources[i] = needs;
      const own = node.outputs.length === 1 ? this.bytes({ ...FIRST, node: i }) : 0;
      const read = [...needs.values()].reduce((sum, bytes) => sum + bytes, 0);
      // Operands must be there as tensors, since the product between segments takes nothing else.
      const isOperand = node.op === 'Cast' && node.outputs[0].dtype === BFLOAT16;
      this.isLight[i] = LIGHT.has(node.op) && !isOperand && read <= CHEAP * own;
    });
    this.lastStage = Math.max(0, ...this.stage);
    const ends = [
      ...results,
      ...args.flatMap(({ variable }) => (variable?.assigned ? [variable.assigned] : [])),
    ];
    this.parts = Array.from({ length: this.lastStage + 1 }, () => ({
      nodes: new Set<number>(),
      inputs: new Map<string, Source>(),
      args: new Set<number>(),
    }));
    for (const end of ends) this.need(end, this.lastStage);
    args.forEach(({ variable }, i) => {
      if (variable?.assigned) this.parts[this.lastStage].args.add(i);
    });
  }

  /** The products whose operands are there once the stage's segment has run. */
  products(stage: number): Product[] {
    return this.record.nodes.flatMap(({ attributes, inputs }, i) =>
      this.isProduct(i) && this.stage[i] === stage && this.wanted.has(`${i}:0`)
        ? [{ attributes: [...attributes], inputs: inputs.map(keyOf), output: `${i}:0` }]
        : [],
    );
  }

  /** What is computed between the products of the stage before and those of this one; undefined for nothing. */
  segment(stage: number, name: string, programs: Map<string, WholeProgram>): Segment | undefined {
    const { record } = this;
    const isLast = stage === this.lastStage;
    const part = this.parts[stage];
    const inputs = [...part.inputs.keys()];
    const members = [...part.nodes].sort((a, b) => a - b);
    const outputs = members.flatMap((i) =>
      record.nodes[i].outputs.flatMap((_, output) =>
        this.stage[i] === stage && this.wanted.has(`${i}:${output}`) ? [`${i}:${output}`] : [],
      ),
    );
    if (!isLast && outputs.length === 0) return undefined;
    const args = [...part.args].sort((a, b) => a - b);
    const numbers = new Map(members.map((node, i) => [node, i]));
    const place = (source: Source): Source => {
      const { node, output, dtype } = source;
      if (node < 0) return argumentSource(inputs.length + args.indexOf(-1 - node), dtype);
      const number = numbers.get(node);
      if (number !== undefined) return { node: number, output, dtype };
      return argumentSource(inputs.indexOf(keyOf(source)), dtype);
    };
    const ownArgs = args.map((i): Argument => {
      const argument = record.args[i];
      if (!argument.variable) return argument;
      const { assigned } = argument.variable;
      const value = isLast && assigned ? place(assigned) : undefined;
      return { ...argument, variable: { ...argument.variable, assigned: value } };
    });
    const results = isLast
      ? record.results
      : outputs.map((key) => {
          const [node, output] = key.split(':').map(Number);
          return { node, output, dtype: record.nodes[node].outputs[output].dtype };
        });
    const ownRecord = {
      args: [
        ...[...part.inputs.values()].map((source) => ({
          dtype: source.dtype,
          shape: shapeOf(record.args, record.nodes, source),
        })),
        ...ownArgs,
      ],
      nodes: members.map((i) => ({
        ...record.nodes[i],
        inputs: record.nodes[i].inputs.map(place),
      })),
      results: results.map(place),
    };
    const program = WholeProgram.of(name, ownRecord, programs);
    return { program, inputs, args, outputs: isLast ? [] : outputs };
  }

  /** Sees to it that a value is there in the segment of a stage. */
  private need(source: Source, stage: number): void {
    const part = this.parts[stage];
    const { node } = source;
    if (node < 0) {
      part.args.add(-1 - node);
      return;
    }
    const isHome = !this.isProduct(node) && (this.isLight[node] || this.stage[node] === stage);
    if (isHome) {
      if (part.nodes.has(node)) return;
      part.nodes.add(node);
      for (const input of this.record.nodes[node].inputs) this.need(input, stage);
      return;
    }
    const key = keyOf(source);
    part.inputs.set(key, source);
    if (this.wanted.has(key)) return;
    this.wanted.add(key);
    const home = this.stage[node];
    if (!this.isProduct(node)) this.need(source, home);
    else for (const input of this.record.nodes[node].inputs) this.operand(input, home);
  }

  /** Sees to it that a product's operand has been made, and kept, by the stage of the product. */
  private operand(source: Source, stage: number): void {
    const key = keyOf(source);
    if (this.wanted.has(key)) return;
    this.wanted.add(key);
    this.need(source, Math.min(stage, this.stage[source.node]));
  }

  private isProduct(node: number): boolean {
    const { op, outputs } = this.record.nodes[node];
    return op === PRODUCT && outputs[0].dtype === BFLOAT16;
  }

  private bytes(source: Source): number {
    const shape = shapeOf(this.record.args, this.record.nodes, source);
    return shape.reduce((a, b) => a * b, 1) * (source.dtype === BFLOAT16 ? 2 : 4);
  }
}

const FIRST = { output: 0, dtype: 0 };

function keyOf({ node, output }: Source): string {
  return `${node}:${output}`;
}

function shapeOf(
  args: readonly Argument[],
  nodes: readonly RecordedNode[],
  { node, output }: Source,
): number[] {
  if (node < 0) return args[-1 - node].shape;
  return nodes[node].outputs[output].shape;
}
