import { tf } from '../environment/tensorflow';
import { Problem } from '../files/problem';
import { type Binding, backend, handleOf, liveVariables, replace } from './backend';
import { Program } from './program';
import type { FunctionRecord, Source } from './record';
import { isStandIn, Recording } from './recording';
import { type Flat, flatten, type TensorFunction } from './results';
import { detach, VariableWatch } from './variables';

/** What a function uses from outside: a variable, or the handle of a tensor, which the trace owns. */
type Outside = tf.Variable | number;

/** What one run of a function on stand-ins has told. */
export interface Trace {
  readonly record: FunctionRecord;
  /** What follows the inputs in the order of the arguments. */
  readonly outside: readonly Outside[];
  readonly rebuild: Flat['rebuild'];
}

/**
 * Records a function for inputs of these types and shapes. One that makes variables (an optimizer, at its first update) is
 * run twice: the first run makes them, their starts computed for real, and the second finds them there.
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

let occupied = false;

/** True while a function is being recorded. */
export function isRecording(): boolean {
  return occupied;
}

/**
 * Runs `work` so that everything it asks of tfjs-node's native half is recorded instead of computed. Tensors made in it
 * have no values, so none may live on, but those in `spared`: the caller sees to them.
 * @throws Problem where `work` reads values or draws random numbers, which would become constants, or keeps a tensor.
 */
function onStage<T>(
  name: string,
  recording: Recording,
  spared: { has(dataId: object): boolean },
  work: () => T,
): T {
  const owner = backend();
  const real = owner.binding;
  /** Values that tfjs has taken in on the way, tf.ones and the like; and the data of all tensors made. */
  const written = new WeakSet<object>();
  const made = new Set<object>();
  const own = {
    executeOp: (op, attributes, inputs) => {
      warnOfSecondDerivative(name, op);
      return recording.add(op, attributes, inputs);
    },
    createTensor: (shape, dtype, values) => {
      if (typeof values === 'object' && written.has(values)) {
        return recording.standIn(recording.constant(shape, dtype, values));
      }
      // A tensor from outside that is used for the first time hands over its values now, and for good.
      const id = real.createTensor(shape, dtype, values);
      recording.know(id, recording.constant(shape, dtype, values, id));
      return id;
    },
    deleteTensor: (id) => {
      if (!isStandIn(id)) real.deleteTensor(id);
    },
    tensorDataSync: () => {
      throw new Problem(
        `${name} reads a tensor's values (dataSync, arraySync or data) while it is being compiled: ` +
          'return the tensor and read it outside.',
      );
    },
  } satisfies Partial<Binding>;
  const watched = Object.create(real, Object.getOwnPropertyDescriptors(own));
  const note = (dataId: object) => {
    made.add(dataId);
    return dataId;
  };
  const { write, createOutputTensor, getInputTensorIds } = owner;
  const { tensorInfo } = tf.engine().state;
  const undo = [
    replace(owner, 'binding', watched),
    replace(owner, 'write', (values: object | number, shape: number[], dtype: string) => {
      if (typeof values === 'object') written.add(values);
      return note(write.call(owner, values, shape, dtype));
    }),
    replace(owner, 'getInputTensorIds', (tensors: tf.Tensor[]) => {
      if (tensors.some(({ dataId }) => dataId && !tensorInfo.has(dataId))) {
        throw new Problem(`${name} uses a tensor that has been disposed.`);
      }
      return getInputTensorIds.call(owner, tensors);
    }),
    replace(owner, 'createOutputTensor', (handle: Parameters<typeof createOutputTensor>[0]) => {
      const tensor = createOutputTensor.call(owner, handle);
      note(tensor.dataId);
      return tensor;
    }),
    replace(Math, 'random', () => {
      throw new Problem(
        `${name} draws random numbers (dropout, noise, a random start: all that calls Math.random) while it is ` +
          'being compiled, and every call would then get the same ones: give a seed, or make them outside and pass them in.',
      );
    }),
    gatherWithoutReading(),
  ];
  occupied = true;
  try {
    const result = work();
    const kept = [...made].filter(isLeft);
    if (kept.length > 0) {
      throw new Problem(
        `${name} keeps ${kept.length} tensor${kept.length > 1 ? 's' : ''} made inside for later (tf.keep, the state of a ` +
          'layer), of which a compiled function has no values: return what is needed, or assign it to a tf.variable.',
      );
    }
    return result;
  } finally {
    occupied = false;
    for (const each of undo.reverse()) each();
    // Whoever still has such a tensor may dispose of it.
    for (const id of made) if (isLeft(id)) owner.tensorMap.get(id).id = -1;
  }

  function isLeft(dataId: object): boolean {
    if (spared.has(dataId) || !owner.tensorMap.has(dataId)) return false;
    return isStandIn(owner.tensorMap.get(dataId).id);
  }
}

const warned = new Set<string>();

/**
 * tfjs takes the gradients of some operations (tanh, exp, sigmoid, softmax) from their results, and its second derivatives
 * forget that those depend on the input, compiled or not.
 */
function warnOfSecondDerivative(name: string, op: string): void {
  if (tf.engine().state.gradientDepth < 2 || warned.has(`${name} ${op}`)) return;
  if (!tf.getGradient(op)?.outputsToSave?.length) return;
  warned.add(`${name} ${op}`);
  process.stderr.write(
    `${name} takes a second derivative of ${op}, which TensorFlow.js can get wrong, compiled or not: ` +
      'write it with other operations, or take differences of first derivatives.\n',
  );
}

/** tfjs-node's gather reads its indices to check their range; while recording it reads none. */
function gatherWithoutReading(): () => void {
  const kernel = tf.getKernel('GatherV2', tf.getBackend());
  const gather = kernel.kernelFunc;
  const blind = Object.create(tf.backend(), { readSync: { value: () => [] } });
  return replace(kernel, 'kernelFunc', (args: Parameters<typeof gather>[0]) =>
    gather({ ...args, backend: blind }),
  );
}
