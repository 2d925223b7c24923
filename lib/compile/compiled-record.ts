import type { tf } from '../environment/tensorflow';
import { Problem } from '../files/problem';
import { backend, handleOf } from './backend';
import { Program } from './program';
import type { TensorFunction, Tensors } from './results';
import { StoredVariable } from './stored-variable';
import { release, type Trace, trace } from './trace';

/** One record of a function, for inputs of one set of types and shapes, ready to run. */
export class CompiledRecord {
  private readonly traced: Trace;
  private readonly program: Program;
  private readonly variables: StoredVariable[] = [];
  /** Handles of the arguments that follow the inputs. */
  private readonly outside: readonly number[];

  /**
   * Runs `fn` on stand-ins of the inputs; variables are put back as they were.
   * @throws Problem where what it does cannot be compiled.
   */
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
