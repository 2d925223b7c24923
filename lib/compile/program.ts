import { createHash } from 'node:crypto';
import { keep } from '@tensorflow/tfjs-node/xla-cache';
import { Problem } from '../files/problem';
import { type Binding, backend, type Handle } from './backend';
import { encoded, type OpDef, operation } from './operations';
import type { AttrValues, FunctionRecord, Source } from './record';

/** A record as one TensorFlow function. */
export class Program {
  private readonly registered: string;
  private readonly results: number;
  private readonly binding: Binding = backend().binding;
  private compiled = false;

  /** @param name for TensorFlow's messages. */
  constructor(name: string, record: FunctionRecord) {
    this.results = record.results.length;
    const body = functionDefinition(this.binding, record);
    // Named after what it does: XLA takes functions of one name for the same, now and in a later process.
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 16);
    this.registered = `anatomy_${name.replace(/\W+/g, '_')}_${hash}`;
    // Protocol buffers merge a field that comes twice.
    const named = encoded('FunctionDef', { signature: { name: this.registered } });
    this.binding.registerFunction!(Buffer.concat([body, named]));
  }

  /** @param ids handles of the arguments, in order. @param xla false to run operation by operation, without compiling. */
  run(ids: readonly number[], xla = true): Handle[] {
    const { binding } = this;
    const options = [{ name: '_XlaMustCompile', type: binding.TF_ATTR_BOOL, value: xla }];
    const results = binding.executeOp(this.registered, options, [...ids], this.results);
    if (xla && !this.compiled) keep();
    this.compiled ||= xla;
    return results;
  }

  /** Takes the function from TensorFlow; what XLA made of it stays in its cache until the process ends. */
  dispose(): void {
    this.binding.unregisterFunction!(this.registered);
  }
}

/**
 * Writes a record as a TensorFlow FunctionDef, without a name yet. A variable's argument is a resource that is read once,
 * first, and assigned in place after. @throws Problem naming an operation that cannot be part of a function.
 */
function functionDefinition(binding: Binding, { args, nodes, results }: FunctionRecord) {
  const written: object[] = [];
  // TensorFlow's messages name the node, so its name tells the operation.
  const names = nodes.map(({ op }, i) => `${op}_${i}`);
  const reference = ({ node, output }: Source): string => {
    const arg = -1 - node;
    if (arg >= 0) return args[arg].isVariable ? `read${arg}:value:0` : `arg${arg}`;
    const { op, attr, outputs } = nodes[node];
    return `${names[node]}:${outputName(operation(binding, op), attr, output, outputs)}`;
  };
  args.forEach(({ isVariable, dtype }, i) => {
    if (!isVariable) return;
    const attr = { dtype: { type: dtype } };
    written.push({ name: `read${i}`, op: 'ReadVariableOp', input: [`arg${i}`], attr });
  });
  nodes.forEach(({ op, attr, inputs }, i) => {
    if (operation(binding, op).isStateful) {
      throw new Problem(
        `${op} draws on state (a random generator, a file) and cannot be compiled: ` +
          'make its result outside and pass it in.',
      );
    }
    written.push({ name: names[i], op, input: inputs.map(reference), attr });
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
  return encoded('FunctionDef', {
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
  attr: AttrValues,
  output: number,
  count: number,
): string {
  let first = 0;
  for (const { name: part, numberAttr, typeListAttr } of outputArg) {
    // Where one output stands for several and its number is not given, it is all that is left.
    const { i: given } = (attr[numberAttr] ?? {}) as { i?: unknown };
    const size = numberAttr || typeListAttr ? Number(given ?? count - first) : 1;
    if (output < first + size) return `${part}:${output - first}`;
    first += size;
  }
  throw new Problem(`${name} has no output ${output}.`);
}
