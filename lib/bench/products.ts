import { choice, whole } from '../commands/options';
import { compile } from '../compile';
import { machine, machineWords } from '../environment/machine';
import { say } from '../environment/progress';
import { tf } from '../environment/tensorflow';
import { SCALES } from '../model/scales';
import { bench } from './bench';
import { subject, timed } from './subject';
import { installTorch, TorchProcess } from './torch-process';

/** A matrix product of the training step: the shapes of its two sides as they lie in memory. */
interface Product {
  readonly pass: 'forward' | 'back to states' | 'weights';
  readonly left: [number, number];
  readonly right: [number, number];
  readonly transposed: [boolean, boolean];
}

/** Who makes the products. */
const SIDES = ['XLA', 'TensorFlow', 'PyTorch'] as const;

/** `npm run bench -- products`. @throws Problem where PyTorch cannot be had. */
export const products = bench({
  about:
    "The step's matrix products one by one, in GFLOP/s: as XLA makes them, as TensorFlow's own kernel does (oneDNN), and PyTorch's. The best of the rounds, in which the three take turns.",
  options: {
    scales: choice(SCALES, 'scales to time').list().or(['nano', 'micro']),
    rounds: whole(1, 'timed rounds').or(20),
  },
  async *run({ scales, rounds }) {
    await installTorch();
    const processor = machineWords(machine());
    say(processor);
    const torch = new TorchProcess();
    try {
      for (const scale of scales) {
        for (const product of productsOf(scale)) {
          const found = await rates(product, rounds, torch);
          const { pass, left, right } = product;
          const row = { scale, processor, pass, left, right, ...Object.fromEntries(found) };
          const numbers = found.map(([side, rate]) => `${side} ${rate.toFixed(0)}`);
          const shapes = `${left.join('×')} · ${right.join('×')}`;
          yield {
            rows: [row],
            words: `${scale.padEnd(7)} ${pass.padEnd(15)} ${shapes.padEnd(22)} ${numbers.join('  ')}\n`,
          };
        }
      }
    } finally {
      torch.close();
    }
  },
});

/** A block's four products and what their gradients take, for a run's own batch. */
function productsOf(scale: string): Product[] {
  const { trainer, batch, model } = subject(scale, 64, true);
  trainer.dispose();
  const N = batch.inputs.length;
  const D = model.width;
  const sizes = [
    [D, 3 * D],
    [D, D],
    [D, 4 * D],
    [4 * D, D],
  ];
  return sizes.flatMap(([inner, outer]): Product[] => [
    { pass: 'forward', left: [N, inner], right: [inner, outer], transposed: [false, false] },
    { pass: 'back to states', left: [N, outer], right: [inner, outer], transposed: [false, true] },
    { pass: 'weights', left: [N, inner], right: [N, outer], transposed: [true, false] },
  ]);
}

/** GFLOP/s of the three. A call of TensorFlow's has ended when it returns, so that no result needs to be read. */
async function rates({ left, right, transposed }: Product, rounds: number, torch: TorchProcess) {
  const [a, b] = [left, right].map((shape, i) => tf.randomNormal(shape, 0, 1, 'float32', i + 1));
  const product = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, ...transposed);
  const compiled = compile(product, { name: 'product' });
  const sides = [left, right].map((shape, i) => ({ shape, transposed: transposed[i] }));
  const best = { XLA: Infinity, TensorFlow: Infinity, PyTorch: Infinity };
  for (let round = -3; round < rounds; round++) {
    const times: typeof best = {
      XLA: timed(() => tf.dispose(compiled(a, b))),
      TensorFlow: timed(() => tf.dispose(product(a, b))),
      PyTorch: (await torch.ask({ what: 'matmul', sides })).ms,
    };
    if (round < 0) continue;
    for (const side of SIDES) best[side] = Math.min(best[side], times[side]);
  }
  compiled.dispose();
  tf.dispose([a, b]);
  const flops = (2 * left[0] * left[1] * right[transposed[1] ? 0 : 1]) / 1e6;
  return SIDES.map((side) => [side, flops / best[side]] as const);
}
