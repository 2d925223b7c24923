import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT } from '../../lib/environment/paths';
import { tf } from '../../lib/environment/tensorflow';
import { norm } from '../../lib/measures/algorithms/vectors';
import { gradientRanks } from '../../lib/measures/gradient-rank';
import { topEigenvalue } from '../../lib/measures/hessian';
import { AnswerGradients } from '../../lib/measures/operators/answer-gradients';
import { DeviceWalks } from '../../lib/measures/operators/device-walk';
import { hessianOperator, RELATIVE_STEP } from '../../lib/measures/operators/hessian';
import { answerObjective, modelPoint, Objective } from '../../lib/measures/operators/objective';
import { batchTensors } from '../../lib/model/batch';
import { parameterSpecs } from '../../lib/model/parameters';
import type { ModelConfig } from '../../lib/model/scales';
import { answerLossSum, forward } from '../../lib/model/transformer';
import { pack, type Sequence } from '../../lib/tasks';
import { fixture, near, parkMiller } from './helpers';

/** A nano checkpoint in mid-training, and what PyTorch, curvlinops and devinterp make of it. */
const { config, length, sequences } = fixture('landscape.input.json') as {
  config: ModelConfig;
  length: number;
  sequences: Record<'inputs' | 'targets' | 'weights', string>;
};
const expected = fixture('landscape.json') as {
  loss: number;
  gradient_norm: number;
  hessian_product: { norm: number; leading: number[] };
  hessian_top: number;
  fisher_rank: number;
  fisher_trace: number;
  covariance_rank: number;
  covariance_rank_leading: number;
  /** Parameters that it sees. */
  leading: number;
  walk: {
    settings: Record<'stepSize' | 'localization' | 'nBeta', number>;
    losses: number[];
  };
};

const bytes = (name: keyof typeof sequences) => Buffer.from(sequences[name], 'base64');
const rows = { inputs: bytes('inputs'), targets: bytes('targets'), weights: bytes('weights') };
/** Each row of the fixture is one line. */
const lines: Sequence[] = Array.from({ length: rows.inputs.length / length }, (_, row) => {
  const part = (values: Buffer) => [...values.subarray(row * length, (row + 1) * length)];
  const weights = part(rows.weights);
  const end = weights.lastIndexOf(1);
  const tokens = [...part(rows.inputs).slice(0, end + 1), part(rows.targets)[end]];
  return { tokens, answerFrom: weights.indexOf(1) + 1 };
});
/** bfloat16 is the upper half of a float32. */
const words = readFileSync(join(ROOT, 'test', 'fixtures', 'measures', 'landscape.bf16'));
const point = new Float32Array(
  Uint32Array.from({ length: words.length / 2 }, (_, i) => words.readUInt16LE(2 * i) << 16).buffer,
);
const packed = (from: number, count: number, step = 4) =>
  batchTensors(pack(lines.slice(from, from + count), config.context, step), config.context);

let mean: Objective;
let fixed: tf.Tensor[];
let batches: tf.Tensor[][];
before(() => {
  mean = answerObjective(config);
  fixed = packed(0, 128);
  batches = Array.from({ length: 16 }, (_, i) => packed(16 * i, 16, 12));
});
after(() => {
  mean.dispose();
  tf.dispose([fixed, batches]);
});

test('loss and gradient of nano agree with PyTorch', () => {
  const { loss, gradient } = mean.gradient(point, fixed);
  near(loss, expected.loss, 1e-5, 'loss');
  near(norm(gradient), expected.gradient_norm, 1e-4, 'gradient norm');
  near(mean.loss(point, fixed), expected.loss, 1e-5, 'loss alone');
});

test('inner products of gradients are the same where the gradients are not made', () => {
  const gradients = new AnswerGradients(config, mean);
  // So many that token pairs are made in more than one block, and the last rows are filled up.
  const N = 110;
  const some = lines.slice(0, N);
  const live = tf.memory().numTensors;
  const leading = Math.floor(point.length / 8);
  const found = gradients.gram(point, pack(some, config.context), leading);
  assert.equal(tf.memory().numTensors, live);
  // The gradient of a line's log-probability, line by line.
  const sum = new Objective(
    mean.shapes,
    (parameters, ...batch) => {
      const [inputs, targets, weights, positions] = batch as tf.Tensor2D[];
      return answerLossSum(forward(config, parameters, inputs, positions).logits, targets, weights);
    },
    'log-probability of an answer',
  );
  const made = some.map((line) => {
    const batch = batchTensors(pack([line], config.context, 1), config.context);
    const { gradient } = sum.gradient(point, batch);
    tf.dispose(batch);
    return gradient;
  });
  for (const [gram, columns] of [
    [found.all, point.length],
    [found.leading, leading],
  ] as const) {
    const seen = made.map((gradient) => gradient.subarray(0, columns));
    // Confident answers have small gradients, in which rounding shows more.
    const sizes = seen.map((gradient) => norm(gradient));
    for (let i = 0; i < N; i += 7) {
      for (let j = 0; j < N; j++) {
        const exact = seen[i].reduce((total, value, k) => total + value * seen[j][k], 0);
        const error = Math.abs(gram[i * N + j] - exact) / (sizes[i] * sizes[j]);
        assert.ok(error < 3e-4, `${i}, ${j}: ${gram[i * N + j]}, not ${exact}`);
      }
    }
  }
  // A limit at the end of a tensor, and one that leaves whole rows and a beginning.
  for (const limit of [config.vocabulary * config.width, 3 * config.width + 5]) {
    const few = gradients.gram(point, pack(some.slice(0, 3), config.context), limit).leading;
    const exact = made[0]
      .subarray(0, limit)
      .reduce((total, value, k) => total + value * made[1][k], 0);
    const size = norm(made[0].subarray(0, limit)) * norm(made[1].subarray(0, limit));
    assert.ok(Math.abs(few[1] - exact) < 3e-4 * size, `${limit}: ${few[1]}, not ${exact}`);
  }
  assert.throws(
    () => gradients.gram(point.subarray(1), pack(some, config.context)),
    /The point has /,
  );
  for (const each of [sum, gradients]) each.dispose();
});

test('Hessian-vector products of nano agree with exact ones in float64', () => {
  const { leading: known, norm: size } = expected.hessian_product;
  // The step that narrow directions need is so short that rounding of float32 shows: 0.9 % of these numbers with
  // AVX-512, 2 % with AVX2. At a step ten times as long it is a tenth of that, and this direction is wide enough.
  for (const [step, allowed] of [
    [10 * RELATIVE_STEP, 0.006],
    [RELATIVE_STEP, 0.04],
  ]) {
    const gradient = (at: Float32Array) => mean.gradient(at, fixed);
    const product = hessianOperator(gradient, point, step).matvec(parkMiller(point.length, 21));
    near(norm(product), size, 0.01, 'norm of the product');
    const error = norm(known.map((value, i) => value - product[i])) / norm(known);
    assert.ok(error < allowed, `off by ${error} at step ${step}`);
  }
});

test("the top eigenvalue agrees with SciPy's of exact products within 2 %", () => {
  const { converged } = topEigenvalue(hessianOperator((at) => mean.gradient(at, fixed), point));
  near(converged.value, expected.hessian_top, 0.02, 'top eigenvalue');
  assert.ok(converged.residual < 1e-2 * converged.value, `residual ${converged.residual}`);
});

test('ranks of gradients agree with PyTorch within 1 %', () => {
  const gradients = new AnswerGradients(config, mean);
  const some = pack(lines.slice(0, 48), config.context);
  const found = gradientRanks(gradients.gram(point, some, expected.leading), 48);
  near(found.rank.value, expected.fisher_rank, 0.01, 'gradient rank');
  near(found.meanSquare, expected.fisher_trace, 0.01, 'mean square');
  near(found.covariance.value, expected.covariance_rank, 0.01, 'covariance rank');
  near(found.leadingCovariance.value, expected.covariance_rank_leading, 0.01, 'of the leading');
  gradients.dispose();
});

test("a chain's updates are those of devinterp's sampler, but for the noise", () => {
  const { settings, losses } = expected.walk;
  const walks = new DeviceWalks(mean);
  const walk = walks.start(batches, Float64Array.from(point), {
    ...settings,
    noise: 0,
    scattered: false,
    seed: 0,
  });
  const ours = losses.map((_, draw) => walk.advance(draw % batches.length).loss);
  walk.dispose();
  walks.dispose();
  ours.forEach((loss, draw) => {
    near(loss, losses[draw], 1e-4, `loss of draw ${draw}`);
  });
});

test('a checkpoint of another architecture and an empty batch are refused by name', () => {
  const weights = Object.fromEntries(
    parameterSpecs({ ...config, width: 2 * config.width }).map(({ name, shape }) => [
      name,
      { shape, values: new Float32Array(shape.reduce((a, b) => a * b)) },
    ]),
  );
  assert.throws(() => modelPoint(config, weights), /wte should be \[\d+,\d+\] and is \[\d+,\d+\]/);
  assert.throws(() => mean.gradient(new Float32Array(10), fixed), /has 10 numbers/);
  assert.throws(() => packed(0, 0), /got none: is the task empty/);
});

test('a hundred calls of every operator leave memory as it was', () => {
  const [batch] = batches;
  const operator = hessianOperator((at) => mean.gradient(at, batch), point);
  const vector = new Float64Array(point.length).fill(1e-3);
  const calls = () => {
    mean.gradient(point, batch);
    mean.loss(point, batch);
    operator.matvec(vector);
  };
  // The first calls compile, and let the allocators take what they need.
  for (let i = 0; i < 20; i++) calls();
  const tensors = tf.memory().numTensors;
  const resident = process.memoryUsage().rss;
  for (let i = 0; i < 100; i++) calls();
  assert.equal(tf.memory().numTensors, tensors);
  const growth = process.memoryUsage().rss - resident;
  // One gradient left behind at each of the 300 calls would be four times as much.
  assert.ok(growth < 75 * 4 * point.length + 20e6, `${(growth / 1e6).toFixed(0)} MB more`);
});
