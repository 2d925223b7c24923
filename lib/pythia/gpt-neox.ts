import type { NeoXConfig } from './config';
import { causalMask, rowsOf, standardized, tf } from './core';

/** Names of one block's weights, without the `gpt_neox.layers.N.` before them; linear ones are `[out, in]`. */
export const BLOCK_WEIGHTS = [
  ...['input_layernorm', 'post_attention_layernorm', 'attention.query_key_value'],
  ...['attention.dense', 'mlp.dense_h_to_4h', 'mlp.dense_4h_to_h'],
].flatMap((part) => [`${part}.weight`, `${part}.bias`]);

export const EMBEDDING = 'gpt_neox.embed_in.weight';
export const FINAL_NORM = ['gpt_neox.final_layer_norm.weight', 'gpt_neox.final_layer_norm.bias'];
export const OUTPUT = 'embed_out.weight';

/** Full name of a weight of block `i`. */
export function blockName(i: number, name: string): string {
  return `gpt_neox.layers.${i}.${name}`;
}

/** Shape of every weight, in the order in which a forward pass needs them. */
export function neoxShapes(config: NeoXConfig): Record<string, number[]> {
  const { layers, width: D, inner, vocabulary } = config;
  const linear = (out: number, from: number) => [[out, from], [out]];
  const block = [
    ...[[D], [D], [D], [D]],
    ...[linear(3 * D, D), linear(D, D), linear(inner, D), linear(D, inner)].flat(),
  ];
  const shapes: Record<string, number[]> = { [EMBEDDING]: [vocabulary, D] };
  for (let i = 0; i < layers; i++) {
    BLOCK_WEIGHTS.forEach((name, at) => {
      shapes[blockName(i, name)] = block[at];
    });
  }
  for (const name of FINAL_NORM) shapes[name] = [D];
  shapes[OUTPUT] = [vocabulary, D];
  return shapes;
}

/**
 * GPT-NeoX (Black et al. 2022), the architecture of Pythia (Biderman et al. 2023), in float32: rotary positions on a part
 * of each head, attention and feed-forward layer side by side, two layer norms, and an output layer of its own. Weights
 * have the names and layouts of Hugging Face transformers.
 *
 * @param tokens int32 `[B, T]`, each below `config.vocabulary`.
 * @returns scores of the next token, `[B, T, V]`, and the residual stream after the embedding (0) and after each block
 * (1 … L), before the final norm, `[B, T, D]` each.
 */
export function neoxForward(
  config: NeoXConfig,
  weights: Record<string, tf.Tensor>,
  tokens: tf.Tensor2D,
): { readonly logits: tf.Tensor3D; readonly states: tf.Tensor3D[] } {
  let x = rowsOf(weights[EMBEDDING] as tf.Tensor2D, tokens);
  const states = [x];
  for (let i = 0; i < config.layers; i++) {
    x = neoxBlock(config, (name) => weights[blockName(i, name)], x);
    states.push(x);
  }
  const [B, T] = tokens.shape;
  const [gain, bias] = FINAL_NORM.map((name) => weights[name]);
  const flat = x.reshape<tf.Tensor2D>([B * T, config.width]);
  const logits = neoxOutput(config, gain, bias, weights[OUTPUT], flat);
  return { logits: logits.reshape([B, T, config.vocabulary]), states };
}

/** One block: `[B, T, D]` in, `[B, T, D]` out. @param weight gives each of {@link BLOCK_WEIGHTS}. */
export function neoxBlock(
  config: NeoXConfig,
  weight: (name: string) => tf.Tensor,
  x: tf.Tensor3D,
): tf.Tensor3D {
  const [B, T, D] = x.shape;
  const rows = x.reshape<tf.Tensor2D>([B * T, D]);
  const norm = (name: string) =>
    layerNorm(rows, weight(`${name}.weight`), weight(`${name}.bias`), config.epsilon);
  const linear = (input: tf.Tensor2D, name: string): tf.Tensor2D =>
    tf.add(
      tf.matMul(input, weight(`${name}.weight`) as tf.Tensor2D, false, true),
      weight(`${name}.bias`),
    );
  const qkv = linear(norm('input_layernorm'), 'attention.query_key_value');
  const attended = linear(attention(config, qkv, B, T), 'attention.dense');
  // Side by side with attention: the feed-forward layer does not see what that has added.
  const inner = linear(norm('post_attention_layernorm'), 'mlp.dense_h_to_4h');
  const fed = linear(gelu(inner), 'mlp.dense_4h_to_h');
  return tf.add(tf.add(rows, attended), fed).reshape([B, T, D]);
}

/** Final norm and output layer on chosen rows: `[N, D]` in, scores `[N, V]` out. */
export function neoxOutput(
  config: NeoXConfig,
  gain: tf.Tensor,
  bias: tf.Tensor,
  output: tf.Tensor,
  rows: tf.Tensor2D,
): tf.Tensor2D {
  return tf.matMul(layerNorm(rows, gain, bias, config.epsilon), output as tf.Tensor2D, false, true);
}

/** `qkv` is `[B·T, 3D]`, in NeoX's order: per head its query, key and value. The result is `[B·T, D]`. */
function attention(config: NeoXConfig, qkv: tf.Tensor2D, B: number, T: number): tf.Tensor2D {
  const { heads, width } = config;
  const size = width / heads;
  const perHead = tf.transpose(qkv.reshape([B, T, heads, 3 * size]), [0, 2, 1, 3]);
  const [q, k, v] = tf.split(perHead, 3, 3) as tf.Tensor4D[];
  const angles = rotations(config, T);
  const [turnedQ, turnedK] = [q, k].map((part) => rotate(part, config.rotary, angles));
  const scores = tf.mul(tf.matMul(turnedQ, turnedK, false, true), 1 / Math.sqrt(size));
  const mixed = tf.matMul(tf.softmax(tf.add(scores, causalMask(T))), v);
  return tf.transpose(mixed, [0, 2, 1, 3]).reshape([B * T, width]);
}

/** Rotates the first `dims` dimensions of each head by its position (Su et al. 2021), as two half vectors. */
function rotate(
  x: tf.Tensor4D,
  dims: number,
  { cos, sin }: ReturnType<typeof rotations>,
): tf.Tensor4D {
  const size = x.shape[3];
  const sizes = dims === size ? [dims / 2, dims / 2] : [dims / 2, dims / 2, size - dims];
  const [first, second, ...rest] = tf.split(x, sizes, 3);
  const ahead = tf.sub(tf.mul(first, cos), tf.mul(second, sin));
  const aside = tf.add(tf.mul(second, cos), tf.mul(first, sin));
  return tf.concat([ahead, aside, ...rest], 3) as tf.Tensor4D;
}

/** Cosines and sines of the angles, `[T, rotary / 2]`. */
function rotations({ rotary, rotaryBase }: NeoXConfig, T: number) {
  const half = rotary / 2;
  const angles = Array.from({ length: T * half }, (_, at) => {
    const [position, i] = [Math.floor(at / half), at % half];
    return position / rotaryBase ** ((2 * i) / rotary);
  });
  const table = (values: number[]) => tf.tensor2d(values, [T, half]);
  return { cos: table(angles.map(Math.cos)), sin: table(angles.map(Math.sin)) };
}

function layerNorm(x: tf.Tensor2D, gain: tf.Tensor, bias: tf.Tensor, epsilon: number): tf.Tensor2D {
  return tf.add(tf.mul(standardized(x, epsilon), gain), bias);
}

/** GELU (Hendrycks & Gimpel 2016) in its exact form. */
function gelu(x: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(tf.mul(0.5, x), tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))));
}
