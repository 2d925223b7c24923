/** Pythia's pre-training, and the stand-ins for it: `import { … } from 'anatomy-pythia'`. */
export { judgeHistory, lossSigns } from './history';
export { hubFiles } from './hub';
export { chosenSteps, type Model, PYTHIA_SIZES, pythiaModel, standinModel } from './models';
export { type ProbeItem, type ProbeSet, probeSets } from './probes';
export { makeStandin } from './standin';
export { genuine, type Trajectory, trajectories } from './tables';
export { measureTrajectory } from './trajectory';
