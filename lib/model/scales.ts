/**
 * The sizes of model that the study compares. The paper names its end points (405K and 85M parameters,
 * 151M in v4); 2 × 128 and 12 × 768 (12 × 1024) give those counts with a vocabulary of a few dozen tokens.
 * The sizes between are ours.
 */

/** Names of the scales, smallest first. */
export const SCALES = ['nano', 'micro', 'small', 'medium', 'large', 'xlarge'] as const;
export type Scale = (typeof SCALES)[number];

/** The shape of one transformer. All fields are positive integers; `heads` divides `width`. */
export interface ModelConfig {
  /** A name for tables and messages: one of {@link SCALES}, or `custom`. */
  readonly scale: string;
  /** Number of blocks, L. */
  readonly layers: number;
  /** Width of the residual stream, D. */
  readonly width: number;
  /** Attention heads of `width / heads` dimensions each. */
  readonly heads: number;
  /** Number of tokens, V. */
  readonly vocabulary: number;
  /** Longest sequence, T. */
  readonly context: number;
}

const SHAPES: Record<Scale, { layers: number; width: number; heads: number }> = {
  nano: { layers: 2, width: 128, heads: 4 },
  micro: { layers: 4, width: 256, heads: 4 },
  small: { layers: 6, width: 384, heads: 6 },
  medium: { layers: 8, width: 512, heads: 8 },
  large: { layers: 12, width: 768, heads: 12 },
  xlarge: { layers: 12, width: 1024, heads: 16 },
};

/** True where `name` is one of {@link SCALES}. */
export function isScale(name: string): name is Scale {
  return (SCALES as readonly string[]).includes(name);
}

/**
 * The model of one scale for an alphabet of `vocabulary` tokens and sequences of at most `context` tokens.
 * @throws RangeError for an unknown scale, naming the known ones.
 */
export function modelConfig(scale: string, vocabulary: number, context: number): ModelConfig {
  if (!isScale(scale)) {
    throw new RangeError(`Unknown scale "${scale}": use one of ${SCALES.join(', ')}.`);
  }
  return customModel({ scale, ...SHAPES[scale], vocabulary, context });
}

/**
 * Checks a hand-made shape and returns it, frozen.
 * @throws RangeError naming the field that is not a positive integer, or a width that heads do not divide.
 */
export function customModel(config: ModelConfig): ModelConfig {
  for (const field of ['layers', 'width', 'heads', 'vocabulary', 'context'] as const) {
    if (!Number.isInteger(config[field]) || config[field] < 1) {
      throw new RangeError(`Model ${field} is ${config[field]}: it must be a positive integer.`);
    }
  }
  if (config.width % config.heads !== 0) {
    throw new RangeError(
      `Model width ${config.width} cannot be split into ${config.heads} heads: choose heads that divide it.`,
    );
  }
  return Object.freeze({ ...config });
}
