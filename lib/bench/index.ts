import { benchMeasures } from './measures';
import { benchMemory } from './memory';
import { benchPieces } from './pieces';
import { benchStep } from './step';

/** The benches by name: each takes its options as they were typed, prints what it finds and gives the exit code. */
export const BENCHES: { readonly [name: string]: (argv: string[]) => Promise<number> } = {
  step: benchStep,
  pieces: benchPieces,
  measures: benchMeasures,
  memory: benchMemory,
};
