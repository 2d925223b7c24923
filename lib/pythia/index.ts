/** Pythia's pre-training, and the stand-ins for it: `import { … } from 'anatomy-pythia'`. */
// Models and what they are asked.

export { CLAIMED, type LedgerRow, publishedPythia, pythiaLedger } from './claims';
// How it looks.
export { historyStrip, pythiaBehavior, pythiaLayers, pythiaPlain, pythiaRank } from './figures';
// What the tables say.
export { judgeHistory, lossSigns } from './history';
// Fetching, training, measuring.
export { hubFiles } from './hub';
export { chosenSteps, type Model, PYTHIA_SIZES, pythiaModel, standinModel } from './models';
export {
  type Convention,
  layerPatterns,
  leastStep,
  PAPER_SETS,
  type Pattern,
  patternOf,
  type Series,
  setBehavior,
  setPatterns,
  setRank,
  textSeries,
} from './patterns';
export { type ProbeItem, type ProbeSet, probeSets } from './probes';
export { makeStandin } from './standin';
export { genuine, type Trajectory, trajectories } from './tables';
export { measureTrajectory } from './trajectory';
