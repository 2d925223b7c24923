import { Problem } from './problem';

/** oneDNN's switch that silently computes float32 products in fewer bits. */
const SWITCH = 'ONEDNN_DEFAULT_FPMATH_MODE';

/**
 * To be called by what must be computed in true float32: measures, above all those of second order, which
 * were wrong by more than 10 % in bf16.
 * @throws Problem where the environment makes TensorFlow round products.
 */
export function requireFloat32(): void {
  const mode = process.env[SWITCH];
  if (!mode || mode.toUpperCase() === 'STRICT') return;
  throw new Problem(
    `Measures need float32, and ${SWITCH}=${mode} rounds its products: unset it and start again.`,
  );
}
