/** Pythia's pre-training, and the stand-ins for it: `import { … } from 'anatomy-pythia'`. */
// biome-ignore-all assist/source/organizeImports: in the order in which it is read.

// Models and what they are asked.
export { chosenSteps, type Model, PYTHIA_SIZES, pythiaModel, standinModel } from './models';
export { type ProbeItem, type ProbeSet, probeSets } from './probes';
// Fetching, training, measuring.
export { hubFiles } from './hub';
export { makeStandin } from './standin';
export { measureTrajectory } from './trajectory';
export { genuine, type Trajectory, trajectories } from './tables';
// What the tables say.
export { judgeHistory, lossSigns } from './history';
export * from './patterns';
export { CLAIMED, publishedPythia, pythiaLedger } from './claims';
// How it looks, and what it shows in a sentence.
export * from './figures';
