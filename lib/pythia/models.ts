import { type CacheOptions, type CheckpointSource, folderSource, hubSource } from './checkpoints';
import { NOVEL_PROBES, type ProbeSet, probeSets } from './probes';
import {
  isStandin,
  STANDIN_HUB,
  STANDIN_OWNER,
  STANDIN_TRAINING,
  STANDINS,
  type Standin,
} from './standin';
import { checkpointSteps, logSteps, PYTHIA_STEPS } from './steps';

/** Sizes of Pythia that the paper looks at, and smaller and larger ones of the same make. */
export const PYTHIA_SIZES = ['14m', '70m', '160m', '410m', '1b', '1.4b', '2.8b', '6.9b'] as const;

/** A model whose pre-training can be followed. */
export interface Model {
  /** `pythia-160m` or a stand-in's name; also the name of its folder of tables. */
  readonly name: string;
  /** Owner and name on the hub. */
  readonly repo: string;
  readonly kind: 'Pythia' | 'stand-in';
  /** Updates of its training. */
  readonly lastStep: number;
  /** What it is asked: the eight sets, and of a stand-in the two of the novels as well. */
  probes(): ProbeSet[];
  source(options?: CacheOptions): CheckpointSource;
}

/**
 * A model by its size (`160m`) or name (`pythia-160m`, `austen-1.1m`).
 * @throws RangeError naming those that are known.
 */
export function pythiaModel(name: string): Model {
  if (isStandin(name)) return standinModel(name);
  const size = name.toLowerCase().replace(/^pythia-/, '');
  if (!(PYTHIA_SIZES as readonly string[]).includes(size)) {
    throw new RangeError(
      `Unknown model "${name}": use one of ${PYTHIA_SIZES.join(', ')} (Pythia), or the stand-ins ` +
        `${Object.keys(STANDINS).join(', ')}.`,
    );
  }
  const repo = `EleutherAI/pythia-${size}`;
  return {
    ...{ name: `pythia-${size}`, repo, kind: 'Pythia', lastStep: PYTHIA_STEPS },
    probes: () => probeSets(),
    source: (options) => hubSource(repo, options),
  };
}

/**
 * A stand-in, or one that was trained otherwise and is kept elsewhere.
 * @param hub folder that `makeStandin` was given, and `lastStep` its number of updates.
 */
export function standinModel(
  name: Standin,
  { hub = STANDIN_HUB, lastStep = STANDIN_TRAINING.steps } = {},
): Model {
  const repo = `${STANDIN_OWNER}/${name}`;
  return {
    ...{ name, repo, kind: 'stand-in', lastStep },
    probes: () => [...probeSets(), ...probeSets(NOVEL_PROBES)],
    source: () => folderSource(repo, hub),
  };
}

/**
 * Steps of a model that `choice` names.
 * @param choice `all`, `log`, or steps with commas between them; each must be a checkpoint of the model.
 * @throws RangeError naming the step that is not.
 */
export function chosenSteps({ name, lastStep }: Model, choice: string): number[] {
  const all = checkpointSteps(lastStep);
  if (choice === 'all') return all;
  if (choice === 'log') return logSteps(lastStep);
  return [...new Set(choice.split(',').map((text) => Number(text.trim() || Number.NaN)))]
    .map((step) => {
      if (!all.includes(step)) {
        throw new RangeError(
          `${name} has no checkpoint at step "${step}" (of "${choice}"): give all, log, or some of ` +
            `0, 1, 2, 4, … 512, 1000, 2000, … ${lastStep}.`,
        );
      }
      return step;
    })
    .sort((a, b) => a - b);
}
