import assert from 'node:assert/strict';
import test from 'node:test';
import { tf } from '../../lib/environment/tensorflow';
import { symmetricEigenvalues } from '../../lib/measures/algorithms/float64';
import { gaussians, randomNumbers } from '../../lib/measures/algorithms/vectors';
import { topEigenvalue } from '../../lib/measures/hessian';
import { hessianOperator } from '../../lib/measures/operators/hessian';
import { modelPoint, Objective } from '../../lib/measures/operators/objective';
import { near } from './helpers';

/** Regression problems whose Hessians are known: n samples of d features, C classes. */
const [n, d, C] = [40, 5, 3];
const random = randomNumbers(1);
const normal = (size: number, seed: number) => gaussians(randomNumbers(seed), size);
const x = Float64Array.from({ length: n * d }, (_, at) => random.gaussian() * (1 + (at % d)));
const classes = Int32Array.from({ length: n }, () => Math.floor(random.uniform() * C));
const row = (s: number) => x.subarray(s * d, (s + 1) * d);

interface Problem {
  size: number;
  gradient(point: Float64Array): { loss: number; gradient: Float64Array };
  /** Σ over samples of the Hessian of one, at a point. */
  hessian(point: Float64Array): Float64Array;
}

/** Softmax regression on x; logistic regression is its two-class case with one weight vector. */
function probabilities(w: Float64Array, s: number): Float64Array {
  const scores = Float64Array.from({ length: C }, (_, c) =>
    row(s).reduce((sum, value, i) => sum + value * w[c * d + i], 0),
  );
  const top = Math.max(...scores);
  const total = scores.reduce((sum, value) => sum + Math.exp(value - top), 0);
  return scores.map((value) => Math.exp(value - top) / total);
}

const problems: Record<string, Problem> = {
  linear: {
    size: d,
    gradient: (w) => {
      const gradient = new Float64Array(d);
      let loss = 0;
      for (let s = 0; s < n; s++) {
        const error = row(s).reduce((sum, value, i) => sum + value * w[i], 0) - classes[s];
        loss += error ** 2 / 2 / n;
        row(s).forEach((value, i) => {
          gradient[i] += (error * value) / n;
        });
      }
      return { loss, gradient };
    },
    hessian: () => outer(d, () => 1),
  },
  logistic: {
    size: d,
    gradient: (w) => {
      const gradient = new Float64Array(d);
      let loss = 0;
      for (let s = 0; s < n; s++) {
        const score = row(s).reduce((sum, value, i) => sum + value * w[i], 0);
        const label = classes[s] === 0 ? 1 : 0;
        loss += (Math.log1p(Math.exp(-Math.abs(score))) + Math.max(score, 0) - label * score) / n;
        row(s).forEach((value, i) => {
          gradient[i] += ((sigmoid(score) - label) * value) / n;
        });
      }
      return { loss, gradient };
    },
    hessian: (w) =>
      outer(d, (s) => {
        const p = sigmoid(row(s).reduce((sum, value, i) => sum + value * w[i], 0));
        return p * (1 - p);
      }),
  },
  softmax: {
    size: d * C,
    gradient: (w) => {
      const gradient = new Float64Array(d * C);
      let loss = 0;
      for (let s = 0; s < n; s++) {
        const p = probabilities(w, s);
        loss -= Math.log(p[classes[s]]) / n;
        for (let c = 0; c < C; c++) {
          const error = p[c] - (classes[s] === c ? 1 : 0);
          row(s).forEach((value, i) => {
            gradient[c * d + i] += (error * value) / n;
          });
        }
      }
      return { loss, gradient };
    },
    hessian: (w) => {
      const size = d * C;
      const matrix = new Float64Array(size * size);
      for (let s = 0; s < n; s++) {
        const p = probabilities(w, s);
        for (let a = 0; a < size; a++) {
          for (let b = 0; b < size; b++) {
            const [ca, cb] = [Math.floor(a / d), Math.floor(b / d)];
            const curve = p[ca] * ((ca === cb ? 1 : 0) - p[cb]);
            matrix[a * size + b] += (curve * row(s)[a % d] * row(s)[b % d]) / n;
          }
        }
      }
      return matrix;
    },
  },
};

function sigmoid(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

function outer(size: number, weight: (s: number) => number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let s = 0; s < n; s++) {
    for (let at = 0; at < size * size; at++) {
      matrix[at] += (weight(s) * row(s)[Math.floor(at / size)] * row(s)[at % size]) / n;
    }
  }
  return matrix;
}

function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  return vector.map((_, i) =>
    vector.reduce((sum, value, j) => sum + matrix[i * size + j] * value, 0),
  );
}

for (const [name, problem] of Object.entries(problems)) {
  test(`Hessian of ${name} regression: products and top eigenvalue`, () => {
    const point = normal(problem.size, 2).map((value) => value / 3);
    const closed = problem.hessian(point);
    const operator = hessianOperator(problem.gradient, point, 1e-5);
    for (let k = 0; k < 3; k++) {
      const vector = normal(problem.size, 10 + k);
      const [product, known] = [operator.matvec(vector), times(closed, vector)];
      const size = Math.hypot(...known);
      product.forEach((value, i) => {
        assert.ok(Math.abs(value - known[i]) < 1e-8 * size, `${value}, not ${known[i]}`);
      });
    }
    const dense = symmetricEigenvalues(closed, problem.size);
    near(topEigenvalue(operator, { tolerance: 1e-6 }).converged.value, dense.at(-1)!, 1e-7);
  });
}

/** Softmax regression again, through TensorFlow in float32. */
function tensorObjective(): { objective: Objective; batch: tf.Tensor[] } {
  const objective = new Objective(
    [
      { name: 'first', shape: [2, d] },
      { name: 'second', shape: [1, d] },
    ],
    ({ first, second }, ...[inputs, labels]) => {
      const weights = tf.concat([first, second]) as tf.Tensor2D;
      const logits = tf.matMul(inputs as tf.Tensor2D, weights, false, true);
      const chosen = tf.sum(tf.mul(tf.logSoftmax(logits), tf.oneHot(labels as tf.Tensor1D, C)), -1);
      return tf.neg(tf.mean(chosen)).asScalar();
    },
    'softmax regression',
  );
  return {
    objective,
    batch: [tf.tensor2d(Float32Array.from(x), [n, d]), tf.tensor1d(classes, 'int32')],
  };
}

test('an objective flattens named parameters: loss, gradient and Hessian in float32', () => {
  const { objective, batch } = tensorObjective();
  const point = Float32Array.from(normal(d * C, 3), (value) => value / 3);
  assert.equal(objective.size, d * C);
  const exact = problems.softmax.gradient(Float64Array.from(point));
  const { loss, gradient } = objective.gradient(point, batch);
  near(loss, exact.loss, 1e-6);
  near(objective.loss(point, batch), exact.loss, 1e-6);
  gradient.forEach((value, i) => {
    assert.ok(Math.abs(value - exact.gradient[i]) < 1e-6);
  });
  // A smooth loss of 15 numbers wants a longer step than a transformer does.
  const operator = hessianOperator((at) => objective.gradient(at, batch), point, 1e-3);
  const dense = symmetricEigenvalues(problems.softmax.hessian(Float64Array.from(point)), d * C);
  near(topEigenvalue(operator, { tolerance: 1e-3 }).converged.value, dense.at(-1)!, 1e-3);
  objective.dispose();
  tf.dispose(batch);
});

test('gradients by the hundred leave nothing behind', () => {
  const { objective, batch } = tensorObjective();
  const point = new Float32Array(d * C);
  objective.gradient(point, batch);
  objective.loss(point, batch);
  const before = tf.memory().numTensors;
  for (let i = 0; i < 100; i++) {
    objective.gradient(point, batch);
    objective.loss(point, batch);
  }
  assert.equal(tf.memory().numTensors, before);
  objective.dispose();
  tf.dispose(batch);
});

test('points of another model, broken weights and losses that vary are refused by name', () => {
  const { objective, batch } = tensorObjective();
  assert.throws(() => objective.gradient(new Float32Array(4), batch), /has 4 numbers .* takes 15/);
  // Embeddings and the final norm alone.
  const bare = { scale: 'bare', layers: 0, width: 5, heads: 1, vocabulary: 2, context: 1 };
  const of = (...shape: number[]) => ({ shape, values: new Float32Array(shape.at(-1)!) });
  const norm = { 'ln_f.g': of(5), 'ln_f.b': of(5) };
  const rest = { wte: { shape: [2, 5], values: new Float32Array(10) }, ...norm };
  assert.equal(modelPoint(bare, { ...rest, wpe: of(1, 5) }).length, 25);
  assert.throws(() => modelPoint(bare, rest), /wpe should be \[1,5\] and is missing/);
  assert.throws(
    () => modelPoint(bare, { ...rest, wpe: of(1, 6) }),
    /wpe should be \[1,5\] and is \[1,6\]: .* another architecture/,
  );
  const broken = { shape: [1, 5], values: Float32Array.of(0, 0, Number.NaN, 0, 0) };
  assert.throws(() => modelPoint(bare, { ...rest, wpe: broken }), /wpe holds NaN/);
  const infinite = Float32Array.from({ length: 15 }, () => Number.POSITIVE_INFINITY);
  assert.throws(
    () => hessianOperator((at) => objective.gradient(at, batch), infinite),
    /loss is NaN here/,
  );
  let calls = 0;
  const fickle = (at: Float32Array) => ({ loss: calls++, gradient: at });
  assert.throws(() => hessianOperator(fickle, new Float32Array(3)), /loss is 0 and then 1/);
  objective.dispose();
  tf.dispose(batch);
});
