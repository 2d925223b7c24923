import { tf } from '../environment/tensorflow';

/** How well a model answers a set of samples. */
export interface Behavior {
  /**
   * Share of samples whose whole answer is right, 0…1, judged under teacher forcing: every answer token must
   * be the model's first choice given the right tokens before it. For a whole answer this is exactly greedy
   * decoding ({@link greedyAccuracy}): as long as all choices were right both see the same tokens, and at the
   * first wrong one both fail. The two differ only token by token, which this study does not report.
   */
  readonly accuracy: number;
  /** Mean over samples of the log-probability of the whole answer, END included, in nats; at most 0. */
  readonly logProb: number;
  /** Samples judged, N. */
  readonly samples: number;
}

/**
 * Accuracy and log-probability of answers, from one pass over all of them.
 * @param logits `[N, T, V]`.
 * @param targets int32 `[N, T]`, the right next token at each position.
 * @param weights `[N, T]`, 1 where the next token belongs to the answer, else 0; each row needs a 1.
 * @throws RangeError for no samples, a sample without an answer, or scores that are not finite.
 */
export function behavior(
  logits: tf.Tensor3D,
  targets: tf.Tensor2D,
  weights: tf.Tensor2D,
): Behavior {
  const [samples, , vocabulary] = logits.shape;
  if (samples === 0) throw new RangeError('Behavior needs at least one sample, and got none.');
  const [accuracy, logProb, shortest] = tf.tidy(() => {
    const chosen = tf.oneHot(targets, vocabulary) as tf.Tensor3D;
    const perToken = tf.sum(tf.mul(tf.logSoftmax(logits), chosen), -1);
    const wrong = tf.mul(tf.cast(tf.notEqual(tf.argMax(logits, -1), targets), 'float32'), weights);
    const right = tf.cast(tf.equal(tf.sum(wrong, -1), 0), 'float32');
    return tf
      .stack([
        tf.mean(right),
        tf.mean(tf.sum(tf.mul(perToken, weights), -1)),
        tf.min(tf.sum(weights, -1)),
      ])
      .dataSync();
  });
  if (shortest === 0) {
    throw new RangeError('A sample has no answer position: every row of weights needs a 1.');
  }
  if (!Number.isFinite(logProb)) {
    throw new RangeError(
      `The log-probability of the answers is ${logProb}: the model's weights are not finite.`,
    );
  }
  return Object.freeze({ accuracy, logProb, samples });
}

/**
 * Share of samples answered right by greedy decoding: the model's own first choices are fed back to it, and
 * the whole answer must come out. Takes as many passes as the longest answer has tokens; {@link behavior}
 * gives the same number from one.
 * @param predict logits `[N, T, V]` of int32 tokens `[N, T]`; must be causal.
 * @param inputs int32 `[N, T]`: what the model sees, right answers included; they are erased before decoding.
 * @param targets as for {@link behavior}; `weights` likewise.
 */
export function greedyAccuracy(
  predict: (inputs: tf.Tensor2D) => tf.Tensor3D,
  inputs: tf.Tensor2D,
  targets: tf.Tensor2D,
  weights: tf.Tensor2D,
): number {
  const [N, T] = inputs.shape;
  const tokens = Int32Array.from(inputs.dataSync());
  const right = targets.dataSync();
  const answers = weights.dataSync();
  // The input after an answer position is the answer's token: the model must put it there itself.
  for (let at = 0; at < N * T; at++) if (answers[at] && (at + 1) % T) tokens[at + 1] = 0;
  const correct = new Uint8Array(N).fill(1);
  for (let t = 0; t < T; t++) {
    const rows = Array.from({ length: N }, (_, row) => row).filter((row) => answers[row * T + t]);
    if (rows.length === 0) continue;
    const choices = tf.tidy(() =>
      tf.argMax(predict(tf.tensor2d(tokens, [N, T], 'int32')), -1).dataSync(),
    );
    for (const row of rows) {
      const at = row * T + t;
      if (choices[at] !== right[at]) correct[row] = 0;
      if (t + 1 < T) tokens[at + 1] = choices[at];
    }
  }
  return correct.reduce((sum, one) => sum + one, 0) / N;
}
