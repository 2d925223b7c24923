/**
 * What the models learn: eight algorithmic tasks at three levels, written in one alphabet, mixed evenly,
 * with a fixed set of diagnostic samples for each. Nothing here knows of TensorFlow.
 */
export { CHARACTERS, CONTEXT, decode, END, encode, PAD, tagToken, VOCABULARY } from './alphabet';
export { TASK_LEVELS, TASKS, type TaskLevel, taskLevel } from './catalog';
export {
  DIAGNOSTIC_SAMPLES,
  type DiagnosticSet,
  diagnostics,
  diagnosticsFingerprint,
} from './diagnostics';
export { batchAt } from './mixture';
export { type PackedSequences, pack, packBatches, packedRows } from './packing';
export { generator, type Random } from './random';
export { layOut, type Sequences } from './sequence';
export { type Example, type Level, TASK_NAMES, type Task, type TaskName } from './task';
