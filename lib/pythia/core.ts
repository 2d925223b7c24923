/** All that this workspace takes from the core: `lib/` does not know it, so imports run this way only. */
export { type Compiled, compile, type TensorFunction } from '../compile';
export { type Facts, facts } from '../environment/facts';
export { CACHE, DATA, OUT } from '../environment/paths';
export { Problem, writing } from '../environment/problem';
export type { Progress } from '../environment/progress';
export { tf } from '../environment/tensorflow';
export type { Figure } from '../figures/figure';
export { panelAxes, panels } from '../figures/panels';
export {
  axis,
  colorKey,
  figure,
  INK,
  rankAxis,
  short,
  stepAxis,
  stepPlace,
} from '../figures/style';
export { type Column, readCsv, writeCsv } from '../files/csv';
export { readJson } from '../files/json';
export { lockFolder } from '../files/lock';
export { readTensorFile, type TensorFile, writeTensorFile } from '../files/safetensors';
export { writeJson, writeWhole } from '../files/whole';
export { pearson, type Share, share, spearman } from '../findings/statistics';
export { rankme } from '../measures/rankme';
export type { ParameterSpec } from '../model/parameters';
export { interruptible } from '../notebook/interrupt';
export { ProgressBar } from '../notebook/progress';
export { generator } from '../tasks/random';
export { type Phase, Trainer } from '../training/trainer';
