import { isWhole, mustBe } from '../files/range';

/** The sizes of model that the study compares: the paper's (section 3; xlarge in version 4), heads included. */

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

/** A shape by its three numbers. */
export type Shape = Pick<ModelConfig, 'layers' | 'width' | 'heads'>;

const SHAPES = {
  nano: { layers: 2, width: 128, heads: 4 },
  micro: { layers: 4, width: 192, heads: 6 },
  small: { layers: 6, width: 320, heads: 8 },
  medium: { layers: 8, width: 512, heads: 8 },
  large: { layers: 12, width: 768, heads: 12 },
  xlarge: { layers: 12, width: 1024, heads: 16 },
} satisfies Record<string, Shape>;

export type Scale = keyof typeof SHAPES;
/** Names of the scales, smallest first. */
export const SCALES = Object.keys(SHAPES) as readonly Scale[];

/**
 * The model of a scale, or of a shape of one's own, for an alphabet of `vocabulary` tokens and at most `context` of them.
 * @throws RangeError for an unknown scale, naming the known ones, or a shape that cannot be.
 */
export function modelConfig(
  scale: string | Shape,
  vocabulary: number,
  context: number,
): ModelConfig {
  const named = typeof scale === 'string';
  if (named && !Object.hasOwn(SHAPES, scale)) {
    throw new RangeError(`Unknown scale "${scale}": use one of ${SCALES.join(', ')}.`);
  }
  const shape = named ? { scale, ...SHAPES[scale as Scale] } : { ...scale, scale: 'custom' };
  const config = { ...shape, vocabulary, context };
  for (const field of ['layers', 'width', 'heads', 'vocabulary', 'context'] as const) {
    const value = config[field];
    mustBe(isWhole(value, 1), `Model ${field}`, value ?? 'missing', 'a positive integer');
  }
  if (config.width % config.heads !== 0) {
    throw new RangeError(
      `Model width ${config.width} cannot be split into ${config.heads} heads: choose heads that divide it.`,
    );
  }
  return Object.freeze(config);
}
