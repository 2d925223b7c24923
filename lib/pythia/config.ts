import { Problem } from '../environment/problem';

/** The shape of a GPT-NeoX model, as config.json of the hub gives it. */
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
  /** True: attention and feed-forward layer read the same input, and both are added. */
  readonly parallel: boolean;
  readonly epsilon: number;
  /** `erf`: GELU as it is defined; `tanh`: its approximation. */
  readonly gelu: 'erf' | 'tanh';
  /** True where the output layer is the embedding. */
  readonly tied: boolean;
}

const GELU: Record<string, NeoXConfig['gelu']> = {
  gelu: 'erf',
  gelu_new: 'tanh',
  gelu_fast: 'tanh',
  gelu_pytorch_tanh: 'tanh',
};

/**
 * Reads the config.json of a GPT-NeoX checkpoint. Defaults are those of Hugging Face transformers.
 * @param source names the file in messages.
 * @throws Problem where it describes another architecture, or a variant that is not implemented here.
 */
export function neoxConfig(json: Record<string, unknown>, source: string): NeoXConfig {
  const bad = (what: string) => new Problem(`${source} cannot be used: ${what}.`);
  if (json.model_type !== 'gpt_neox') {
    throw bad(`its model_type is "${json.model_type}", and only gpt_neox is implemented`);
  }
  const integer = (name: string): number => {
    const value = json[name];
    if (!Number.isSafeInteger(value) || (value as number) < 1) {
      throw bad(`${name} is ${JSON.stringify(value)}, not a positive integer`);
    }
    return value as number;
  };
  const rope = (json.rope_parameters ?? json.rope_scaling ?? {}) as Record<string, unknown>;
  const kind = rope.rope_type ?? rope.type ?? 'default';
  if (kind !== 'default') throw bad(`rotary embeddings of type "${kind}" are not implemented`);
  if (json.attention_bias === false) throw bad('attention without biases is not implemented');
  const gelu = GELU[(json.hidden_act as string) ?? 'gelu'];
  if (!gelu) throw bad(`the activation "${json.hidden_act}" is not implemented`);
  const [width, heads] = [integer('hidden_size'), integer('num_attention_heads')];
  if (width % heads !== 0) throw bad(`hidden_size ${width} is not divided by ${heads} heads`);
  const share = Number(rope.partial_rotary_factor ?? json.rotary_pct ?? 0.25);
  const rotary = Math.trunc((width / heads) * share);
  if (!(rotary >= 2 && rotary <= width / heads) || rotary % 2 !== 0) {
    throw bad(`rotary_pct ${share} rotates ${rotary} of ${width / heads} dimensions of a head`);
  }
  return Object.freeze({
    layers: integer('num_hidden_layers'),
    width,
    heads,
    inner: integer('intermediate_size'),
    vocabulary: integer('vocab_size'),
    context: integer('max_position_embeddings'),
    rotary,
    rotaryBase: Number(rope.rope_theta ?? json.rotary_emb_base ?? json.rope_theta ?? 10_000),
    parallel: json.use_parallel_residual !== false,
    epsilon: Number(json.layer_norm_eps ?? 1e-5),
    gelu,
    tied: json.tie_word_embeddings === true,
  });
}

/** The config.json that {@link neoxConfig} reads back as `config`. */
export function hubConfig(config: NeoXConfig): Record<string, unknown> {
  return {
    architectures: ['GPTNeoXForCausalLM'],
    model_type: 'gpt_neox',
    hidden_act: config.gelu === 'erf' ? 'gelu' : 'gelu_new',
    hidden_size: config.width,
    intermediate_size: config.inner,
    layer_norm_eps: config.epsilon,
    max_position_embeddings: config.context,
    num_attention_heads: config.heads,
    num_hidden_layers: config.layers,
    rotary_emb_base: config.rotaryBase,
    rotary_pct: config.rotary / (config.width / config.heads),
    tie_word_embeddings: config.tied,
    use_parallel_residual: config.parallel,
    vocab_size: config.vocabulary,
  };
}
