import { isDeepStrictEqual } from 'node:util';
import type { Facts } from '../../environment/facts';
import { isWhole, mustBe } from '../../files/range';
import { interventionOf } from '../../interventions/catalog';
import {
  type Intervention,
  partsOf,
  type StoredIntervention,
  stored,
} from '../../interventions/intervention';
import { type ModelConfig, modelConfig, type Shape } from '../../model/scales';
import {
  CONTEXT,
  FORMAT,
  type TaskSet,
  type TaskSetInfo,
  type TextFormat,
  taskSet,
  VOCABULARY,
} from '../../tasks';
import { type TrainingConfig, trainingConfig } from '../../training/config';
import type { TableName } from './tables';

/** Samples of each task-level behind the measures, and how much is measured. */
export interface SampleCounts {
  /** Behind behavior at the paper's checkpoints. */
  readonly behavior: number;
  /** Behind behavior at the steps between. Fewer than `rankme`: there levels are pooled alone. */
  readonly dense: number;
  /** Behind RankMe: the paper's 200; of a whole task so many from all its levels together. */
  readonly rankme: number;
  /** True for many runs: about 70 steps (`stepsOf`), and of the geometry the last layer at the answers, levels pooled. */
  readonly lean?: boolean;
}

/** What run.json says. */
export interface RunInfo {
  readonly model: ModelConfig;
  readonly training: TrainingConfig;
  readonly tasks: TaskSetInfo;
  readonly samples: SampleCounts;
  /** What was changed during training, by name and settings; null for a plain run. */
  readonly intervention: StoredIntervention | null;
  /** Trainable numbers of the model. */
  readonly parameters: number;
  /** Updates done when the run was last stored. */
  readonly step: number;
  /** True once all updates are done and measured. */
  readonly ended: boolean;
  /** Seconds of work, over all sessions. */
  readonly seconds: number;
  readonly sessions: readonly { started: string; from: number; facts: Facts }[];
  /** Rows and last step of each table when the run was last stored; step −1 where it has no rows. */
  readonly tables: Partial<Record<TableName, { readonly rows: number; readonly last: number }>>;
}

/** Fields of {@link RunInfo} that must agree for a folder to be the same run. */
const IDENTITY = ['model', 'training', 'tasks', 'samples', 'intervention'] as const;

/** Everything that determines a run. */
export type RunSettings = Pick<RunInfo, (typeof IDENTITY)[number]>;

/** What can be chosen of it; the rest is the paper's. */
export interface RunChoices extends Partial<Omit<TrainingConfig, 'scale'>> {
  /** One of the paper's sizes; nano by default. */
  readonly scale?: string;
  /** A shape of one's own in its place. */
  readonly shape?: Shape;
  /** Tasks to train on, by name, or a set of one's own; all eight by default. */
  readonly tasks?: readonly string[] | TaskSet;
  /** Longest line in tokens; {@link CONTEXT} by default. */
  readonly context?: number;
  readonly samples?: Partial<SampleCounts>;
  /** How lines are written, for the catalog's tasks; as in {@link FORMAT} where left out. */
  readonly format?: Partial<TextFormat>;
  /** What is changed during training, made by one of `lib/interventions` or as run.json keeps it. */
  readonly intervention?: Intervention | StoredIntervention | null;
}

/** Whether ranks are measured of each level, too: where there are as many samples as they take. Lean runs pool levels. */
export const byLevelAt = ({ lean, dense: between, rankme }: SampleCounts, dense: boolean) =>
  !lean && (!dense || between >= rankme);

/** By scale: the paper's samples, and fewer at the steps between, where measuring would take longer than training. */
function usualSamples(scale: string) {
  if (scale === 'nano' || scale === 'custom') return { behavior: 1000, dense: 1000 };
  if (scale === 'micro' || scale === 'small') return { behavior: 1000, dense: 200 };
  return { behavior: 200, dense: 67 };
}

/** The settings of a run, its tasks and intervention. @throws RangeError for settings out of range. */
export function runSettings({
  scale = 'nano',
  shape,
  tasks = [],
  context = CONTEXT,
  samples = {},
  format,
  intervention: chosen,
  ...rest
}: RunChoices): RunSettings & { readonly set: TaskSet; readonly acting?: Intervention } {
  const set = 'levels' in tasks ? tasks : taskSet(tasks, checkedFormat(format));
  if (set.longest > context) {
    throw new RangeError(
      `context is ${context}, and lines of these tasks have ${set.longest} tokens: raise it to that.`,
    );
  }
  const training = trainingConfig({ ...rest, scale: shape ? 'custom' : scale });
  const { lean, ...given } = samples;
  const usual = lean ? { behavior: 200, dense: 200 } : usualSamples(training.scale);
  const counts = { ...usual, rankme: 200, ...given };
  for (const [name, count] of Object.entries(counts)) {
    if (!['behavior', 'dense', 'rankme'].includes(name)) {
      throw new RangeError(`samples.${name} is not known: use behavior, dense, rankme.`);
    }
    mustBe(isWhole(count, 1, 1000), `samples.${name}`, count, 'an integer from 1 to 1000');
  }
  const acting = chosen ? interventionFor(chosen, training) : undefined;
  return {
    model: modelConfig(shape ?? scale, VOCABULARY, context),
    training,
    tasks: set.info,
    samples: lean ? { ...counts, lean: true } : counts,
    intervention: acting ? stored(acting) : null,
    ...{ set, acting },
  };
}

/** The intervention itself. @throws RangeError where it would not act, or past the schedule's end. */
function interventionFor(
  chosen: Intervention | StoredIntervention,
  { steps, scheduled }: TrainingConfig,
): Intervention {
  const made = typeof chosen.changes === 'function' && (chosen as Intervention);
  const intervention = made || interventionOf(chosen as StoredIntervention);
  for (const { name, settings } of partsOf(intervention)) {
    const { from = 0, until = scheduled } = settings;
    if (from >= steps) {
      throw new RangeError(
        `${name} acts from update ${from + 1} on, and the run ends at ${steps}: it would change nothing.`,
      );
    }
    if (until > scheduled) {
      throw new RangeError(
        `${name} acts until update ${until}, and the schedule ends at ${scheduled}: leave until out to act to the end.`,
      );
    }
  }
  return intervention;
}

/** @throws RangeError for what is no choice of a text format. */
function checkedFormat(given: Partial<TextFormat> = {}): TextFormat {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(FORMAT, name) || typeof value !== 'boolean') {
      const all = Object.keys(FORMAT).join(', ');
      throw new RangeError(`format.${name} is ${value}: it takes ${all}, each true or false.`);
    }
  }
  return { ...FORMAT, ...given };
}

/**
 * What of a stored run is not as wanted, in words: `learningRate is 0.001, not 0.0003`. Nothing where it is the same
 * run; one that made more or fewer updates on the same schedule is.
 */
export function settingDifferences(info: RunSettings, wanted: RunSettings): string[] {
  return IDENTITY.flatMap((field) => {
    const [theirs, ours] = [plain(info[field]), plain(wanted[field])];
    if (isDeepStrictEqual(theirs, ours)) return [];
    if (field === 'tasks')
      return [`its tasks are ${taskWords(info.tasks)}, not ${taskWords(wanted.tasks)}`];
    return theirs && ours
      ? differences({ ...theirs, steps: 0 }, { ...ours, steps: 0 })
      : differences({ [field]: theirs }, { [field]: ours });
  });
}

/** What differs between two objects, in words. */
export function differences(before: object, now: object): string[] {
  const [theirs, ours] = [plain(before), plain(now)];
  return Object.keys({ ...theirs, ...ours })
    .filter((name) => !isDeepStrictEqual(theirs[name], ours[name]))
    .map((name) => `${name} is ${JSON.stringify(theirs[name])}, not ${JSON.stringify(ours[name])}`);
}

function taskWords({ names, format, fingerprint }: TaskSetInfo): string {
  return `${names.join(', ')} (${JSON.stringify(format)}, ${fingerprint.slice(0, 8)})`;
}

/** As JSON would keep it, so that what is read compares with what is wanted. */
function plain(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value ?? null));
}
