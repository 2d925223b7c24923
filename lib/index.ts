/**
 * The study from left to right: tasks, model, training, measures, the tables of a run, findings, figures.
 * A notebook needs nothing but this: `import { train, floors, show } from 'anatomy'`.
 */

// TensorFlow and DataFrames, for steps of your own.
export { DataFrame } from 'danfojs-node';
export { OUT } from './environment/paths';
export { tf } from './environment/tensorflow';
// How it looks.
export { Figure } from './figures/figure';
export { fisherSpectrum } from './figures/fisher-spectrum';
export { floorFactorsFigure } from './figures/floor-factors-figure';
export { floorScalingFigure } from './figures/floor-scaling-figure';
export { floorsByTask, type RunFloors } from './figures/floors-figure';
export { gradientRanks } from './figures/gradient-ranks';
export { hessianDensityCurve } from './figures/hessian-density';
export { historyStrip } from './figures/history-strip';
export { layerHeatmap } from './figures/layer-heatmap';
export { leadLag } from './figures/lead-lag';
export { llcCalibration } from './figures/llc-calibration';
export { type OrderSkill, orderBound, TRAININGS } from './figures/order-bound';
export { orderFigure } from './figures/order-figure';
export { precursorRates } from './figures/precursor-rates';
export { predictionScatter } from './figures/prediction-scatter';
export { probeLayers } from './figures/probe-layers';
export { pythiaLayers } from './figures/pythia-layers';
export { pythiaLoss } from './figures/pythia-loss';
export { pythiaProbes } from './figures/pythia-probes';
export { pythiaRank } from './figures/pythia-rank';
export { rankmeCurves } from './figures/rankme-curves';
export { sgldTraces } from './figures/sgld-traces';
// What the tables say.
export { type Claim, publishedClaims } from './findings/claims';
export {
  COLLAPSE,
  DIFFICULTY,
  type Difficulty,
  type DifficultyRule,
  EMERGENCE,
  type EmergenceRule,
  nameOf,
  ONSET,
  type OnsetRule,
  type Relation,
  relation,
  SETTLED_RUN,
  SYNCHRONY,
  WHOLE_RUN,
} from './findings/definitions';
export { type Emergence, emergenceStep, emergences, runName } from './findings/emergence';
export {
  FLOOR_VIEWS,
  type FloorFactor,
  floorFactors,
} from './findings/floor-factors';
export {
  type FloorScaling,
  floorScaling,
  SAME_FLOOR,
  type SameFloors,
  sameFloors,
} from './findings/floor-scaling';
export {
  type Floor,
  floors,
  type GeometryChoice,
  type RankSeries,
  rankSeries,
} from './findings/floors';
export { type Lag, lagOf } from './findings/lag';
export {
  type LayerOrder,
  layerOrders,
  type OrderOptions,
  type OrderPair,
  orderPairs,
  type TopDown,
  topDown,
} from './findings/layer-order';
export { type LedgerRow, ledger } from './findings/ledger';
export { type Change, type ChangeKind, changeOf, type Series } from './findings/onset';
export { type Lead, leadsOf, type Precedence, precedences } from './findings/precursors';
export {
  coarseOrder,
  concordance,
  type Forecast,
  forecast,
  PREDICTORS,
  type PredictorId,
  type RunForecast,
  type Skill,
  type SwapTest,
  swapTest,
} from './findings/prediction';
export { type ProbeLead, type ProbeLeads, probeLeads } from './findings/probe-leads';
export {
  collapsesAndRecovers,
  globalPattern,
  type LayerPattern,
  RULES,
  type SetLead,
  type SetPrecedence,
  setLeads,
  setPrecedence,
  setRank,
} from './findings/pythia';
export {
  type Agreement,
  type Difference,
  type Repeatability,
  type Repeated,
  repeatability,
  type Spread,
} from './findings/repeatability';
export { type Sensitivity, sensitivity } from './findings/sensitivity';
export { allSignals, type MeasuredRun, type Signal, signalsOf } from './findings/signals';
export {
  bootstrap,
  type Chance,
  type Estimate,
  pearson,
  ranks,
  type Share,
  share,
  spearman,
} from './findings/statistics';
export { turningPoints } from './findings/turning-points';
export { pythiaJudgments } from './findings/verdicts-pythia';
export { type Selection, selectRuns, wholeRuns } from './findings/whole-runs';
export { effectiveRank } from './measures/algorithms/effective-rank';
export { singularValues } from './measures/algorithms/singular-values';
export { type Behavior, behavior } from './measures/behavior';
export { type GradientRanks, gradientRanks, PAPER_PARAMETERS } from './measures/gradient-rank';
export { topEigenvalue } from './measures/hessian';
export { type Llc, localLearningCoefficient } from './measures/llc';
export { AnswerGradients } from './measures/operators/answer-gradients';
export { answerObjective, modelPoint } from './measures/operators/answer-loss';
export { hessianOperator } from './measures/operators/hessian';
export { linearProbes, type Probe } from './measures/probes';
export { type RankMe, rankme } from './measures/rankme';
export { type Batch, batchTensors, sequenceTensors, singleTensors } from './model/batch';
export { parameterCount } from './model/parameters';
export { type ModelConfig, modelConfig, SCALES, type Scale } from './model/scales';
export { type Activations, forward, type Parameters } from './model/transformer';
// In a notebook.
export { interruptible } from './notebook/interrupt';
export { inNotebook, newPlace } from './notebook/kernel';
export { ledgerHtml, showLedger } from './notebook/ledger-table';
export { LiveCurves } from './notebook/live-curves';
export { LIVE_CHECKPOINTS, liveRun } from './notebook/live-run';
export { ProgressBar } from './notebook/progress';
export { note, show } from './notebook/show';
export { saveTable, table } from './notebook/table';
export { runToShow, studyNote } from './notebook/whole-study';
export { type Judged, judgeHistory } from './pythia/history';
// Pythia, and the stand-ins for it.
export { hubFiles } from './pythia/hub';
export { chosenSteps, type Model, PYTHIA_SIZES, pythiaModel, standinModel } from './pythia/models';
export { type ProbeItem, type ProbeSet, probeSets } from './pythia/probes';
export { makeStandin, type StandinProgress } from './pythia/standin';
export { measureTrajectory } from './pythia/trajectory';
export {
  genuine,
  pythiaMeasuredHere,
  type Trajectory,
  trajectories,
} from './pythia/trajectory-folder';
export { type CalibrationRecord, calibrations, readCalibration } from './study/calibration-table';
export { keptCheckpoint } from './study/kept-checkpoint';
// The loss landscape and probes of a run.
export { LANDSCAPE_MEASURES, PARTS } from './study/landscape/catalog';
export { type MeasureOptions, measureRun } from './study/landscape/measure-run';
export type { Part } from './study/landscape/part';
export { loadWeights, type StatesChoice, statesOf } from './study/landscape/states';
export { landscapeSteps } from './study/landscape/steps';
// Runs and their tables.
export { type ReplayOptions, replay } from './study/replay';
export { type TrainOptions, train } from './study/run';
export {
  floorRuns,
  loadRun,
  type Run,
  type RunInfo,
  studyRuns,
  twinRuns,
} from './study/run-folder';
export { savedSteps } from './study/saved-weights';
export type { Measured, Progress } from './study/sitting';
export type { BehaviorRow, GeometryRow, LandscapeRow, ProbeRow, TrainingRow } from './study/tables';
// What is learned, and by what.
export * from './tasks';
// Training, and what is measured on the way.
export { type TrainingConfig, trainingConfig } from './training/config';
export { learningRateAt, measuredSteps } from './training/schedule';
