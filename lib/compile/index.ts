/**
 * `compile`: a plain tfjs function becomes one TensorFlow function, compiled by XLA. README.md tells how.
 */
export { compile, type CompileOptions, type Compiled } from './compile';
