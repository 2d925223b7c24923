import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from './core';
import { damagedFile } from './weights';

/** The shape of a GPT-NeoX model as Pythia is one; config.json of the hub gives it. */
export interface NeoXConfig {
  /** Blocks, L. */
  readonly layers: number;
  /** Width of the residual stream, D. */
  readonly width: number;
  readonly heads: number;
  /** Width inside the feed-forward layer; 4D in Pythia. */
  readonly inner: number;
  /** Rows of the embedding, V; Pythia pads its tokenizer's 50,277 to 50,304 and more. */
  readonly vocabulary: number;
  /** Longest sequence. */
  readonly context: number;
  /** Dimensions of each head that are rotated; an even number. */
  readonly rotary: number;
  readonly rotaryBase: number;
  /** Added to the variance in layer norms. */
  readonly epsilon: number;
}

/** What Pythia's config.json says beside sizes; a model that says otherwise is of another make. */
const PYTHIA_MAKE: Readonly<Record<string, unknown>> = {
  model_type: 'gpt_neox',
  hidden_act: 'gelu',
  use_parallel_residual: true,
  tie_word_embeddings: false,
  attention_bias: true,
  rope_scaling: null,
};

/**
 * Reads the config.json of a Pythia checkpoint. Defaults are those of Hugging Face transformers. @param source its path.
 * @throws Problem where it describes another architecture, or a variant of it that Pythia has not.
 */
export function neoxConfig(json: Record<string, unknown>, source: string): NeoXConfig {
  const bad = (what: string) => new Problem(`${source} cannot be used: ${what}.`);
  for (const [name, wanted] of Object.entries(PYTHIA_MAKE)) {
    const value = json[name] ?? (name === 'model_type' ? undefined : wanted);
    if (value === wanted) continue;
    const [found, pythias] = [value, wanted].map((each) => JSON.stringify(each));
    throw bad(`its ${name} is ${found}, and Pythia's is ${pythias}`);
  }
  const integer = (name: string): number => {
    const value = json[name];
    if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
    throw bad(`${name} is ${JSON.stringify(value)}, not a positive integer`);
  };
  const [width, heads] = [integer('hidden_size'), integer('num_attention_heads')];
  if (width % heads !== 0) throw bad(`hidden_size ${width} is not divided by ${heads} heads`);
  // Newer versions of transformers put these two into a group.
  const rope = (json.rope_parameters ?? {}) as Record<string, unknown>;
  if ((rope.rope_type ?? 'default') !== 'default')
    throw bad(`its rope_type is "${rope.rope_type}"`);
  const share = Number(rope.partial_rotary_factor ?? json.rotary_pct ?? 0.25);
  const rotary = Math.trunc((width / heads) * share);
  if (!(rotary >= 2 && rotary <= width / heads) || rotary % 2 !== 0) {
    throw bad(`rotary_pct ${share} rotates ${rotary} of ${width / heads} dimensions of a head`);
  }
  return Object.freeze({
    layers: integer('num_hidden_layers'),
    ...{ width, heads, rotary },
    inner: integer('intermediate_size'),
    vocabulary: integer('vocab_size'),
    context: integer('max_position_embeddings'),
    rotaryBase: Number(rope.rope_theta ?? json.rotary_emb_base ?? 10_000),
    epsilon: Number(json.layer_norm_eps ?? 1e-5),
  });
}

/** The config.json that {@link neoxConfig} reads back as `config`. */
export function hubConfig(config: NeoXConfig): Record<string, unknown> {
  return {
    architectures: ['GPTNeoXForCausalLM'],
    ...PYTHIA_MAKE,
    hidden_size: config.width,
    intermediate_size: config.inner,
    layer_norm_eps: config.epsilon,
    max_position_embeddings: config.context,
    num_attention_heads: config.heads,
    num_hidden_layers: config.layers,
    rotary_emb_base: config.rotaryBase,
    rotary_pct: config.rotary / (config.width / config.heads),
    vocab_size: config.vocabulary,
  };
}

/** Text to tokens and back. */
export interface Tokenizer {
  encode(text: string): { readonly ids: number[] };
  decode(ids: number[]): string;
}

// Hugging Face's own implementation in JavaScript. The package has a CommonJS build, but its types say that
// it has none; hence neither a plain import nor its types.
const { Tokenizer: HubTokenizer } = require('@huggingface/tokenizers') as {
  Tokenizer: new (tokenizer: object, config: object) => Tokenizer;
};

/** Reads a folder's tokenizer.json, with tokenizer_config.json if it is there. @throws DamagedWeights for what is none. */
export function readTokenizer(folder: string): Tokenizer {
  const config = 'tokenizer_config.json';
  const more = existsSync(join(folder, config)) ? readPart(folder, config) : {};
  try {
    return new HubTokenizer(readPart(folder, 'tokenizer.json'), more);
  } catch (error) {
    if (error instanceof Problem) throw error;
    const path = join(folder, 'tokenizer.json');
    throw damagedFile(path, `it is not a tokenizer: ${(error as Error).message}`);
  }
}

/** Reads one of a checkpoint's JSON files. @throws DamagedWeights where it is missing or not JSON. */
export function readPart(folder: string, name: string): Record<string, unknown> {
  const path = join(folder, name);
  if (!existsSync(path)) throw damagedFile(folder, `it has no ${name}`);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw damagedFile(path, `it is not JSON: ${(error as Error).message}`);
  }
}
