import { Problem } from '../environment/problem';
import { tf } from '../environment/tensorflow';
import { backend, handleOf, liveVariables } from './backend';
import { type Argument, argumentSource } from './function-definition';
import { Program } from './program';
import { Recording, type Source } from './recording';
import { StoredVariable } from './stored-variable';

/** A function of tensors alone; its result is a tensor, or tensors in a list or by name. */
export type TensorFunction = (
  ...inputs: tf.Tensor[]
) => tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;

export interface CompileOptions {
  /** What is compiled, for messages; `function` by default. */
  readonly name?: string;
  /** Told after each compilation, with the seconds that it took. */
  readonly onCompile?: (seconds: number) => void;
}

/** The compiled form of a function: called as before. */
export type Compiled<F extends TensorFunction> = F & {
  /** Frees what was compiled; variables keep their values. */
  dispose(): void;
};

let warned = false;

/**
 * Compiles a plain tfjs function. The first call with inputs of certain shapes and types runs it
 * on stand-ins without values and records every operation, autodiff's and the optimizer's included; the record
 * then runs as one TensorFlow function through XLA, at this and every later call, so that the same inputs give
 * the same bits. Other shapes are recorded anew.
 *
 * Variables that `fn` uses are arguments: what they hold at the time of a call is what it sees, and those
 * it assigns are changed in place. Other tensors from outside are constants of the record, which stay alive
 * with it. What `fn` does besides tensor operations (counting, printing) happens while it is recorded only.
 *
 * Where functions cannot be registered (TensorFlow.js' stock binding) `fn` runs as it is, which is said once.
 *
 * @throws Problem, at the first call, where `fn` reads values back, uses an operation that has state or
 * cannot be compiled; at any call, where a variable or an input has been disposed.
 */
export function compile<F extends TensorFunction>(
  fn: F,
  options: CompileOptions = {},
): Compiled<F> {
  const { name = 'function', onCompile } = options;
  const records = new Map<string, CompiledRecord>();
  let disposed = false;
  const call = (...inputs: tf.Tensor[]) => {
    if (disposed) throw new Problem(`${name} was called after its dispose().`);
    inputs.forEach((input, i) => {
      if (input.isDisposed) throw new Problem(`Input ${i} of ${name} has been disposed.`);
    });
    if (!backend().binding.registerFunction) {
      warn();
      return fn(...inputs);
    }
    const key = inputs.map(({ shape, dtype }) => `${dtype}[${shape}]`).join(' ');
    const record = records.get(key);
    if (record) return record.run(inputs);
    const start = performance.now();
    const made = CompiledRecord.record(name, fn, inputs);
    records.set(key, made);
    // XLA compiles at the first run, so that is part of the time.
    const result = made.run(inputs);
    onCompile?.((performance.now() - start) / 1000);
    return result;
  };
  const dispose = () => {
    disposed = true;
    for (const record of records.values()) record.dispose();
    records.clear();
  };
  return Object.assign(call as F, { dispose });
}

function warn(): void {
  if (warned) return;
  warned = true;
  process.stderr.write(
    'This TensorFlow binding cannot compile functions: everything runs, two to three times slower. ' +
      '"npm run doctor" says what would help.\n',
  );
}

/** One record of a function for inputs of one set of shapes. */
class CompiledRecord {
  private constructor(
    private readonly name: string,
    private readonly program: Program,
    private readonly variables: readonly StoredVariable[],
    /** Handles of tensors from outside. */
    private readonly captured: readonly number[],
    private readonly rebuild: (tensors: tf.Tensor[]) => ReturnType<TensorFunction>,
  ) {}

  /** Runs `fn` on stand-ins of the inputs; variables are put back as they were. */
  static record(name: string, fn: TensorFunction, inputs: tf.Tensor[]): CompiledRecord {
    const owner = backend();
    const { binding } = owner;
    const variableOf = new Map(
      liveVariables().map((variable) => [handleOf(variable), variable] as const),
    );
    const used: tf.Variable[] = [];
    const captured: Handle[] = [];
    // Variables and captured tensors get their places after the record, when their number is known.
    const VARIABLE = -1_000_000;
    const CAPTURED = -2_000_000;
    const recording = new Recording(name, (id) => {
      const variable = variableOf.get(id);
      if (variable) {
        const node = VARIABLE - (used.push(variable) - 1);
        return { source: { node, output: 0, dtype: typeOf(variable) }, shape: variable.shape };
      }
      const [own] = binding.executeOp('Identity', [], [id], 1);
      const node = CAPTURED - (captured.push(own) - 1);
      return { source: { node, output: 0, dtype: own.dtype }, shape: own.shape };
    });
    const types = inputs.map(({ dataId }) => owner.tensorMap.get(dataId).dtype);
    const assignments = new Map<tf.Variable, Source>();
    const trace = () => {
      // Stand-ins, so that an input that is also a variable or given twice stays distinct.
      const standIns = inputs.map(({ shape }, i) =>
        owner.createOutputTensor(recording.argument(argumentSource(i, types[i]), shape)),
      );
      const { tensors, rebuild } = flatten(name, fn(...standIns));
      const results = tensors.map((tensor) => recording.source(handleOf(tensor)));
      return { results, rebuild };
    };
    try {
      const { results, rebuild } = recording.during(() =>
        undoingAssignments(
          () => tf.tidy(() => trace() as never) as unknown as ReturnType<typeof trace>,
          (variable) => {
            assignments.set(variable, recording.source(handleOf(variable)));
            if (!used.includes(variable)) used.push(variable);
          },
        ),
      );
      const place = (source: Source): Source => {
        if (source.node <= CAPTURED) {
          const at = inputs.length + used.length + (CAPTURED - source.node);
          return argumentSource(at, source.dtype);
        }
        if (source.node <= VARIABLE) {
          return argumentSource(inputs.length + (VARIABLE - source.node), source.dtype);
        }
        return source;
      };
      const args: Argument[] = [
        ...inputs.map(({ shape }, i) => ({ dtype: types[i], shape })),
        ...used.map((variable) => {
          const assigned = assignments.get(variable);
          return {
            dtype: binding.TF_RESOURCE,
            shape: variable.shape,
            variable: { dtype: typeOf(variable), assigned: assigned && place(assigned) },
          };
        }),
        ...captured.map(({ dtype, shape }) => ({ dtype, shape })),
      ];
      const nodes = recording.nodes.map((node) => ({ ...node, inputs: node.inputs.map(place) }));
      const program = new Program(name, { args, nodes, results: results.map(place) });
      return new CompiledRecord(
        name,
        program,
        used.map((variable) => StoredVariable.of(variable)),
        captured.map(({ id }) => id),
        rebuild,
      );
    } catch (error) {
      for (const { id } of captured) binding.deleteTensor(id);
      throw error;
    }
  }

  run(inputs: tf.Tensor[]): ReturnType<TensorFunction> {
    const { createOutputTensor } = backend();
    for (const variable of this.variables) {
      if (variable.isDisposed) {
        throw new Problem(
          `${this.name} uses the variable ${variable.name}, which has been disposed.`,
        );
      }
      variable.settle();
    }
    const ids = [
      ...inputs.map(handleOf),
      ...this.variables.map(({ resource }) => resource),
      ...this.captured,
    ];
    let handles: Handle[];
    try {
      handles = this.program.run(ids);
    } catch (error) {
      throw new Problem(`${this.name} could not be run as compiled: ${(error as Error).message}`);
    }
    return this.rebuild(handles.map((handle) => createOutputTensor.call(backend(), handle)));
  }

  dispose(): void {
    const { binding } = backend();
    this.program.dispose();
    for (const id of this.captured) binding.deleteTensor(id);
    for (const variable of this.variables) variable.release();
  }
}

type Handle = ReturnType<ReturnType<typeof backend>['binding']['executeOp']>[number];

function typeOf(variable: tf.Variable): number {
  return backend().tensorMap.get(variable.dataId).dtype;
}

/** Does `work` and then gives all variables back the values from before; tells those that it had assigned. */
function undoingAssignments<T>(work: () => T, assigned: (variable: tf.Variable) => void): T {
  // Clones share the values; they keep them for putting back.
  const before = liveVariables().map((variable) => ({
    variable,
    value: tf.tidy(() => tf.keep(variable.clone())),
  }));
  const changed = () =>
    before.filter(
      ({ variable, value }) => !variable.isDisposed && variable.dataId !== value.dataId,
    );
  try {
    const result = work();
    for (const { variable } of changed()) assigned(variable);
    return result;
  } finally {
    for (const { variable, value } of changed()) variable.assign(value);
    for (const { value } of before) value.dispose();
  }
}

function flatten(
  name: string,
  result: ReturnType<TensorFunction>,
): { tensors: tf.Tensor[]; rebuild: (tensors: tf.Tensor[]) => ReturnType<TensorFunction> } {
  if (result instanceof tf.Tensor) return { tensors: [result], rebuild: ([tensor]) => tensor };
  if (Array.isArray(result)) return { tensors: result, rebuild: (tensors) => tensors };
  if (result && typeof result === 'object') {
    const names = Object.keys(result);
    return {
      tensors: Object.values(result),
      rebuild: (tensors) => Object.fromEntries(names.map((key, i) => [key, tensors[i]])),
    };
  }
  throw new Problem(
    `${name} must return a tensor, or tensors in a list or by name; it returned ${result}.`,
  );
}
