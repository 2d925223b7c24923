import { isDeepStrictEqual } from 'node:util';
import type { Facts } from '../../environment/facts';
import { type ModelConfig, modelConfig, type Shape } from '../../model/scales';
import { CONTEXT, type TaskSet, type TaskSetInfo, taskSet, VOCABULARY } from '../../tasks';
import { type TrainingConfig, trainingConfig } from '../../training/config';
import type { TableName } from './tables';

/** Samples of each task-level behind the measures. */
export interface SampleCounts {
  /** Behind behavior at the paper's checkpoints: its 1,000 up to small, 200 above. */
  readonly behavior: number;
  /** Behind behavior at the steps between. */
  readonly dense: number;
  /** Behind RankMe: the paper's 200; of a whole task so many from all its levels together. */
  readonly rankme: number;
}

/** What run.json says: everything that determines the run, and how far it is. */
export interface RunInfo {
  readonly model: ModelConfig;
  readonly training: TrainingConfig;
  readonly tasks: TaskSetInfo;
  readonly samples: SampleCounts;
  /** What was changed during training, by name and settings; null for a plain run. */
  readonly intervention: { readonly name: string; readonly [setting: string]: unknown } | null;
  /** Trainable numbers of the model. */
  readonly parameters: number;
  /** Updates done when the run was last stored. */
  readonly step: number;
  /** True once all updates are done and measured. */
  readonly ended: boolean;
  /** Seconds of work, over all sessions. */
  readonly seconds: number;
  /** When, with what and from which step each session was made. */
  readonly sessions: readonly {
    readonly started: string;
    readonly from: number;
    readonly facts: Facts;
  }[];
  /** Rows and last step of each table when the run was last stored. */
  readonly tables: Partial<Record<TableName, TableExtent>>;
}

/** How long a table is. */
export interface TableExtent {
  readonly rows: number;
  /** −1 for a table without rows. */
  readonly last: number;
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
}

/** Scales whose behavior is measured on all of the paper's samples. */
const SMALL = ['nano', 'micro', 'small'];

/**
 * The settings of a run, and its tasks.
 * @throws RangeError for settings out of range.
 */
export function runSettings({
  scale = 'nano',
  shape,
  tasks = [],
  context = CONTEXT,
  samples = {},
  ...rest
}: RunChoices): RunSettings & { readonly set: TaskSet } {
  const set = 'levels' in tasks ? tasks : taskSet(tasks);
  if (set.longest > context) {
    throw new RangeError(
      `context is ${context}, and lines of these tasks have ${set.longest} tokens: raise it to that.`,
    );
  }
  const training = trainingConfig({ ...rest, scale: shape ? 'custom' : scale });
  const behavior = SMALL.includes(training.scale) || shape ? 1000 : 200;
  const dense = ['nano', 'micro', 'custom'].includes(training.scale) ? behavior : 200;
  const counts = { behavior, dense, rankme: 200, ...samples };
  for (const [name, count] of Object.entries(counts)) {
    if (!Number.isInteger(count) || count < 1 || count > 1000) {
      throw new RangeError(`samples.${name} is ${count}: it must be an integer from 1 to 1000.`);
    }
  }
  return {
    model: modelConfig(shape ?? scale, VOCABULARY, context),
    training,
    tasks: set.info,
    samples: counts,
    intervention: null,
    set,
  };
}

/**
 * What of a stored run is not as wanted, in words: `learningRate is 0.001, not 0.0003`. Nothing where it is the same
 * run; one that made more or fewer updates on the same schedule is.
 */
export function settingDifferences(info: RunSettings, wanted: RunSettings): string[] {
  return IDENTITY.flatMap((field) => {
    const [theirs, ours] = [plain(info[field]), plain(wanted[field])];
    if (isDeepStrictEqual(theirs, ours)) return [];
    if (field === 'tasks') return [`its tasks are ${taskWords(theirs)}, not ${taskWords(ours)}`];
    if (!isObject(theirs) || !isObject(ours)) return [differs(field, theirs, ours)];
    return Object.keys({ ...theirs, ...ours })
      .filter((key) => key !== 'steps' && !isDeepStrictEqual(theirs[key], ours[key]))
      .map((key) => differs(key, theirs[key], ours[key]));
  });
}

/** The fingerprint's digits say nothing to a reader, unless names and format agree. */
function taskWords(info: unknown): string {
  const { names, format, fingerprint } = info as TaskSetInfo;
  return `${names?.join(', ')} (${JSON.stringify(format)}, ${fingerprint?.slice(0, 8)})`;
}

function differs(name: string, theirs: unknown, ours: unknown): string {
  return `${name} is ${JSON.stringify(theirs)}, not ${JSON.stringify(ours)}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** As JSON would keep it, so that what is read compares with what is wanted. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
