import type { tf } from '../environment/tensorflow';
import { isWhole } from '../files/range';
import { generator } from '../tasks';
import { described, type Intervention, required, type Window } from './intervention';

/**
 * Collapses the states after the last block onto a few fixed directions, drawn by the run's seed, so that their rank is
 * at most that many; after the window they are free again. While it acts the model is measured with it.
 *
 * @param directions k, 1 or more and less than the model's width.
 * @throws RangeError for a setting out of range.
 *
 * ```ts
 * await train({ steps: 2000, intervention: projection({ directions: 2, until: 1000 }) });
 * ```
 */
export function projection({
  directions,
  ...window
}: { directions: number } & Window): Intervention {
  const name = 'projection';
  required(isWhole(directions, 1), name, 'directions', directions, 'an integer of 1 or more');
  return described(name, { directions }, window, ({ model: { layers, width }, seed }) => {
    const range = `below the model's width (${width})`;
    required(directions < width, name, 'directions', directions, range);
    const basis = orthonormal(directions, width, seed);
    return {
      watch: (layer, _input, output) => {
        if (layer !== `h.${layers - 1}`) return output;
        // Only now: plans and tables name interventions without TensorFlow.
        const live: typeof tf = require('../environment/tensorflow').tf;
        const rows = live.tensor2d(basis, [directions, width]);
        return output.matMul(rows, false, true).matMul(rows) as tf.Tensor2D;
      },
    };
  });
}

/** So many orthonormal directions, row by row (Gram and Schmidt). */
function orthonormal(count: number, width: number, seed: number): Float32Array {
  const random = generator(seed, 'projection');
  const rows: number[][] = [];
  while (rows.length < count) {
    let row = Array.from({ length: width }, () => random.gaussian());
    for (const other of rows) {
      const along = row.reduce((sum, value, i) => sum + value * other[i], 0);
      row = row.map((value, i) => value - along * other[i]);
    }
    const length = Math.hypot(...row);
    rows.push(row.map((value) => value / length));
  }
  return Float32Array.from(rows.flat());
}
