import { type Binding, backend, type Handle } from './backend';
import { type Argument, functionDefinition } from './function-definition';
import type { RecordedNode, Source } from './recording';

/** What a program is made from: a record whose sources all have their places. */
export interface Record {
  readonly args: readonly Argument[];
  readonly nodes: readonly RecordedNode[];
  readonly results: readonly Source[];
}

let count = 0;

/** A record as one function, compiled by XLA. */
export class Program {
  private readonly registered: string;
  private readonly results: number;
  private readonly binding: Binding = backend().binding;

  /** @param name for TensorFlow's messages. */
  constructor(name: string, { args, nodes, results }: Record) {
    this.registered = `anatomy_${count++}_${name.replace(/\W+/g, '_')}`;
    this.results = results.length;
    const definition = functionDefinition(this.binding, this.registered, args, nodes, results);
    this.binding.registerFunction!(definition);
  }

  /** @param ids handles of the arguments, in the record's order. */
  run(ids: readonly number[]): Handle[] {
    const { binding } = this;
    const compiled = [{ name: '_XlaMustCompile', type: binding.TF_ATTR_BOOL, value: true }];
    return binding.executeOp(this.registered, compiled, [...ids], this.results);
  }

  dispose(): void {
    this.binding.unregisterFunction!(this.registered);
  }
}
