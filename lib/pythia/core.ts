/** All that this workspace takes from the core: `lib/` does not know it, so imports run this way only. */
export { type Compiled, compile, type TensorFunction } from '../compile';
export { type Facts, facts } from '../environment/facts';
export { CACHE, DATA, OUT } from '../environment/paths';
export { Problem, writing } from '../environment/problem';
export { tf } from '../environment/tensorflow';
export { against, pearson, type Share, share, spearman } from '../findings/statistics';
export { effectiveRank, RANKME_EPSILON } from '../measures/algorithms/effective-rank';
export { singularValues } from '../measures/algorithms/singular-values';
export { interruptible } from '../notebook/interrupt';
export { duration } from '../notebook/progress';
export { LOCK, lockRun as lockFolder } from '../study/run-lock';
export { readRows, rounded } from '../study/tables';
export { generator } from '../tasks/random';
export { type AdamWConfig, adamwUpdate, type Moments } from '../training/adamw';
export { readTensorFile, type StoredTensor, writeTensorFile } from '../training/safetensors';
export { type LearningRateSchedule, learningRateAt } from '../training/schedule';
