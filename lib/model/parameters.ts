import type { ModelConfig } from './scales';

/** One parameter tensor: its name in GPT-2's own style, its shape, and how it starts. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Standard deviation of the normal start, or the constant that fills it. */
  readonly start: { readonly std: number } | { readonly fill: number };
}

/** Standard deviation of GPT-2's initial weights (Radford et al. 2019, section 2.3). */
export const INITIAL_STD = 0.02;

/**
 * Every parameter of a model, in the order in which they are kept everywhere: embeddings, blocks, final norm.
 * Linear weights are stored `[in, out]`. The output layer is the token embedding (tied), so it is not listed.
 * Projections back into the residual stream start smaller by 1/√(2L), as GPT-2's do.
 */
export function parameterSpecs(config: ModelConfig, initialStd = INITIAL_STD): ParameterSpec[] {
  const { layers, width: D, vocabulary, context } = config;
  const normal = { std: initialStd };
  const residual = { std: initialStd / Math.sqrt(2 * layers) };
  const norm = (name: string): ParameterSpec[] => [
    { name: `${name}.g`, shape: [D], start: { fill: 1 } },
    { name: `${name}.b`, shape: [D], start: { fill: 0 } },
  ];
  const linear = (name: string, from: number, to: number, start: { std: number }) => [
    { name: `${name}.w`, shape: [from, to], start },
    { name: `${name}.b`, shape: [to], start: { fill: 0 } },
  ];
  const block = (i: number): ParameterSpec[] => [
    ...norm(`h.${i}.ln_1`),
    ...linear(`h.${i}.attn.c_attn`, D, 3 * D, normal),
    ...linear(`h.${i}.attn.c_proj`, D, D, residual),
    ...norm(`h.${i}.ln_2`),
    ...linear(`h.${i}.mlp.c_fc`, D, 4 * D, normal),
    ...linear(`h.${i}.mlp.c_proj`, 4 * D, D, residual),
  ];
  return [
    { name: 'wte', shape: [vocabulary, D], start: normal },
    { name: 'wpe', shape: [context, D], start: normal },
    ...Array.from({ length: layers }, (_, i) => block(i)).flat(),
    ...norm('ln_f'),
  ];
}

/** Number of trainable numbers in a model; the tied output layer is counted once. */
export function parameterCount(config: ModelConfig): number {
  return parameterSpecs(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
}

/**
 * Fresh starting values, one array per parameter in {@link parameterSpecs}'s order.
 * @param gaussian draws from the standard normal; seed it to make the start reproducible.
 * @param initialStd standard deviation of the weights, {@link INITIAL_STD} by default.
 */
export function initialParameters(
  config: ModelConfig,
  gaussian: () => number,
  initialStd = INITIAL_STD,
): Record<string, Float32Array> {
  const values: Record<string, Float32Array> = {};
  for (const { name, shape, start } of parameterSpecs(config, initialStd)) {
    const array = new Float32Array(shape.reduce((a, b) => a * b));
    if ('std' in start) for (let i = 0; i < array.length; i++) array[i] = start.std * gaussian();
    else array.fill(start.fill);
    values[name] = array;
  }
  return values;
}
