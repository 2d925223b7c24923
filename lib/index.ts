/**
 * The study from left to right: tasks, model, training, measures, the tables of a run, findings, figures.
 * A notebook needs nothing but this: `import { train, floors, show } from 'anatomy'`.
 */
// biome-ignore-all assist/source/organizeImports: in the order in which it is read.
import * as causalWords from './findings/causal-words';
import * as summaries from './findings/summaries';

// What is learned, and by what.
export {
  CONTEXT,
  decode,
  encode,
  FORMAT,
  generator,
  numbered,
  pack,
  pairs,
  RUNGS,
  type Rung,
  type Task,
  type TaskLevel,
  TASKS,
  TaskSet,
  taskSet,
  type TextFormat,
  VOCABULARY,
} from './tasks';
export { type Batch, batchTensors } from './model/batch';
export { initialParameters, parameterCount, parameterSpecs } from './model/parameters';
export { type ModelConfig, modelConfig, SCALES, type Scale, type Shape } from './model/scales';
export { type Activations, forward, type Parameters } from './model/transformer';

// Training.
export { type TrainingConfig, trainingConfig } from './training/config';
export { learningRateAt, measuredSteps, paperRankSteps, paperSteps } from './training/schedule';

// What can be changed of a training.
export { attentionScale } from './interventions/attention-scale';
export { blindBias } from './interventions/blind-bias';
export { INTERVENTIONS, interventionOf, parsedIntervention } from './interventions/catalog';
export { frozenBlock } from './interventions/frozen-block';
export { described, type Changes, type Intervention, together } from './interventions/intervention';
export { projection } from './interventions/projection';
export { shuffledAnswers } from './interventions/shuffled-answers';
export { variancePenalty } from './interventions/variance-penalty';

// Measures.
export { effectiveRank } from './measures/algorithms/effective-rank';
export { singularValues } from './measures/algorithms/singular-values';
export { gradientRanks, PAPER_PARAMETERS } from './measures/gradient-rank';
export { topEigenvalue } from './measures/hessian';
export { type Llc, localLearningCoefficient } from './measures/llc';
export { linearProbes, type Probe } from './measures/probes';
export { AnswerGradients } from './measures/operators/answer-gradients';
export { answerObjective, modelPoint } from './measures/operators/objective';
export { type RankMe, rankme } from './measures/rankme';

// Runs, their tables and weights.
export { train, type TrainOptions } from './study/run/train';
export {
  ARMS,
  loadRun,
  nameOfRun,
  type Run,
  studyRuns,
  untaughtRuns,
  VARIANTS,
} from './study/run/run-folder';
export type { RunInfo } from './study/run/run-info';
export type {
  BehaviorRow,
  GeometryRow,
  LandscapeRow,
  ProbeRow,
  TrainingRow,
} from './study/run/tables';
export { LANDSCAPE_MEASURES, PARTS } from './study/landscape/catalog';
export { type MeasureOptions, measureRun } from './study/landscape/measure-run';
export type { Part } from './study/landscape/part';
export { loadWeights, statesOf } from './study/landscape/states';
export { type ClassMeans, classMeans } from './study/landscape/states';
export { untrained } from './study/run/untrained';
export type { Measured } from './study/run/train';
export { RunFolder } from './study/run/run-folder';

// What the tables say.
export * from './findings/paper';
export * from './findings/definitions';
export * from './findings/runs';
export * from './findings/series';
export * from './findings/acquisition';
export * from './findings/curves';
export * from './findings/floors';
export * from './findings/floor-factors';
export * from './findings/blind-ladder';
export * from './findings/order';
export * from './findings/signals';
export * from './findings/precursors';
export * from './findings/thresholds';
export * from './findings/llc-curve';
export * from './findings/probe-leads';
export { derivedTables, longTable } from './findings/derived';
export * from './findings/prediction';
export * from './findings/forecast';
export * from './findings/statistics';
export * from './findings/causal-arms';
export * from './findings/causal-effect';
export * from './findings/causal';
export { pValue, tested } from './findings/words';
export * from './ledger/verdict';
export { type LedgerRow, ledger } from './ledger/ledger';
/** Each result in words: `say.fall(floors(run))` is the sentence that figures and ledger take. */
export const say = summaries;
/** Each result of notebook 06 in words. */
export const sayCausal = causalWords;

// How it looks.
export { chart, curve, dots, line } from './figures/chart';
export { rankAxis, stepAxis, taskColor } from './figures/style';
export { Figure } from './figures/figure';
export * from './figures/acquisition-figure';
export * from './figures/causal-figure';
export * from './figures/ladder-figure';
export * from './figures/landscape-figures';
export * from './figures/layers-figure';
export * from './figures/precursor-figures';
export * from './figures/prediction-figures';
export * from './figures/rank-figures';

// In a notebook.
export { interruptible } from './notebook/interrupt';
export { showLedger } from './notebook/ledger';
export { liveRun, type LiveRunOptions } from './notebook/live-run';
export { runsOr, runToShow } from './notebook/chosen-runs';
export { ProgressBar } from './notebook/progress';
export { inNotebook, newPlace, note, show } from './notebook/show';
export { saveTable } from './notebook/save-table';
export { table } from './notebook/table';

// TensorFlow and DataFrames, for steps of your own.
export { DataFrame } from 'danfojs-node';
export { OUT } from './environment/paths';
export { tf } from './environment/tensorflow';
