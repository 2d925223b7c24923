import { tf } from '../environment/tensorflow';
import type { ModelConfig } from './scales';

/** A model's weights by name; names and shapes are listed by `parameterSpecs`. */
export type Parameters = Record<string, tf.Tensor>;

/** What one pass over a batch gives: B sequences of T tokens, V tokens in the alphabet, width D. */
export interface Activations {
  /** Scores of the next token at every position, `[B, T, V]`, before the softmax. */
  logits: tf.Tensor3D;
  /** The residual stream after the embeddings (index 0) and after each block (1 … L), each `[B, T, D]`. */
  states: tf.Tensor3D[];
}

/**
 * Looks at a layer on its way: told its name (as in its parameters' names; `wpe` where token and position meet, `h.0` …
 * where a block ends, `wte` at the output), its input where one goes into a product with its weights, and its output, one
 * row a token each; gives what goes on in the output's place.
 */
export type Watch = (
  layer: string,
  input: tf.Tensor2D | undefined,
  output: tf.Tensor2D,
) => tf.Tensor2D;

/** As in GPT-2. */
const LAYER_NORM_EPSILON = 1e-5;

/**
 * GPT-2-style decoder-only transformer (Radford et al. 2019): learned positions, pre-norm blocks of causal attention and a
 * GELU layer four times as wide, a final norm, and an output layer tied to the token embedding.
 *
 * @param tokens int32 `[B, T]`, T at most `config.context`.
 * @param positions int32 `[B, T]`, each token's place in its sequence, where rows hold several, one after another; a token
 * then sees its own sequence only. Without it each row is one sequence.
 * @param watch for those who need what happens within.
 */
export function forward(
  config: ModelConfig,
  parameters: Parameters,
  tokens: tf.Tensor2D,
  positions?: tf.Tensor2D,
  watch: Watch = (_layer, _input, output) => output,
): Activations {
  const [B, T] = tokens.shape;
  const D = config.width;
  const norm = (x: tf.Tensor2D, name: string) => {
    const normed = standardized(x);
    const output = tf.add(tf.mul(normed, parameters[`${name}.g`]), parameters[`${name}.b`]);
    return watch(name, normed, output as tf.Tensor2D);
  };
  const linear = (x: tf.Tensor2D, name: string) => {
    const product = tf.matMul(x, parameters[`${name}.w`] as tf.Tensor2D);
    return watch(name, x, tf.add(product, parameters[`${name}.b`]) as tf.Tensor2D);
  };

  const [wte, wpe] = [parameters.wte as tf.Tensor2D, parameters.wpe as tf.Tensor2D];
  const places = positions ? rowsOf(wpe, positions) : tf.slice(wpe, [0, 0], [T, D]);
  const embedded = tf.add(rowsOf(wte, tokens), places);
  const mask = causalMask(T, positions);
  // One row per token from here on: every linear layer is then a single matrix product.
  let x = watch('wpe', undefined, embedded.reshape([B * T, D]));
  const states = [x];
  for (let i = 0; i < config.layers; i++) {
    const qkv = linear(norm(x, `h.${i}.ln_1`), `h.${i}.attn.c_attn`);
    const mixed = causalAttention(qkv, mask, B, config.heads);
    x = tf.add(x, linear(mixed, `h.${i}.attn.c_proj`));
    const hidden = gelu(linear(norm(x, `h.${i}.ln_2`), `h.${i}.mlp.c_fc`));
    x = tf.add(x, linear(hidden as tf.Tensor2D, `h.${i}.mlp.c_proj`));
    x = watch(`h.${i}`, undefined, x);
    states.push(x);
  }
  const last = norm(x, 'ln_f');
  const logits = watch('wte', last, tf.matMul(last, wte, false, true));
  return {
    logits: logits.reshape([B, T, config.vocabulary]),
    states: states.map((state) => state.reshape([B, T, D])),
  };
}

/**
 * Mean cross-entropy in nats of the positions with weight, the study's training loss: answers only.
 * @param targets int32 `[B, T]`, the token that should come next at each position.
 * @param weights `[B, T]`, 1 where the next token belongs to the answer and 0 elsewhere; not all 0.
 */
export function answerLoss(
  logits: tf.Tensor3D,
  targets: tf.Tensor2D,
  weights: tf.Tensor2D,
): tf.Scalar {
  const logProb = logProbOf(logits, targets);
  return tf.neg(tf.div(tf.sum(tf.mul(logProb, weights)), tf.sum(weights))).asScalar();
}

/** The same summed over the positions with weight; 0 where there is none. */
export function answerLossSum(
  logits: tf.Tensor3D,
  targets: tf.Tensor2D,
  weights: tf.Tensor2D,
): tf.Scalar {
  return tf.neg(tf.sum(tf.mul(logProbOf(logits, targets), weights))).asScalar();
}

/** Rows of a table `[V, D]` by number, `[B, T]`, as `[B, T, D]`; tf.gather would give other last bits than stored runs. */
export function rowsOf(table: tf.Tensor2D, numbers: tf.Tensor2D): tf.Tensor3D {
  const [[B, T], [V, D]] = [numbers.shape, table.shape];
  const oneHot = tf.oneHot(numbers.reshape<tf.Tensor1D>([B * T]), V) as tf.Tensor2D;
  return tf.matMul(oneHot, table).reshape([B, T, D]);
}

/** Log-probability of each target, `[B, T]`, nats. */
export function logProbOf(logits: tf.Tensor3D, targets: tf.Tensor2D): tf.Tensor {
  const chosen = tf.oneHot(targets, logits.shape[2]) as tf.Tensor3D;
  return tf.sum(tf.mul(tf.logSoftmax(logits), chosen), -1);
}

/** Each row of `[N, D]` with mean 0 and variance 1. */
export function standardized(x: tf.Tensor2D, epsilon = LAYER_NORM_EPSILON): tf.Tensor2D {
  const centered = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centered), -1, true);
  return tf.mul(centered, tf.rsqrt(tf.add(variance, epsilon)));
}

/** The tanh form of GELU (Hendrycks & Gimpel 2016), as GPT-2 uses it. */
export function gelu(x: tf.Tensor): tf.Tensor {
  const cubic = tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x))));
  const inner = tf.mul(Math.sqrt(2 / Math.PI), cubic);
  return tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(inner)));
}

/** Softmax attention of each position to those that `mask` lets it see; `qkv` is `[B·T, 3D]`, the result `[B·T, D]`. */
export function causalAttention(
  qkv: tf.Tensor2D,
  mask: tf.Tensor,
  B: number,
  heads: number,
): tf.Tensor2D {
  const [rows, columns] = qkv.shape;
  const [T, D] = [rows / B, columns / 3];
  const size = D / heads;
  const [q, k, v] = tf
    .split(qkv, 3, 1)
    .map((part) => tf.transpose(part.reshape([B, T, heads, size]), [0, 2, 1, 3]));
  const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(size));
  const attention = tf.softmax(tf.add(scores, mask));
  return tf.transpose(tf.matMul(attention, v), [0, 2, 1, 3]).reshape([B * T, D]);
}

/** 0 where a position may look, a large negative number where it may not: `[T, T]`, or `[B, 1, T, T]` with positions. */
export function causalMask(T: number, positions?: tf.Tensor2D): tf.Tensor {
  const later = new Float32Array(T * T);
  for (let row = 0; row < T; row++) later.fill(-1e9, row * T + row + 1, (row + 1) * T);
  const causal = tf.tensor2d(later, [T, T]);
  if (!positions) return causal;
  const at = tf.range(0, T, 1, 'int32');
  const start = tf.sub(at, positions).expandDims(2);
  const otherSequence = tf.cast(tf.less(at, start), 'float32');
  return tf.add(causal, tf.mul(otherSequence, -1e9)).expandDims(1);
}
