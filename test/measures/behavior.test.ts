import assert from 'node:assert/strict';
import test from 'node:test';
import { tf } from '../../lib/environment/tensorflow';
import { behavior, greedyAccuracy } from '../../lib/measures/behavior';
import { near } from './helpers';

/** Scores whose softmax is the given probabilities, `[N, T, V]`. */
function scores(probabilities: number[][][]): tf.Tensor3D {
  return tf.tidy(() => tf.log(tf.tensor3d(probabilities)));
}

test('accuracy counts whole answers, log-probability sums over their tokens', () => {
  const logits = scores([
    // The first position is no part of the answer, and wrong.
    [
      [0.9, 0.1],
      [0.2, 0.8],
      [0.7, 0.3],
    ],
    [
      [0.9, 0.1],
      [0.6, 0.4],
      [0.7, 0.3],
    ],
  ]);
  const targets = tf.tensor2d(
    [
      [1, 1, 0],
      [1, 1, 0],
    ],
    [2, 3],
    'int32',
  );
  const weights = tf.tensor2d([
    [0, 1, 1],
    [0, 1, 1],
  ]);
  const result = behavior(logits, targets, weights);
  assert.equal(result.accuracy, 0.5);
  near(result.logProb, (Math.log(0.8 * 0.7) + Math.log(0.4 * 0.7)) / 2, 1e-6);
  assert.equal(result.samples, 2);
  assert.ok(Object.isFrozen(result));
  tf.dispose([logits, targets, weights]);
});

test('missing samples, missing answers and broken scores are refused', () => {
  const targets = tf.tensor2d([[0, 1]], [1, 2], 'int32');
  const weights = tf.tensor2d([[0, 1]]);
  const none = tf.zeros([1, 2]) as tf.Tensor2D;
  const good = tf.zeros([1, 2, 3]) as tf.Tensor3D;
  const broken = tf.fill([1, 2, 3], Number.NaN) as tf.Tensor3D;
  const empty = tf.zeros([0, 2, 3]) as tf.Tensor3D;
  assert.throws(() => behavior(empty, targets, weights), /at least one sample/);
  assert.throws(() => behavior(good, targets, none), /no answer position/);
  assert.throws(() => behavior(broken, targets, weights), /not finite/);
  tf.dispose([targets, weights, none, good, broken, empty]);
});

test('greedy decoding and teacher forcing give the same share of whole answers', () => {
  // A causal "model" that looks two tokens back, right about half of the time, so that errors feed on errors.
  const [N, T, V] = [64, 12, 5];
  const table = tf.randomNormal([V * V, V], 0, 1, 'float32', 3);
  const predict = (inputs: tf.Tensor2D) =>
    tf.tidy(() => {
      const before = tf.concat(
        [tf.zeros([N, 1], 'int32'), tf.slice(inputs, [0, 0], [N, T - 1])],
        1,
      );
      return tf.gather(table, tf.add(tf.mul(before, tf.scalar(V, 'int32')), inputs)) as tf.Tensor3D;
    });
  const choice = tf.tidy(() => tf.argMax(table, -1).dataSync());
  let state = 1;
  const below = (n: number) => (state = (state * 48271) % 2147483647) % n;
  const rows: number[][] = [];
  for (let row = 0; row < N; row++) {
    const tokens = [below(V), below(V), below(V)];
    while (tokens.length < T + 1) {
      const [a, b] = tokens.slice(-2);
      // Right by the model's own rule nine times of ten, so some answers are wholly right and some are not.
      tokens.push(below(10) ? choice[a * V + b] : below(V));
    }
    rows.push(tokens);
  }
  const inputs = tf.tensor2d(
    rows.map((tokens) => tokens.slice(0, T)),
    [N, T],
    'int32',
  );
  const targets = tf.tensor2d(
    rows.map((tokens) => tokens.slice(1)),
    [N, T],
    'int32',
  );
  // Answers of different lengths, some reaching the last position.
  const weights = tf.tensor2d(
    rows.map((_, row) =>
      Array.from({ length: T }, (_, t) => (t >= 2 && t < 5 + (row % 8) ? 1 : 0)),
    ),
  );
  const logits = predict(inputs);
  const forced = behavior(logits, targets, weights).accuracy;
  assert.ok(forced > 0.2 && forced < 0.9, `${forced} leaves both kinds of answers`);
  near(greedyAccuracy(predict, inputs, targets, weights), forced, 1e-6);
  tf.dispose([table, inputs, targets, weights, logits]);
});
