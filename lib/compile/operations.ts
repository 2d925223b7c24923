import protobuf from 'protobufjs';
import { Problem } from '../files/problem';
import type { Attribute, Binding } from './backend';
import type { AttrValues, Source } from './record';

/** The parts of TensorFlow's own messages (tensorflow/core/framework/*.proto) that a function needs. */
const SCHEMA = `
syntax = "proto3";
message Shape { message Dim { int64 size = 1; } repeated Dim dim = 2; bool unknown_rank = 3; }
message TensorValue { int32 dtype = 1; Shape tensor_shape = 2; bytes tensor_content = 4; }
message AttrValue {
  message ListValue {
    repeated bytes s = 2; repeated int64 i = 3; repeated float f = 4; repeated bool b = 5;
    repeated int32 type = 6; repeated Shape shape = 7;
  }
  oneof value {
    ListValue list = 1; bytes s = 2; int64 i = 3; float f = 4; bool b = 5; int32 type = 6; Shape shape = 7;
    TensorValue tensor = 8;
  }
}
message OpDef {
  message ArgDef {
    string name = 1; int32 type = 3; string type_attr = 4; string number_attr = 5; string type_list_attr = 6;
  }
  message AttrDef { string name = 1; string type = 2; AttrValue default_value = 3; }
  string name = 1; repeated ArgDef input_arg = 2; repeated ArgDef output_arg = 3; repeated AttrDef attr = 4;
  bool is_stateful = 17; repeated string control_output = 20;
}
message OpList { repeated OpDef op = 1; }
message NodeDef { string name = 1; string op = 2; repeated string input = 3; map<string, AttrValue> attr = 5; }
message FunctionDef {
  OpDef signature = 1; repeated NodeDef node_def = 3; map<string, string> ret = 4; map<string, string> control_ret = 6;
}`;

/** One input or output of an operation; those with a number attribute stand for several tensors. */
export type ArgDef = Readonly<Record<'name' | 'typeAttr' | 'numberAttr' | 'typeListAttr', string>>;

/** What TensorFlow says of an operation. */
export interface OpDef {
  readonly name: string;
  readonly inputArg: readonly ArgDef[];
  readonly outputArg: readonly ArgDef[];
  readonly attr: readonly { readonly name: string; readonly defaultValue?: object }[];
  readonly isStateful: boolean;
}

const root = protobuf.parse(SCHEMA).root;
let operations: Map<string, OpDef> | undefined;

/** What TensorFlow says of an operation. @throws Problem for a name that it does not know. */
export function operation(binding: Binding, name: string): OpDef {
  if (!operations) {
    const list: object = root.lookupType('OpList').decode(binding.operationList!());
    operations = new Map((list as { op: OpDef[] }).op.map((op) => [op.name, op]));
  }
  const found = operations.get(name);
  if (!found) throw new Problem(`TensorFlow has no operation ${name}: it cannot be compiled.`);
  return found;
}

/** A message in TensorFlow's wire format, from an object with its field names in camel case. */
export function encoded(message: 'FunctionDef' | 'AttrValue', value: object): Uint8Array {
  const type = root.lookupType(message);
  return Buffer.from(type.encode(type.fromObject(value)).finish());
}

/**
 * All attributes of a recorded operation as AttrValues by name. Types and list lengths follow the inputs, as in eager
 * execution, whatever the kernel says (tfjs' mean of integers says int32 and hands over floats); else as given or default.
 */
export function attributesOf(
  binding: Binding,
  { name: op, attr, inputArg }: OpDef,
  attributes: readonly Attribute[],
  inputs: readonly Source[],
): AttrValues {
  const values = attr.map(({ name, defaultValue }) => {
    const given = attributes.find((attribute) => attribute.name === name);
    const found =
      inferred(name, inputArg, inputs) ??
      (given ? attributeValue(binding, op, given) : defaultValue);
    if (found) return [name, found] as const;
    throw new Problem(`${op} is called without its attribute ${name}, which cannot be inferred.`);
  });
  return Object.fromEntries(values);
}

/** Tensors that one argument of an operation stands for, where it has `args` arguments and `inputs` tensors. */
export function argumentSize({ numberAttr }: ArgDef, args: number, inputs: number): number {
  return numberAttr === '' ? 1 : inputs - (args - 1);
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
