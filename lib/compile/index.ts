/** `compile`: a plain tfjs function becomes one TensorFlow function, compiled by XLA. README.md tells how. */
export { backend } from './backend';
export { type Compiled, compile } from './compile';
export type { TensorFunction } from './results';
