import { tf } from '../environment/tensorflow';
import { Problem } from '../files/problem';

/** What a compiled function may return: a tensor, or tensors in a list or by name. */
export type Tensors = tf.Tensor | tf.Tensor[] | { [name: string]: tf.Tensor };

/** A function of tensors alone. */
export type TensorFunction = (...inputs: tf.Tensor[]) => Tensors;

/** The tensors of a result in order, and how to put others in their places. */
export interface Flat {
  readonly tensors: tf.Tensor[];
  rebuild(tensors: tf.Tensor[]): Tensors;
}

/** Takes a result apart. @throws Problem saying what it is instead, where it is not made of tensors. */
export function flatten(name: string, result: Tensors): Flat {
  const single = result instanceof tf.Tensor;
  if (single || Array.isArray(result) || isPlain(result)) {
    const named = single ? { '': result } : { ...result };
    const [names, tensors] = [Object.keys(named), Object.values(named) as tf.Tensor[]];
    tensors.forEach((tensor, i) => {
      const fault = faultOf(tensor);
      if (fault) throw new Problem(`The ${`result ${names[i]}`.trim()} of ${name} ${fault}.`);
    });
    if (single) return { tensors, rebuild: ([tensor]) => tensor };
    if (Array.isArray(result)) return { tensors, rebuild: (others) => others };
    const byName = (others: tf.Tensor[]) => names.map((key, i) => [key, others[i]] as const);
    return { tensors, rebuild: (others) => Object.fromEntries(byName(others)) };
  }
  if ((result as unknown) instanceof Promise) {
    // What it goes on to do has no values to do it with; its failure says nothing.
    (result as unknown as Promise<unknown>).catch(() => {});
    throw new Problem(
      `${name} is async: only what is done before its end can be compiled. Compile a plain function, and ` +
        'await outside.',
    );
  }
  throw new Problem(
    `${name} must return a tensor, or tensors in a list or by name; it returned ${kindOf(result)}.`,
  );
}

/** What keeps a value from crossing into or out of a compiled function; undefined where nothing does. */
export function faultOf(value: unknown): string | undefined {
  if (!(value instanceof tf.Tensor)) return `is ${kindOf(value)}, not a tensor`;
  if (value.isDisposed) return 'has been disposed';
  if (value.dtype === 'string') return 'holds strings, which cannot be compiled';
  return undefined;
}

function isPlain(value: unknown): value is { [name: string]: tf.Tensor } {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value} (${String(value)})`;
  const kind = value.constructor?.name ?? 'Object';
  return kind === 'Object' ? 'an object' : `of class ${kind}`;
}
