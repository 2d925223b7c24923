import { tf } from '../environment/tensorflow';
import { Problem } from '../files/problem';
import { backend, handleOf } from './backend';
import { Program } from './program';
import { faultOf, type TensorFunction, type Tensors } from './results';
import { isRecording, release, type Trace, trace } from './trace';
import { StoredVariable } from './variables';

/** The compiled form of a function: called as before. */
export type Compiled<F extends TensorFunction> = F & {
  /** Frees the record and what it holds; variables keep their values. XLA keeps its part until the process ends. */
  dispose(): void;
};

let warned = false;

/**
 * Compiles a plain tfjs function. The first call with inputs of certain shapes and types records every operation, without
 * values; the record then runs as one TensorFlow function through XLA, so that the same inputs give the same bits. Within
 * another compiled function it is part of that one. README.md tells more.
 *
 * Variables that `fn` uses are arguments: it sees what they hold at a call, and those it assigns are changed in place.
 * Other tensors from outside are constants, which stay alive with the record. What `fn` does besides tensor operations
 * happens while it is recorded only: once, or twice where it makes variables. Where functions cannot be registered
 * (TensorFlow.js' plain binding) `fn` runs as it is, which is said once.
 *
 * @param name of what is compiled, for messages.
 * @throws Problem, at the first call, where `fn` reads values back, draws random numbers, keeps a tensor for later,
 * uses an operation that has state or cannot be compiled; at any call, where an input is no tensor, where a variable or
 * an input has been disposed, or within a gradient, which would not see it.
 */
export function compile<F extends TensorFunction>(
  fn: F,
  { name = 'function' }: { readonly name?: string } = {},
): Compiled<F> {
  const records = new Map<string, CompiledRecord>();
  let disposed = false;
  const call = function (this: unknown, ...inputs: tf.Tensor[]) {
    if (disposed) throw new Problem(`${name} was called after its dispose().`);
    inputs.forEach((input, i) => {
      const fault = faultOf(input);
      if (fault) throw new Problem(`Input ${i} of ${name} ${fault}.`);
    });
    const own: TensorFunction = (...standIns) => fn.apply(this, standIns);
    if (isRecording() || !canCompile(name)) return own(...inputs);
    if (tf.engine().isTapeOn()) {
      throw new Problem(
        `${name} is called within a gradient, which does not see into compiled functions: put the gradient inside, ` +
          'compile((...inputs) => tf.grads(f)(inputs)).',
      );
    }
    const key = inputs.map(({ shape, dtype }) => `${dtype}[${shape}]`).join(' ');
    const record = records.get(key) ?? new CompiledRecord(name, own, inputs);
    records.set(key, record);
    return record.run(inputs);
  };
  const dispose = () => {
    disposed = true;
    for (const record of records.values()) record.dispose();
    records.clear();
  };
  return Object.assign(call as F, { dispose });
}

/** One record of a function, for inputs of one set of types and shapes, ready to run. */
class CompiledRecord {
  private readonly traced: Trace;
  private readonly program: Program;
  private readonly variables: StoredVariable[] = [];
  /** Handles of the arguments that follow the inputs. */
  private readonly outside: readonly number[];

  /** Runs `fn` on stand-ins of the inputs; variables are put back. @throws Problem for what cannot be compiled. */
  constructor(
    private readonly name: string,
    fn: TensorFunction,
    inputs: readonly tf.Tensor[],
  ) {
    this.traced = trace(name, fn, inputs);
    try {
      this.program = new Program(name, this.traced.record);
    } catch (error) {
      release(this.traced);
      throw error;
    }
    this.outside = this.traced.outside.map((one) => {
      if (typeof one === 'number') return one;
      const variable = StoredVariable.of(one);
      this.variables.push(variable);
      return variable.resource;
    });
  }

  run(inputs: readonly tf.Tensor[]): Tensors {
    const gone = this.variables.map(({ variable }) => variable).find((one) => one.isDisposed);
    if (gone) {
      throw new Problem(`${this.name} uses the variable ${gone.name}, which has been disposed.`);
    }
    for (const variable of this.variables) variable.settle();
    const ids = [...inputs.map(handleOf), ...this.outside];
    try {
      const handles = this.program.run(ids);
      return this.traced.rebuild(handles.map((handle) => backend().createOutputTensor(handle)));
    } catch (error) {
      throw new Problem(`${this.name} could not be run as compiled: ${(error as Error).message}`);
    } finally {
      // An input may be a variable, whose reading is of before the call.
      for (const variable of this.variables) variable.settle();
    }
  }

  dispose(): void {
    this.program.dispose();
    release(this.traced);
    for (const variable of this.variables) variable.release();
  }
}

/** False, which is said once, where functions cannot be registered. @throws Problem where tfjs has another backend. */
function canCompile(name: string): boolean {
  const { binding } = backend();
  if (!binding) {
    throw new Problem(
      `${name} is compiled for TensorFlow, and the backend is "${tf.getBackend()}": tf.setBackend('tensorflow') sets it back.`,
    );
  }
  if (binding.registerFunction) return true;
  if (!warned) {
    warned = true;
    process.stderr.write(
      'This TensorFlow binding cannot compile functions: everything runs, two to three times slower. ' +
        '"npm run doctor" says what would help.\n',
    );
  }
  return false;
}
