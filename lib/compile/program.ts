import { createHash } from 'node:crypto';
import { keep } from '@tensorflow/tfjs-node/xla-cache';
import { type Binding, backend, type Handle } from './backend';
import { functionDefinition } from './function-definition';
import { encodeFunction } from './operations';
import type { Record } from './record';

/** A record as one TensorFlow function. */
export class Program {
  private readonly registered: string;
  private readonly results: number;
  private readonly binding: Binding = backend().binding;
  private compiled = false;

  /** @param name for TensorFlow's messages. */
  constructor(name: string, record: Record) {
    this.results = record.results.length;
    const body = functionDefinition(this.binding, record);
    // Named after what it does: XLA takes functions of one name for the same, now and in a later process.
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 16);
    this.registered = `anatomy_${name.replace(/\W+/g, '_')}_${hash}`;
    // Protocol buffers merge a field that comes twice.
    const named = encodeFunction({ signature: { name: this.registered } });
    this.binding.registerFunction!(Buffer.concat([body, named]));
  }

  /**
   * @param ids handles of the arguments, in the record's order.
   * @param xla false to run it operation by operation instead of compiling it, which takes no time before.
   */
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
