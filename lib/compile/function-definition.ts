import { Problem } from '../files/problem';
import { attributesOf, constantAttributes } from './attributes';
import type { Attribute, Binding } from './backend';
import { encodeFunction, type OpDef, operation } from './operations';
import type { Record, Source } from './record';

/**
 * Writes a record as a TensorFlow FunctionDef. A variable's argument is a resource that is read once, before
 * anything else touches it, and assigned in place after that read. It has no name yet.
 *
 * @throws Problem naming an operation that cannot be part of a function.
 */
export function functionDefinition(binding: Binding, { args, nodes, results }: Record): Uint8Array {
  const written: object[] = [];
  // TensorFlow's messages name the node, so its name tells the operation.
  const names = nodes.map(({ op }, i) => `${op}_${i}`);
  const reference = ({ node, output }: Source): string => {
    const arg = -1 - node;
    if (arg >= 0) return args[arg].isVariable ? `read${arg}:value:0` : `arg${arg}`;
    const { op, attributes, outputs } = nodes[node];
    if (op === 'Const') return `${names[node]}:output:0`;
    return `${names[node]}:${outputName(operation(binding, op), attributes, output, outputs.length)}`;
  };
  args.forEach(({ isVariable, dtype }, i) => {
    if (!isVariable) return;
    const attr = { dtype: { type: dtype } };
    written.push({ name: `read${i}`, op: 'ReadVariableOp', input: [`arg${i}`], attr });
  });
  nodes.forEach((node, i) => {
    if (node.constant) {
      written.push({ name: names[i], op: 'Const', attr: constantAttributes(node.constant) });
      return;
    }
    const definition = operation(binding, node.op);
    if (definition.isStateful) {
      throw new Problem(
        `${node.op} draws on state (a random generator, a file) and cannot be compiled: ` +
          'make its result outside and pass it in.',
      );
    }
    const attr = attributesOf(binding, definition, node);
    written.push({ name: names[i], op: node.op, input: node.inputs.map(reference), attr });
  });
  const assignments: string[] = [];
  args.forEach(({ assigned, dtype }, i) => {
    if (!assigned) return;
    // Without the control input the assignment could come before the read.
    const input = [`arg${i}`, reference(assigned), `^read${i}`];
    const attr = { dtype: { type: dtype } };
    written.push({ name: `assign${i}`, op: 'AssignVariableOp', input, attr });
    assignments.push(`assign${i}`);
  });
  return encodeFunction({
    signature: {
      inputArg: args.map(({ dtype, isVariable }, i) => ({
        name: `arg${i}`,
        type: isVariable ? binding.TF_RESOURCE : dtype,
      })),
      outputArg: results.map(({ dtype }, i) => ({ name: `result${i}`, type: dtype })),
      isStateful: args.some(({ isVariable }) => isVariable),
      controlOutput: assignments,
    },
    nodeDef: written,
    ret: Object.fromEntries(results.map((source, i) => [`result${i}`, reference(source)])),
    controlRet: Object.fromEntries(assignments.map((name) => [name, name])),
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
