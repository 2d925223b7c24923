import { compile, type TensorFunction } from '../compile';
import { machine, machineWords } from '../environment/machine';
import { tf } from '../environment/tensorflow';
import { SCALES } from '../model/scales';
import { benchOptions, chosen, whole } from './options';
import { parameterCount, type Subject, subject } from './subject';
import { timed } from './turns';

const USAGE = `npm run bench -- pieces [options]

Where the time of a training step goes: each piece compiled by itself, forward and backward, against its floor.
A piece's floor is its products at the rate of a square one of 1024, and its numbers at the rate of a copy of as many.
All are the best of the rounds, in which they take turns.

  --scales LIST       of ${SCALES.join(', ')} (default nano)
  --sequences N       in a batch, packed as in a run (default 64)
  --rounds N          timed rounds (default 20)
  --json              print a JSON array and nothing else`;

/** One piece of the step, all its occurrences together. */
interface Piece {
  readonly scale: string;
  readonly piece: string;
  readonly count: number;
  readonly ms: number;
  readonly floor_ms: number;
  readonly processor: string;
}

/** A piece before it is timed. */
interface Work {
  readonly piece: string;
  readonly count: number;
  /** Shapes of its inputs. */
  readonly shapes: readonly (readonly number[])[];
  readonly run: TensorFunction;
  /** Of all its products, one occurrence. */
  readonly flops?: number;
  /** Numbers that have to be read and written, one occurrence. */
  readonly numbers?: number;
}

/** `npm run bench -- pieces`: a table, or with `--json` its rows alone. @throws RangeError for an unknown scale. */
export async function benchPieces(argv: string[]): Promise<number> {
  const values = benchOptions(argv, USAGE, {
    scales: { type: 'string', default: 'nano' },
    sequences: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '20' },
  });
  if (!values) return 0;
  const [sequences, rounds] = [
    whole('sequences', values.sequences),
    whole('rounds', values.rounds),
  ];
  const all = chosen('scale', values.scales, SCALES).flatMap((scale) => {
    const one = subject(scale, sequences, true);
    const pieces = timedPieces(scale, one, rounds);
    one.trainer.dispose();
    if (!values.json) process.stdout.write(table(pieces));
    return pieces;
  });
  if (values.json) process.stdout.write(`${JSON.stringify(all, null, 1)}\n`);
  return 0;
}

function timedPieces(scale: string, one: Subject, rounds: number): Piece[] {
  const processor = machineWords(machine());
  const works = worksOf(one).map((work) => {
    const inputs = work.shapes.map((shape, i) => tf.randomNormal([...shape], 0, 1, 'float32', i));
    const run = compile(work.run, { name: work.piece });
    return { ...work, call: () => finish(run(...inputs)), times: [] as number[] };
  });
  const N = 1024;
  const square = tf.randomNormal([N, N]) as tf.Tensor2D;
  const call = () => finish(tf.matMul(square, square));
  const ceiling = { call, times: [] as number[] };
  const step = { call: () => void one.trainer.advance(), times: [] as number[] };
  const handOver = { call: handOverOf(one), times: [] as number[] };
  const copy = compile((a) => tf.mul(a, 1.5), { name: 'copy' });
  const sizes = [...new Set(works.flatMap(({ numbers }) => numbers ?? []))];
  const copies = sizes.map((size) => {
    const numbers = tf.fill([Math.ceil(size / 2)], 1);
    return { size, call: () => finish(copy(numbers)), times: [] as number[] };
  });
  const every = [...works, ceiling, step, handOver, ...copies];
  // All in turns, so that whatever else the machine does meets all alike.
  for (let round = -2; round < rounds; round++) {
    for (const { call, times } of every) {
      const ms = timed(call);
      if (round >= 0) times.push(ms);
    }
  }
  const rate = (2 * N ** 3) / best(ceiling.times);
  const floorOf = ({ flops = 0, numbers }: Work) => {
    const copied = copies.find(({ size }) => size === numbers);
    return flops / rate + (copied ? best(copied.times) : 0);
  };
  const total = best(step.times);
  const pieces = works.map((work) => ({
    ...{ scale, piece: work.piece, count: work.count, processor },
    ms: work.count * best(work.times),
    floor_ms: work.count * floorOf(work),
  }));
  const overhead = best(handOver.times);
  const rest = total - overhead - pieces.reduce((sum, { ms }) => sum + ms, 0);
  const others = { scale, count: 1, processor };
  return [
    ...pieces,
    { ...others, piece: 'hand-over of arguments and results', ms: overhead, floor_ms: 0 },
    { ...others, piece: 'all else, less what XLA fuses', ms: rest, floor_ms: 0 },
    {
      ...others,
      piece: 'the step',
      ms: total,
      floor_ms: pieces.reduce((s, p) => s + p.floor_ms, 0),
    },
  ];
}

/** Other work on the machine only adds. */
function best(times: readonly number[]): number {
  return Math.min(...times);
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

/** The pieces of a training step of lib/model/transformer.ts and lib/training/adamw.ts, backward passes included. */
function worksOf({ model, trainer, batch }: Subject): Work[] {
  const { width: D, heads: H, layers: L, vocabulary: V, context: T } = model;
  const N = batch.inputs.length;
  const [B, size] = [N / T, D / H];
  const withGradient =
    (f: (...inputs: tf.Tensor[]) => tf.Tensor): TensorFunction =>
    (...inputs) => {
      const weights = inputs.pop()!;
      const { value, grads } = tf.valueAndGrads((...xs: tf.Tensor[]) =>
        tf.sum(tf.mul(f(...xs), weights)),
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
  const P = parameterCount(trainer);
  return [
    product(D, 3 * D, L),
    product(D, D, L),
    product(D, 4 * D, L),
    product(4 * D, D, L),
    product(D, V, 1),
    {
      ...{
        piece: 'embedding as a one-hot product, and back',
        count: 1,
        shapes: [
          [V, D],
          [N, D],
        ],
      },
      run: (table, dy) => {
        const tokens = tf.tensor1d(batch.inputs, 'int32');
        const oneHot = tf.oneHot(tokens, V) as tf.Tensor2D;
        return [
          tf.matMul(oneHot, table as tf.Tensor2D),
          tf.matMul(oneHot, dy as tf.Tensor2D, true),
        ];
      },
      numbers: 4 * N * D,
    },
    {
      ...{
        piece: 'attention between its products with weights',
        count: L,
        shapes: [
          [N, 3 * D],
          [N, D],
        ],
      },
      run: withGradient((qkv) => {
        const [q, k, v] = tf
          .split(qkv, 3, 1)
          .map((part) => tf.transpose(part.reshape([B, T, H, size]), [0, 2, 1, 3]));
        const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(size));
        return tf.transpose(tf.matMul(tf.softmax(scores), v), [0, 2, 1, 3]).reshape([N, D]);
      }),
      flops: 12 * N * T * D,
      numbers: 8 * N * D,
    },
    {
      ...{ piece: 'norm', count: 2 * L + 1, shapes: [[N, D], [D], [D], [N, D]] },
      run: withGradient((x, g, b) => {
        const centered = tf.sub(x, tf.mean(x, -1, true));
        const variance = tf.mean(tf.square(centered), -1, true);
        return tf.add(tf.mul(tf.mul(centered, tf.rsqrt(tf.add(variance, 1e-5))), g), b);
      }),
      numbers: 5 * N * D,
    },
    {
      ...{ piece: 'bias and GELU', count: L, shapes: [[N, 4 * D], [4 * D], [N, 4 * D]] },
      run: withGradient((x, b) => {
        const h = tf.add(x, b);
        const inner = tf.mul(0.7978845608, tf.add(h, tf.mul(0.044715, tf.mul(h, tf.square(h)))));
        return tf.mul(tf.mul(0.5, h), tf.add(1, tf.tanh(inner)));
      }),
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
      ...{ piece: 'AdamW over one vector', count: 1, shapes: [[P], [P], [P], [P]] },
      run: (w, m, v, g) => {
        const scale = tf.minimum(1, tf.div(1, tf.sqrt(tf.sum(tf.square(g)))));
        const gradient = tf.mul(g, scale);
        const first = tf.add(tf.mul(m, 0.9), tf.mul(gradient, 0.1));
        const second = tf.add(tf.mul(v, 0.95), tf.mul(tf.square(gradient), 0.05));
        const change = tf.div(first, tf.add(tf.sqrt(tf.abs(second)), 1e-8));
        return [tf.sub(w, tf.mul(change, 1e-3)), first, second];
      },
      numbers: 8 * P,
    },
  ];
}

function table(pieces: readonly Piece[]): string {
  const total = pieces[pieces.length - 1].ms;
  const lines = pieces.map(
    ({ piece, count, ms, floor_ms }) =>
      `${piece.padEnd(48)} ${`×${count}`.padStart(4)} ${ms.toFixed(2).padStart(8)} ms ` +
      `${((100 * ms) / total).toFixed(0).padStart(4)} % ` +
      `floor ${floor_ms.toFixed(2).padStart(7)} ms`,
  );
  return `${pieces[0].scale} on ${pieces[0].processor}\n${lines.join('\n')}\n`;
}
