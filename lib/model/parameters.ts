import type { ModelConfig } from './scales';

/** One parameter tensor: its name in GPT-2's own style, its shape, and how it starts. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Standard deviation of the normal start, or the constant that fills it. */
  readonly start: { readonly std: number } | { readonly fill: number };
}

/** How weights start; the paper does not say, the defaults are GPT-2's (Radford et al. 2019, section 2.3). */
export interface Initialization {
  /** Standard deviation of weights and embeddings. */
  readonly initialStd: number;
  /** True: projections back into the residual stream start smaller by 1/√(2 · layers). */
  readonly scaledResidual: boolean;
}

export const GPT2_START: Initialization = { initialStd: 0.02, scaledResidual: true };

/**
 * Every parameter of a model, in the order in which they are kept everywhere: embeddings, blocks, final norm.
 * Linear weights are stored `[in, out]`. The output layer is the token embedding (tied), so it is not listed.
 */
export function parameterSpecs(
  config: ModelConfig,
  { initialStd, scaledResidual }: Initialization = GPT2_START,
): ParameterSpec[] {
  const { layers, width: D, vocabulary, context } = config;
  const normal = { std: initialStd };
  const residual = { std: scaledResidual ? initialStd / Math.sqrt(2 * layers) : initialStd };
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
 * Fresh starting values, one array a parameter, in the order of `specs`.
 * @param gaussian draws from the standard normal; seed it to make the start reproducible.
 */
export function initialParameters(
  specs: readonly ParameterSpec[],
  gaussian: () => number,
): Record<string, Float32Array> {
  const values: Record<string, Float32Array> = {};
  for (const { name, shape, start } of specs) {
    const array = new Float32Array(shape.reduce((a, b) => a * b));
    if ('std' in start) for (let i = 0; i < array.length; i++) array[i] = start.std * gaussian();
    else array.fill(start.fill);
    values[name] = array;
  }
  return values;
}
