import { tf } from '../environment/tensorflow';
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
    // Scaling the values scales the map's products.
    const factors = new Float32Array(3 * width).fill(1).fill(by, 2 * width);
    return {
      watch: (layer, _input, output) =>
        layer.endsWith('.attn.c_attn') ? tf.mul(output, tf.tensor1d(factors)) : output,
    };
  });
}
