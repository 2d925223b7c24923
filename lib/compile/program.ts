import { type Binding, backend, type Handle } from './backend';
import { functionDefinition } from './function-definition';
import type { Record } from './record';

let count = 0;

/** A record as one TensorFlow function. */
export class Program {
  private readonly registered: string;
  private readonly results: number;
  private readonly binding: Binding = backend().binding;

  /** @param name for TensorFlow's messages. */
  constructor(name: string, record: Record) {
    this.registered = `anatomy_${count++}_${name.replace(/\W+/g, '_')}`;
    this.results = record.results.length;
    this.binding.registerFunction!(functionDefinition(this.binding, this.registered, record));
  }

  /**
   * @param ids handles of the arguments, in the record's order.
   * @param xla false to run it operation by operation instead of compiling it, which takes no time before.
   */
  run(ids: readonly number[], xla = true): Handle[] {
    const { binding } = this;
    const compiled = [{ name: '_XlaMustCompile', type: binding.TF_ATTR_BOOL, value: xla }];
    return binding.executeOp(this.registered, compiled, [...ids], this.results);
  }

  /** Takes the function from TensorFlow; what XLA made of it stays in its cache until the process ends. */
  dispose(): void {
    this.binding.unregisterFunction!(this.registered);
  }
}
