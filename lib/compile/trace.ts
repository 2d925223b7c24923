import { tf } from '../environment/tensorflow';
import { Problem } from '../files/problem';
import { backend, handleOf, liveVariables } from './backend';
import { Program } from './program';
import type { Record, Source } from './record';
import { isStandIn, Recording } from './recording';
import { type Flat, flatten, type TensorFunction } from './results';
import { onStage } from './stage';
import { detach } from './stored-variable';
import { VariableWatch } from './variable-watch';

/** What a function uses from outside: a variable, or the handle of a tensor, which the trace owns. */
export type Outside = tf.Variable | number;

/** What one run of a function on stand-ins has told. */
export interface Trace {
  readonly record: Record;
  /** What follows the inputs in the order of the arguments. */
  readonly outside: readonly Outside[];
  readonly rebuild: Flat['rebuild'];
}

/**
 * Records a function for inputs of these types and shapes. A function that makes variables (an optimizer makes its moments
 * at its first update) is run on stand-ins twice: the first run makes them, with the values that they start from
 * computed for real, and the second finds them there.
 *
 * @throws Problem where it makes variables in the second run, too, or what it does cannot be compiled.
 */
export function trace(name: string, fn: TensorFunction, inputs: readonly tf.Tensor[]): Trace {
  const first = traceOnce(name, fn, inputs);
  if (first.made.length === 0) return first;
  release(first);
  const second = traceOnce(name, fn, inputs);
  if (second.made.length === 0) return second;
  release(second);
  tf.dispose([...second.made]);
  throw new Problem(
    `${name} makes a variable at every call (${second.made[0].name}): make it once, outside or at the first call only.`,
  );
}

/** Gives back the tensors that a trace holds. */
export function release({ outside }: Pick<Trace, 'outside'>): void {
  const { binding } = backend();
  for (const one of outside) if (typeof one === 'number') binding.deleteTensor(one);
}

function traceOnce(
  name: string,
  fn: TensorFunction,
  inputs: readonly tf.Tensor[],
): Trace & { readonly made: readonly tf.Variable[] } {
  const owner = backend();
  const { binding } = owner;
  const variables = liveVariables();
  for (const variable of variables) detach(variable);
  const variableOf = new Map(variables.map((variable) => [handleOf(variable), variable] as const));
  const places = new Map<tf.Variable, Source>();
  const outside: Outside[] = [];
  const placeOf = (variable: tf.Variable): Source => {
    const found = places.get(variable);
    if (found) return found;
    const { dtype } = owner.tensorMap.get(variable.dataId);
    const place = recording.argument({ dtype, shape: variable.shape, isVariable: true });
    places.set(variable, place);
    outside.push(variable);
    return place;
  };
  const recording: Recording = new Recording(name, (id) => {
    const variable = variableOf.get(id);
    if (variable) return placeOf(variable);
    const [own] = binding.executeOp('Identity', [], [id], 1);
    if (own.dtype === binding.TF_STRING) {
      binding.deleteTensor(own.id);
      throw new Problem(`${name} uses a tensor of strings, which cannot be compiled.`);
    }
    outside.push(own.id);
    return recording.argument({ dtype: own.dtype, shape: own.shape, isVariable: false });
  });
  // Stand-ins, so that an input that is also a variable or given twice stays distinct.
  const handles = inputs.map(({ dataId, shape }) => {
    const { dtype } = owner.tensorMap.get(dataId);
    const source = recording.argument({ dtype, shape, isVariable: false });
    return { id: recording.standIn(source), shape, dtype };
  });
  const run = () => {
    const result = fn(...handles.map((it) => owner.createOutputTensor(it)));
    const { tensors, rebuild } = flatten(name, result);
    return { results: tensors.map((tensor) => recording.source(handleOf(tensor))), rebuild };
  };
  const made: tf.Variable[] = [];
  const starts = new Map<object, Source>();
  try {
    const { results, rebuild } = onStage(name, recording, starts, () => {
      const watch = new VariableWatch();
      try {
        const result = tf.tidy(() => run() as never) as unknown as ReturnType<typeof run>;
        for (const variable of watch.assigned()) {
          const { node } = placeOf(variable);
          recording.args[-1 - node].assigned = recording.source(handleOf(variable));
        }
        watch.restore();
        for (const variable of watch.made()) {
          made.push(variable);
          const { id } = owner.tensorMap.get(variable.dataId);
          if (isStandIn(id)) starts.set(variable.dataId, recording.source(id));
        }
        return result;
      } catch (error) {
        watch.restore();
        tf.dispose(watch.made());
        throw error;
      }
    });
    const { args, nodes } = recording;
    if (starts.size > 0) {
      const program = new Program(`${name} start`, {
        args: args.map(({ dtype, shape }) => ({ dtype, shape, isVariable: false })),
        nodes,
        results: [...starts.values()],
      });
      const others = outside.map((one) => (typeof one === 'number' ? one : handleOf(one)));
      const values = program.run([...inputs.map(handleOf), ...others], false);
      [...starts.keys()].forEach((dataId, i) => {
        owner.tensorMap.get(dataId).id = values[i].id;
      });
      program.dispose();
    }
    return { record: { args, nodes, results }, outside, rebuild, made };
  } catch (error) {
    release({ outside });
    throw error;
  }
}
