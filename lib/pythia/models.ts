import { type CacheOptions, type CheckpointSource, folderSource, hubSource } from './checkpoints';
import { NOVEL_PROBES, type ProbeSet, probeSets, readSets } from './probes';
import {
  isStandin,
  STANDIN_HUB,
  STANDIN_OWNER,
  STANDIN_TRAINING,
  STANDINS,
  type Standin,
} from './standin';
import { checkpointSteps, logSteps, PYTHIA_STEPS } from './steps';

/** Sizes of Pythia; the paper looks at 160m, 410m and 2.8b. */
export const PYTHIA_SIZES = ['70m', '160m', '410m', '1b', '1.4b', '2.8b', '6.9b', '12b'] as const;

/** A model whose pre-training can be followed. */
export interface Model {
  /** `pythia-160m-deduped` or `austen-0.5m`; also the name of its folder of tables. */
  readonly name: string;
  /** Owner and name on the hub. */
  readonly repo: string;
  readonly kind: 'Pythia' | 'stand-in';
  /** Updates of its training. */
  readonly lastStep: number;
  /**
   * What it is asked: the paper's sets, and of a stand-in the two of the novels as well.
   * @param text a file of general text, one passage a line; the novels by default.
   */
  probes(text?: string): ProbeSet[];
  source(options?: CacheOptions): CheckpointSource;
}

/**
 * A model by its size (`160m`) or its name on the hub. A size means the model that the paper measured, trained on the
 * deduplicated Pile (`pythia-160m-deduped`); its sister of the whole Pile has the name `pythia-160m`. Stand-ins go by
 * their names (`austen-0.5m`).
 *
 * ```ts
 * const { repo, lastStep } = pythiaModel('160m');
 * ```
 * @throws RangeError naming those that are known.
 */
export function pythiaModel(name: string): Model {
  if (isStandin(name)) return standinModel(name);
  const [, prefix, size, suffix] = /^(pythia-)?(.*?)(-deduped)?$/.exec(name.toLowerCase()) ?? [];
  if (!(PYTHIA_SIZES as readonly string[]).includes(size)) {
    throw new RangeError(
      `Unknown model "${name}": use one of ${PYTHIA_SIZES.join(', ')} (Pythia, deduplicated), a name such as ` +
        `pythia-160m (the whole Pile), or the stand-ins ${Object.keys(STANDINS).join(', ')}.`,
    );
  }
  const full = `pythia-${size}${prefix && !suffix ? '' : '-deduped'}`;
  const repo = `EleutherAI/${full}`;
  return {
    ...{ name: full, repo, kind: 'Pythia', lastStep: PYTHIA_STEPS },
    probes: probeSets,
    source: (options) => hubSource(repo, options),
  };
}

/**
 * A stand-in, or one that was trained otherwise and is kept elsewhere.
 *
 * ```ts
 * const model = standinModel('austen-0.5m');
 * ```
 * @param hub folder that `makeStandin` was given, and `lastStep` its number of updates.
 */
export function standinModel(
  name: Standin,
  { hub = STANDIN_HUB, lastStep = STANDIN_TRAINING.steps } = {},
): Model {
  const repo = `${STANDIN_OWNER}/${name}`;
  return {
    ...{ name, repo, kind: 'stand-in', lastStep },
    probes: (text) => [...probeSets(text), ...readSets(NOVEL_PROBES)],
    source: () => folderSource(repo, hub),
  };
}

/**
 * Steps of a model that `choice` names.
 *
 * ```ts
 * chosenSteps(pythiaModel('160m'), '0,512,143000');
 * ```
 * @param choice `all`, `log`, or steps with commas between them; each must be a checkpoint of the model.
 * @throws RangeError naming the step that is not.
 */
export function chosenSteps({ name, lastStep }: Model, choice: string): number[] {
  const all = checkpointSteps(lastStep);
  if (choice === 'all') return all;
  if (choice === 'log') return logSteps(lastStep);
  const steps = choice.split(',').map((text) => Number(text.trim() || Number.NaN));
  const unknown = steps.find((step) => !all.includes(step));
  if (unknown === undefined) return [...new Set(steps)].sort((a, b) => a - b);
  throw new RangeError(
    `${name} has no checkpoint at step "${unknown}" (of "${choice}"): give all, log, or some of ` +
      `0, 1, 2, 4, … 512, 1000, 2000, … ${lastStep}.`,
  );
}
