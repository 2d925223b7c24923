/**
 * `compile`: a plain tfjs function becomes one TensorFlow function, compiled by XLA. README.md tells how.
 */
export { type Compiled, type CompileOptions, compile, type TensorFunction } from './compile';
