import type { tf } from '../environment/tensorflow';

type Fn = (...tensors: tf.Tensor[]) => tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;
export function compile<F extends Fn>(fn: F, _options?: object): F & { dispose(): void } {
  return Object.assign(((...a: tf.Tensor[]) => fn(...a)) as F, { dispose() {} });
}
