import { choice, whole } from '../commands/options';
import { compile, type TensorFunction } from '../compile';
import { machine, machineWords } from '../environment/machine';
import { tf } from '../environment/tensorflow';
import { parameterCount } from '../model/parameters';
import { SCALES } from '../model/scales';
import { causalAttention, gelu, standardized } from '../model/transformer';
import { adamwUpdate } from '../training/adamw';
import { bench } from './bench';
import { type Subject, subject, timed } from './subject';

/** A piece of the step before it is timed. */
interface Work {
  readonly piece: string;
  /** Its occurrences in a step. */
  readonly count: number;
  /** Shapes of its inputs. */
  readonly shapes: readonly (readonly number[])[];
  readonly run: TensorFunction;
  /** Of all its products, one occurrence. */
  readonly flops?: number;
  /** Numbers that have to be read and written, one occurrence. */
  readonly numbers?: number;
}

/** `npm run bench -- pieces`. */
export const pieces = bench({
  about:
    "Where the time of a training step goes: each piece compiled by itself, forward and backward, against its floor. A piece's floor is its products at the rate of a square one of 1024, and its numbers at the rate of a copy of as many. All are the best of the rounds, in which they take turns.",
  options: {
    scales: choice(SCALES, 'scales to time').list().or(['nano']),
    sequences: whole(1, 'in a batch, packed as in a run').or(64),
    rounds: whole(1, 'timed rounds').or(20),
  },
  async *run({ scales, sequences, rounds }) {
    for (const scale of scales) {
      const one = subject(scale, sequences, true);
      const rows = timedPieces(scale, one, rounds);
      one.trainer.dispose();
      yield { rows, words: table(rows) };
    }
  },
});

function timedPieces(scale: string, one: Subject, rounds: number) {
  const works = worksOf(one);
  const calls = works.map(({ piece, shapes, run }) => {
    const inputs = shapes.map((shape, i) => tf.randomNormal([...shape], 0, 1, 'float32', i));
    const compiled = compile(run, { name: piece });
    return () => finish(compiled(...inputs));
  });
  const N = 1024;
  const square = tf.randomNormal([N, N]) as tf.Tensor2D;
  const copy = compile((a) => tf.mul(a, 1.5), { name: 'copy' });
  const sizes = [...new Set(works.flatMap(({ numbers }) => numbers ?? []))];
  const copies = sizes.map((size) => {
    const numbers = tf.fill([Math.ceil(size / 2)], 1);
    return () => finish(copy(numbers));
  });
  const step = () => void one.trainer.advance();
  const product = () => finish(tf.matMul(square, square));
  const [total, overhead, ceiling, ...rest] = bestOf(
    [step, handOverOf(one), product, ...calls, ...copies],
    rounds,
  );
  const copied = (size?: number) =>
    size === undefined ? 0 : rest[works.length + sizes.indexOf(size)];
  const others = { scale, processor: machineWords(machine()) };
  const rows = works.map(({ piece, count, flops = 0, numbers }, i) => ({
    ...{ ...others, piece, count, ms: count * rest[i] },
    floor_ms: count * ((flops / (2 * N ** 3)) * ceiling + copied(numbers)),
  }));
  const sum = (of: 'ms' | 'floor_ms') => rows.reduce((all, row) => all + row[of], 0);
  const whole = (piece: string, ms: number, floor_ms = 0) => ({
    ...{ ...others, piece, count: 1, ms, floor_ms },
  });
  return [
    ...rows,
    whole('hand-over of arguments and results', overhead),
    whole('all else, less what XLA fuses', total - overhead - sum('ms')),
    whole('the step', total, sum('floor_ms')),
  ];
}

/**
 * Milliseconds of the best round of each: other work on the machine only adds. They take turns, so that it meets all alike.
 */
function bestOf(calls: readonly (() => void)[], rounds: number): number[] {
  const best = calls.map(() => Number.POSITIVE_INFINITY);
  for (let round = -2; round < rounds; round++) {
    for (const [i, call] of calls.entries()) {
      const ms = timed(call);
      if (round >= 0) best[i] = Math.min(best[i], ms);
    }
  }
  return best;
}

/** One value read is all values computed: a function is one kernel. */
function finish(result: ReturnType<TensorFunction>): void {
  const tensors = result instanceof tf.Tensor ? [result] : Object.values(result);
  tensors[0].dataSync();
  tf.dispose(tensors);
}

/** A call with the step's own variables and batch that computes next to nothing. */
function handOverOf({ trainer, tensors }: Subject): () => void {
  const variables = Object.values(trainer.parameters).flatMap((parameter) => [
    ...[parameter, tf.variable(tf.zeros([1])), tf.variable(tf.zeros([1]))],
  ]);
  const touch = compile(
    (...batch) =>
      tf.addN(
        [...variables, ...batch].map((one) => tf.cast(one.flatten().slice([0], [1]), 'float32')),
      ),
    { name: 'hand-over' },
  );
  return () => {
    const batch = tensors();
    finish(touch(...batch));
    tf.dispose(batch);
  };
}

/** The pieces of a training step, backward passes included, of the model's and the optimizer's own functions. */
function worksOf({ model, training, batch }: Subject): Work[] {
  const { width: D, heads, layers: L, vocabulary: V, context: T } = model;
  const N = batch.inputs.length;
  const withGradient =
    (f: (...inputs: tf.Tensor2D[]) => tf.Tensor): TensorFunction =>
    (...inputs) => {
      const weights = inputs.pop()!;
      const { value, grads } = tf.valueAndGrads((...xs: tf.Tensor[]) =>
        tf.sum(tf.mul(f(...(xs as tf.Tensor2D[])), weights)),
      )(inputs);
      return [value, ...grads];
    };
  const product = (inner: number, outer: number, count: number): Work => ({
    ...{ piece: `product ${N}×${inner}×${outer}, forward and two back`, count },
    shapes: [
      [N, inner],
      [inner, outer],
      [N, outer],
    ],
    run: (x, w, dy) => [
      tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D),
      tf.matMul(dy as tf.Tensor2D, w as tf.Tensor2D, false, true),
      tf.matMul(x as tf.Tensor2D, dy as tf.Tensor2D, true),
    ],
    flops: 6 * N * inner * outer,
  });
  const P = parameterCount(model);
  const [w, first, second] = [0, 0, 0].map((value) => ({ w: tf.variable(tf.fill([P], value)) }));
  return [
    product(D, 3 * D, L),
    product(D, D, L),
    product(D, 4 * D, L),
    product(4 * D, D, L),
    product(D, V, 1),
    {
      ...{ piece: 'embedding as a one-hot product, and back', count: 1 },
      shapes: [
        [V, D],
        [N, D],
      ],
      run: (table, dy) => {
        const oneHot = tf.oneHot(tf.tensor1d(batch.inputs, 'int32'), V) as tf.Tensor2D;
        return [
          tf.matMul(oneHot, table as tf.Tensor2D),
          tf.matMul(oneHot, dy as tf.Tensor2D, true),
        ];
      },
      numbers: 4 * N * D,
    },
    {
      ...{ piece: 'attention between its products with weights', count: L },
      shapes: [
        [N, 3 * D],
        [N, D],
      ],
      run: withGradient((qkv) => causalAttention(qkv, tf.scalar(0), N / T, heads)),
      flops: 12 * N * T * D,
      numbers: 8 * N * D,
    },
    {
      ...{ piece: 'norm', count: 2 * L + 1, shapes: [[N, D], [D], [D], [N, D]] },
      run: withGradient((x, g, b) => tf.add(tf.mul(standardized(x), g), b)),
      numbers: 5 * N * D,
    },
    {
      ...{ piece: 'bias and GELU', count: L, shapes: [[N, 4 * D], [4 * D], [N, 4 * D]] },
      run: withGradient((x, b) => gelu(tf.add(x, b))),
      numbers: 5 * 4 * N * D,
    },
    {
      ...{ piece: 'loss', count: 1, shapes: [[N, V], [N]] },
      run: withGradient((logits) => {
        const chosen = tf.oneHot(tf.tensor1d(batch.targets, 'int32'), V);
        return tf.sum(tf.mul(tf.logSoftmax(logits), chosen), -1);
      }),
      numbers: 2 * N * V,
    },
    {
      ...{ piece: 'AdamW over one vector', count: 1, shapes: [[P]] },
      run: (gradient) =>
        adamwUpdate(w, { first, second }, { w: gradient }, tf.scalar(1e-3), tf.scalar(1), training),
      numbers: 8 * P,
    },
  ];
}

function table(pieces: ReturnType<typeof timedPieces>): string {
  const total = pieces[pieces.length - 1].ms;
  const lines = pieces.map(
    ({ piece, count, ms, floor_ms }) =>
      `${piece.padEnd(48)} ${`×${count}`.padStart(4)} ${ms.toFixed(2).padStart(8)} ms ` +
      `${((100 * ms) / total).toFixed(0).padStart(4)} % ` +
      `floor ${floor_ms.toFixed(2).padStart(7)} ms`,
  );
  return `${pieces[0].scale} on ${pieces[0].processor}\n${lines.join('\n')}\n`;
}
