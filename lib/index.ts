/**
 * The study from left to right: tasks, model, training, measures, the tables of a run, findings, figures.
 * A notebook needs nothing but this: `import { train, floors, show } from 'anatomy'`.
 */

// TensorFlow and DataFrames, for steps of your own.
export { DataFrame } from 'danfojs-node';
export { OUT } from './environment/paths';
export { tf } from './environment/tensorflow';
// How it looks: floors and order.
export { acquisitionFigure } from './figures/acquisition-figure';
export { band, chart, dots, line, segments } from './figures/chart';
export { Figure } from './figures/figure';
export { floorsBySize } from './figures/floors-figure';
export { ladderCurves, ladderSteps } from './figures/ladder-figure';
// How it looks: hierarchy and prediction.
export { landscapeCurves } from './figures/landscape-curves';
export { layerDepths, layerTimes } from './figures/layers-figure';
export { leadLag } from './figures/lead-lag';
export { llcFigure } from './figures/llc-figure';
export { orderBound } from './figures/order-bound';
export { precursorRates } from './figures/precursor-rates';
export { predictionScatter } from './figures/prediction-scatter';
export { probeLayers } from './figures/probe-layers';
export { publishedCurves, rankmeCurves } from './figures/rankme-curves';
export { sgldTraces } from './figures/sgld-traces';
// What the tables say: floors and order.
export {
  type AcquisitionCell,
  acquisitionCells,
  laxerIsLater,
  seedAgreement,
  tableAgreement,
} from './findings/acquisition';
export {
  blindLadder,
  distanceSeries,
  ladderCells,
  RUNG_NAMES,
  rungFits,
} from './findings/blind-ladder';
export { curveFactor, curvePoints, meanFactor, publishedPoints } from './findings/curves';
export * from './findings/definitions';
export {
  collapses,
  type Floor,
  floorCells,
  floorGrowth,
  floorSummaries,
  floors,
  sameFloors,
  sequence,
  taskEffect,
  VIEWS,
} from './findings/floors';
// What the tables say: hierarchy and prediction.
export { forecast, forecastsOf, otherTraining, PREDICTORS } from './findings/forecast';
export { CONVENTIONS, identification } from './findings/identification';
export { type LedgerRow, ledger } from './findings/ledger';
export { llcCurve, llcPeak, publishedLlc } from './findings/llc-curve';
export { layerFalls, layerSeries, profileMatches, topDown } from './findings/order';
export {
  type Claim,
  FIGURE_TASKS,
  paperTables,
  publishedClaims,
  publishedCurve,
  publishedStep,
} from './findings/paper';
export { PRECURSOR_RULES, precedence, untaughtTwin } from './findings/precursors';
export { orderRows, PAIRS, skillsOf } from './findings/prediction';
export { probeLeads } from './findings/probe-leads';
export { runName, scalesOf, selectRuns } from './findings/runs';
export {
  behaviorSeries,
  IDENTIFIED,
  lowest,
  type MeasuredRun,
  PRINTED,
  type RankChoice,
  rankSeries,
  type Sampling,
  type Series,
  tasksOf,
  valueAt,
} from './findings/series';
export { type Signal, signalsOf } from './findings/signals';
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
export * as say from './findings/summaries';
export * as sayHierarchy from './findings/summaries-hierarchy';
export { thresholds } from './findings/thresholds';
// Measures.
export { effectiveRank } from './measures/algorithms/effective-rank';
export { singularValues } from './measures/algorithms/singular-values';
export { type Behavior, behavior } from './measures/behavior';
export { gradientRanks } from './measures/gradient-rank';
export { topEigenvalue } from './measures/hessian';
export { type Llc, localLearningCoefficient } from './measures/llc';
export { AnswerGradients } from './measures/operators/answer-gradients';
export { answerObjective, modelPoint } from './measures/operators/answer-loss';
export { linearProbes, type Probe } from './measures/probes';
export { type RankMe, rankme } from './measures/rankme';
export { type Batch, batchTensors } from './model/batch';
export { parameterCount } from './model/parameters';
export { type ModelConfig, modelConfig, SCALES, type Scale } from './model/scales';
export { type Activations, forward, type Parameters } from './model/transformer';
// In a notebook.
export { interruptible } from './notebook/interrupt';
export { inNotebook, newPlace } from './notebook/kernel';
export { ledgerHtml, showLedger } from './notebook/ledger-table';
export { LiveCurves } from './notebook/live-curves';
export { liveRun } from './notebook/live-run';
export { ProgressBar } from './notebook/progress';
export { saveTable } from './notebook/save-table';
export { note, show } from './notebook/show';
export { table } from './notebook/table';
export { runsOr, runToShow } from './notebook/whole-study';
// The loss landscape and probes of a run.
export { LANDSCAPE_MEASURES, PARTS } from './study/landscape/catalog';
export { measureRun } from './study/landscape/measure-run';
// Runs and their tables.
export { type ClassMeans, classMeans } from './study/run/class-means';
export { loadRun, type Run, RunFolder, studyRuns } from './study/run/run-folder';
export type { RunInfo } from './study/run/run-info';
export type { Measured } from './study/run/session';
export type {
  BehaviorRow,
  GeometryRow,
  LandscapeRow,
  ProbeRow,
  TrainingRow,
} from './study/run/tables';
export { type TrainOptions, train } from './study/run/train';
export { untrained } from './study/run/untrained';
// What is learned, and by what.
export * from './tasks';
// Training, and what is measured on the way.
export { type TrainingConfig, trainingConfig } from './training/config';
export { learningRateAt, measuredSteps, paperRankSteps, paperSteps } from './training/schedule';
