import { Problem } from '../environment/problem';
import type { Attribute, Binding } from './backend';
import { encodeFunction, type OpDef, operation } from './operations';
import type { RecordedNode, Source } from './recording';

/** An argument of the function: a tensor, or the resource that holds a variable. */
export interface Argument {
  readonly dtype: number;
  /** For a variable: type and shape of what it holds, and what it is to hold afterwards. */
  readonly variable?: {
    readonly dtype: number;
    readonly shape: number[];
    readonly assigned?: Source;
  };
}

/** Nodes with negative numbers are the arguments: −1 the first, −2 the second. */
export function argumentSource(index: number, dtype: number): Source {
  return { node: -1 - index, output: 0, dtype };
}

/**
 * Writes a record as a TensorFlow FunctionDef. A variable's argument is a resource that is read once, before
 * anything else touches it, and assigned in place after that read.
 *
 * @param results what the function returns, in order.
 * @throws Problem naming an operation that cannot be part of a function.
 */
export function functionDefinition(
  binding: Binding,
  name: string,
  args: readonly Argument[],
  nodes: readonly RecordedNode[],
  results: readonly Source[],
): Uint8Array {
  const written: object[] = [];
  const reference = ({ node, output }: Source): string => {
    if (node < 0) return args[-1 - node].variable ? `read${-1 - node}:value:0` : `arg${-1 - node}`;
    const { op, attributes, outputs } = nodes[node];
    if (op === 'Const') return `n${node}:output:0`;
    return `n${node}:${outputName(operation(binding, op), attributes, output, outputs.length)}`;
  };
  args.forEach(({ variable }, i) => {
    if (!variable) return;
    const attr = { dtype: { type: variable.dtype } };
    written.push({ name: `read${i}`, op: 'ReadVariableOp', input: [`arg${i}`], attr });
  });
  nodes.forEach((node, i) => {
    if (node.constant) {
      const { shape, dtype, bytes } = node.constant;
      const tensor = { dtype, tensorShape: shapeOf(shape), tensorContent: bytes };
      written.push({
        name: `n${i}`,
        op: 'Const',
        attr: { dtype: { type: dtype }, value: { tensor } },
      });
      return;
    }
    const definition = operation(binding, node.op);
    if (definition.isStateful) {
      throw new Problem(
        `${node.op} draws on state (a random generator, a file) and cannot be compiled: ` +
          'make its result outside and pass it in.',
      );
    }
    written.push({
      name: `n${i}`,
      op: node.op,
      input: node.inputs.map(reference),
      attr: attributesOf(binding, definition, node),
    });
  });
  const controlReturn: Record<string, string> = {};
  args.forEach(({ variable }, i) => {
    if (!variable?.assigned) return;
    // Without the control input the assignment could come before the read.
    const input = [`arg${i}`, reference(variable.assigned), `^read${i}`];
    const attr = { dtype: { type: variable.dtype } };
    written.push({ name: `assign${i}`, op: 'AssignVariableOp', input, attr });
    controlReturn[`assign${i}`] = `assign${i}`;
  });
  return encodeFunction({
    signature: {
      name,
      inputArg: args.map(({ dtype, variable }, i) => ({
        name: `arg${i}`,
        type: variable ? binding.TF_RESOURCE : dtype,
      })),
      outputArg: results.map(({ dtype }, i) => ({ name: `result${i}`, type: dtype })),
      isStateful: args.some(({ variable }) => variable),
      controlOutput: Object.keys(controlReturn),
    },
    nodeDef: written,
    ret: Object.fromEntries(results.map((source, i) => [`result${i}`, reference(source)])),
    controlRet: controlReturn,
  });
}

function outputName(
  { name, outputArg }: OpDef,
  attributes: readonly Attribute[],
  output: number,
  count: number,
): string {
  let first = 0;
  for (const { name: part, numberAttr, typeListAttr } of outputArg) {
    // Where one output stands for several and its number is not given, it is all that is left.
    const given = attributes.find((attribute) => attribute.name === numberAttr)?.value;
    const size = numberAttr || typeListAttr ? Number(given ?? count - first) : 1;
    if (output < first + size) return `${part}:${output - first}`;
    first += size;
  }
  throw new Problem(`${name} has no output ${output}.`);
}

function attributesOf(
  binding: Binding,
  { attr, inputArg }: OpDef,
  { attributes, inputs, op }: RecordedNode,
): Record<string, object> {
  const values: Record<string, object> = {};
  for (const { name, defaultValue } of attr) {
    const given = attributes.find((attribute) => attribute.name === name);
    if (given) values[name] = attributeValue(binding, op, given);
    else if (defaultValue) values[name] = defaultValue;
    else values[name] = inferred(name, inputArg, inputs, op);
  }
  return values;
}

/** Eager execution infers types and list lengths from the inputs where they are not given; so do we. */
function inferred(
  name: string,
  inputArg: OpDef['inputArg'],
  inputs: readonly Source[],
  op: string,
): object {
  let at = 0;
  for (const arg of inputArg) {
    const isList = arg.numberAttr !== '';
    const size = isList ? inputs.length - (inputArg.length - 1) : 1;
    if (arg.typeAttr === name) return { type: inputs[at].dtype };
    if (arg.numberAttr === name) return { i: size };
    at += size;
  }
  throw new Problem(`${op} is called without its attribute ${name}, which cannot be inferred.`);
}

function attributeValue(binding: Binding, op: string, { name, type, value }: Attribute): object {
  if (value === undefined || value === null) {
    throw new Problem(`${op} is called with an empty attribute ${name}: it cannot be compiled.`);
  }
  const list = Array.isArray(value);
  switch (type) {
    case binding.TF_ATTR_TYPE:
      return { type: value };
    case binding.TF_ATTR_INT:
      return list ? { list: { i: value } } : { i: value };
    case binding.TF_ATTR_FLOAT:
      return list ? { list: { f: value } } : { f: value };
    case binding.TF_ATTR_BOOL:
      return list ? { list: { b: value } } : { b: value };
    case binding.TF_ATTR_STRING:
      return { s: Buffer.from(String(value)) };
    case binding.TF_ATTR_SHAPE:
      return { shape: shapeOf(value as number[]) };
    default:
      throw new Problem(
        `${op} has an attribute ${name} of a kind (${type}) that cannot be compiled.`,
      );
  }
}

function shapeOf(shape: readonly number[]): object {
  return { dim: shape.map((size) => ({ size })) };
}
