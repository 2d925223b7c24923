import { Problem } from '../files/problem';
import type { Attribute, Binding } from './backend';
import type { ArgDef, OpDef } from './operations';
import type { Constant, RecordedNode, Source } from './record';

/**
 * All attributes of a recorded operation as AttrValues by name. Types and list lengths follow the inputs, as in eager
 * execution, whatever the kernel says (tfjs' mean of integers says int32 and hands over floats); where they do not
 * come from an input, the given value or the default is taken.
 */
export function attributesOf(
  binding: Binding,
  { attr, inputArg }: OpDef,
  { attributes, inputs, op }: Pick<RecordedNode, 'attributes' | 'inputs' | 'op'>,
): { [name: string]: object } {
  const values: { [name: string]: object } = {};
  for (const { name, defaultValue } of attr) {
    const given = attributes.find((attribute) => attribute.name === name);
    const found =
      inferred(name, inputArg, inputs) ??
      (given ? attributeValue(binding, op, given) : defaultValue);
    if (!found) {
      throw new Problem(`${op} is called without its attribute ${name}, which cannot be inferred.`);
    }
    values[name] = found;
  }
  return values;
}

/** Tensors that one argument of an operation stands for, where it has `args` arguments and `inputs` tensors. */
export function argumentSize({ numberAttr }: ArgDef, args: number, inputs: number): number {
  return numberAttr === '' ? 1 : inputs - (args - 1);
}

/** The attributes of a `Const` operation. */
export function constantAttributes({ shape, dtype, bytes }: Constant): { [name: string]: object } {
  const tensor = { dtype, tensorShape: shapeOf(shape), tensorContent: bytes };
  return { dtype: { type: dtype }, value: { tensor } };
}

/** A TensorShapeProto. */
export function shapeOf(shape: readonly number[]): object {
  return { dim: shape.map((size) => ({ size })) };
}

/** The type or list length that the inputs tell. */
function inferred(name: string, inputArg: OpDef['inputArg'], inputs: readonly Source[]) {
  let at = 0;
  for (const arg of inputArg) {
    const size = argumentSize(arg, inputArg.length, inputs.length);
    if (arg.typeAttr === name && size > 0) return { type: inputs[at].dtype };
    if (arg.numberAttr === name) return { i: size };
    at += size;
  }
  return undefined;
}

function attributeValue(binding: Binding, op: string, { name, type, value }: Attribute): object {
  if (value === undefined || value === null) {
    throw new Problem(`${op} is called with an empty attribute ${name}: it cannot be compiled.`);
  }
  const { TF_ATTR_INT, TF_ATTR_FLOAT, TF_ATTR_BOOL } = binding;
  const field = { [TF_ATTR_INT]: 'i', [TF_ATTR_FLOAT]: 'f', [TF_ATTR_BOOL]: 'b' }[type];
  if (field) return Array.isArray(value) ? { list: { [field]: value } } : { [field]: value };
  if (type === binding.TF_ATTR_TYPE) return { type: value };
  if (type === binding.TF_ATTR_STRING) return { s: Buffer.from(String(value)) };
  if (type === binding.TF_ATTR_SHAPE) return { shape: shapeOf(value as number[]) };
  throw new Problem(`${op} has an attribute ${name} of a kind (${type}) that cannot be compiled.`);
}
