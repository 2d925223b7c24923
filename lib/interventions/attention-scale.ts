import type { tf } from '../environment/tensorflow';
import { described, type Intervention, required, type Window } from './intervention';

/**
 * Multiplies every attention map, in all layers, by a number: what a position takes from others reaches the residual
 * stream so many times as strong. After Gopalani & Hu (2506.13688), who scale the entries that their task needs; which
 * these are is not known here, so all are scaled. While it acts it is part of the model.
 *
 * @param by factor, a finite number; 1 changes nothing.
 * @throws RangeError for a setting out of range.
 *
 * ```ts
 * await train({ steps: 1000, intervention: attentionScale({ by: 2.5 }) });
 * ```
 */
export function attentionScale({ by, ...window }: { by: number } & Window): Intervention {
  const name = 'attention-scale';
  required(Number.isFinite(by), name, 'by', by, 'a number');
  return described(name, { by }, window, ({ model: { width } }) => {
    // Queries, keys and values stand side by side; scaled values are a scaled map.
    const scaled = (qkv: tf.Tensor2D) => {
      const values = qkv.slice([0, 2 * width], [-1, width]);
      return qkv.slice([0, 0], [-1, 2 * width]).concat<tf.Tensor2D>(values.mul<tf.Tensor2D>(by), 1);
    };
    return {
      watch: (layer, _input, output) => (layer.endsWith('.attn.c_attn') ? scaled(output) : output),
    };
  });
}
