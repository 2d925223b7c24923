/**
 * What the models learn: eight algorithmic tasks at three levels, written in one alphabet, mixed evenly,
 * with a fixed set of diagnostic samples for each. Nothing here knows of TensorFlow.
 */
export {
  answerPlaces,
  CHARACTERS,
  CONTEXT,
  decode,
  END,
  encode,
  FORMAT,
  type Sequence,
  type TextFormat,
  VOCABULARY,
} from './alphabet';
export { type NextToken, RUNGS, type Rung } from './blind-answers';
export { type Difficulty, type DifficultyVersion, difficulty, PAPER_TASKS, TASKS } from './catalog';
export { type PackedSequences, pack } from './packing';
export { generator, type Random } from './random';
export { numbered, pairs, type Question, type Task, type TaskLevel } from './task';
export { TaskSet, type TaskSetInfo, taskSet } from './task-set';
