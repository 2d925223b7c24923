import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT } from '../../lib/environment/paths';
import { tf } from '../../lib/environment/tensorflow';
import { norm } from '../../lib/measures/algorithms/vector';
import { fisherRank, fisherRankOfGram } from '../../lib/measures/fisher';
import { gradientCovarianceRank, PAPER_PARAMETERS } from '../../lib/measures/gradient-covariance';
import { hessianTrace, topEigenvalue } from '../../lib/measures/hessian';
import { localLearningCoefficient } from '../../lib/measures/llc';
import { AnswerGradients } from '../../lib/measures/operators/answer-gradients';
import { answerObjective, modelPoint } from '../../lib/measures/operators/answer-loss';
import { gramOfGradients } from '../../lib/measures/operators/gram';
import { hessianOperator, RELATIVE_STEP } from '../../lib/measures/operators/hessian';
import type { Objective } from '../../lib/measures/operators/objective';
import { type Batch, batchTensors, sequenceTensors, singleTensors } from '../../lib/model/batch';
import { parameterSpecs } from '../../lib/model/parameters';
import type { ModelConfig } from '../../lib/model/scales';
import { pack, packBatches } from '../../lib/tasks';
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
  hessian_trace: { mean: number; error: number };
  fisher_rank: number;
  fisher_trace: number;
  gradient_rank: number;
  gradient_rank_leading: number;
  llc: {
    settings: Record<'draws' | 'burnIn' | 'stepSize' | 'localization' | 'nBeta', number>;
    chains: number[];
  };
};

const bytes = (name: keyof typeof sequences) => Buffer.from(sequences[name], 'base64');
const arrays: Batch = {
  inputs: Int32Array.from(bytes('inputs')),
  targets: Int32Array.from(bytes('targets')),
  weights: Float32Array.from(bytes('weights')),
};
/** bfloat16 is the upper half of a float32. */
const words = readFileSync(join(ROOT, 'test', 'fixtures', 'measures', 'landscape.bf16'));
const point = new Float32Array(
  Uint32Array.from({ length: words.length / 2 }, (_, i) => words.readUInt16LE(2 * i) << 16).buffer,
);
const none: Batch = {
  inputs: new Int32Array(0),
  targets: new Int32Array(0),
  weights: new Float32Array(0),
};
const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

let mean: Objective;
let fixed: tf.Tensor[];
let batches: tf.Tensor[][];
before(() => {
  mean = answerObjective(config);
  fixed = sequenceTensors(arrays, length, range(0, 128));
  batches = range(0, 16).map((i) => sequenceTensors(arrays, length, range(16 * i, 16)));
});
after(() => {
  mean.dispose();
  tf.dispose([fixed, batches]);
});
const hessian = () => hessianOperator((at) => mean.gradient(at, fixed), point);

test('loss and gradient of nano agree with PyTorch', () => {
  const { loss, gradient } = mean.gradient(point, fixed);
  near(loss, expected.loss, 1e-5, 'loss');
  near(norm(gradient), expected.gradient_norm, 1e-4, 'gradient norm');
  near(mean.loss(point, fixed), expected.loss, 1e-5, 'loss alone');
});

test('packed batches are the same batches: loss and gradient', () => {
  const batches = packBatches(arrays, 32);
  assert.equal(batches.length, 8);
  assert.equal(new Set(batches.map(({ inputs }) => inputs.length)).size, 1, 'one shape');
  for (const i of [0, 7]) {
    const packed = batchTensors(batches[i], length);
    same(mean, sequenceTensors(arrays, length, range(32 * i, 32)), packed);
  }
  assert.throws(() => packBatches(arrays, 48), /256 sequences make no whole batches of 48/);
  assert.throws(() => batchTensors(pack(none), length), /got none: is the task empty/);
});

test('single sequences, cut where their answers have ended, are the same: loss and gradient', () => {
  const sum = answerObjective(config, 'sum');
  const singles = singleTensors(arrays, length);
  assert.equal(singles.length, 256);
  const tokens = singles.map(([inputs]) => inputs.shape[1]);
  assert.deepEqual([...new Set(tokens)].sort(), [12, 24]);
  for (const row of [tokens.indexOf(12), tokens.indexOf(24)])
    same(sum, sequenceTensors(arrays, length, [row]), singles[row]);
  const packed = batchTensors(packBatches(arrays, 32)[0], length);
  assert.throws(() => sum.loss(point, packed), /needs a sequence a row, and got packed rows/);
  sum.dispose();
  tf.dispose([singles, packed]);
});

test('inner products of gradients are the same where the gradients are not made', () => {
  const sum = answerObjective(config, 'sum');
  const gradients = new AnswerGradients(config, mean);
  // So many that token pairs are made in more than one block, and the last rows are filled up.
  const N = 110;
  const packed = pack(some(N));
  const live = tf.memory().numTensors;
  const ours = gradients.gram(point, packed);
  assert.equal(tf.memory().numTensors, live);
  const singles = singleTensors(some(N), length);
  const { all } = gramOfGradients(sum, point, singles, { precision: 'float64' });
  // Confident answers have small gradients, in which rounding shows more.
  const alike = (i: number, j: number, found: number) => {
    const size = Math.sqrt(all[i * N + i] * all[j * N + j]);
    const error = Math.abs(found - all[i * N + j]) / size;
    assert.ok(error < 2e-4, `${i}, ${j}: ${found}, not ${all[i * N + j]}`);
  };
  for (const [at, value] of ours.entries()) alike(Math.floor(at / N), at % N, value);
  // Each sequence a row, with no others beside it, is a packing too.
  const alone = some(3);
  const positions = Int32Array.from({ length: 3 * length }, (_, at) => at % length);
  const owners = alone.targets.map((target, at) => (target === 0 ? -1 : Math.floor(at / length)));
  const few = gradients.gram(point, { ...alone, positions, owners });
  for (const [at, value] of few.entries()) alike(Math.floor(at / 3), at % 3, value);
  assert.throws(() => gradients.gram(point.subarray(1), packed), /The point has /);
  assert.throws(() => fisherRankOfGram(new Float64Array(1), 1), /samples .* is 1/);
  for (const each of [sum, gradients]) each.dispose();
  tf.dispose(singles);
});

/** The first N sequences. */
function some(N: number) {
  const numbers = N * length;
  return {
    inputs: arrays.inputs.subarray(0, numbers),
    targets: arrays.targets.subarray(0, numbers),
    weights: arrays.weights.subarray(0, numbers),
  };
}

function same(objective: Objective, expected: tf.Tensor[], found: tf.Tensor[]): void {
  const [a, b] = [objective.gradient(point, expected), objective.gradient(point, found)];
  near(b.loss, a.loss, 1e-5, 'loss');
  const error = norm(a.gradient.map((value, at) => value - b.gradient[at]));
  assert.ok(error < 1e-4 * norm(a.gradient), `${error}`);
  tf.dispose([expected, found]);
}

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

test("the top eigenvalue agrees with curvlinops' within 2 %, the trace within the errors of both", () => {
  const operator = hessian();
  const top = topEigenvalue(operator);
  near(top.value, expected.hessian_top, 0.02, 'top eigenvalue');
  assert.ok(top.residual < 2e-3 * top.value, `residual ${top.residual}`);
  const { value, spread } = hessianTrace(operator);
  const { mean: theirs, error } = expected.hessian_trace;
  const both = Math.hypot(spread, error);
  assert.ok(Math.abs(value - theirs) < 3 * both, `${value} ± ${spread}, not ${theirs} ± ${error}`);
  assert.ok(both < 0.2 * theirs, 'both know it to a fifth');
});

test('Fisher and gradient-covariance ranks of nano agree with PyTorch within 1 %', () => {
  const sum = answerObjective(config, 'sum');
  const samples = range(0, 48).map((row) => sequenceTensors(arrays, length, [row]));
  const fisher = fisherRank(sum, point, samples);
  near(fisher.value, expected.fisher_rank, 0.01, 'Fisher rank');
  near(fisher.trace, expected.fisher_trace, 0.01, 'Fisher trace');
  const packed = pack(some(48));
  const gradients = new AnswerGradients(config, mean);
  const without = fisherRankOfGram(gradients.gram(point, packed), 48);
  near(without.value, expected.fisher_rank, 0.01, 'Fisher rank without gradients');
  near(without.trace, expected.fisher_trace, 0.01, 'Fisher trace without gradients');
  gradients.dispose();
  const { all, leading } = gradientCovarianceRank(mean, point, batches);
  near(all.value, expected.gradient_rank, 0.01, 'gradient rank');
  assert.equal(leading.settings.parameters, PAPER_PARAMETERS);
  near(leading.value, expected.gradient_rank_leading, 0.01, 'gradient rank of the leading');
  sum.dispose();
  tf.dispose(samples);
});

test("the LLC of nano agrees with that of devinterp's sampler within their spreads", () => {
  const { settings, chains } = expected.llc;
  const llc = localLearningCoefficient(
    {
      size: point.length,
      batches: batches.length,
      gradient: (at, batch) => mean.gradient(at, batches[batch]),
      loss: (at, batch) => mean.loss(at, batches[batch]),
    },
    point,
    { ...settings, chains: chains.length },
  );
  const theirs = chains.reduce((sum, value) => sum + value / chains.length, 0);
  const deviation = norm(chains.map((value) => value - theirs)) / Math.sqrt(chains.length - 1);
  const error = Math.hypot(llc.spread, deviation / Math.sqrt(chains.length));
  assert.ok(
    Math.abs(llc.value - theirs) < 3 * error,
    `${llc.value} ± ${llc.spread}, not ${theirs} ± ${deviation / Math.sqrt(chains.length)}`,
  );
  assert.ok(error < 0.1 * theirs, `known to a tenth: ± ${error} of ${theirs}`);
  assert.equal(llc.diverged + llc.negative, 0);
});

test('a checkpoint of another architecture, an empty task and missing samples are refused by name', () => {
  const weights = Object.fromEntries(
    parameterSpecs({ ...config, width: 64 }).map(({ name, shape }) => [
      name,
      { shape, values: new Float32Array(shape.reduce((a, b) => a * b)) },
    ]),
  );
  assert.throws(() => modelPoint(config, weights), /wte should be \[\d+,128\] and is \[\d+,64\]/);
  assert.throws(() => mean.gradient(new Float32Array(10), fixed), /has 10 numbers/);
  assert.throws(() => sequenceTensors(arrays, length, []), /got none: is the task empty/);
  assert.throws(() => sequenceTensors(arrays, length, [256]), /Sequence 256 .* there are 256/);
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
  // One gradient left behind at each of the 300 calls would be 490 MB.
  assert.ok(growth < 100e6, `${(growth / 1e6).toFixed(0)} MB more`);
});
