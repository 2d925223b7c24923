import { isDeepStrictEqual } from 'node:util';
import { modelConfig } from '../model/scales';
import { CONTEXT, diagnosticsFingerprint, VOCABULARY } from '../tasks';
import { type TrainingConfig, trainingConfig } from '../training/config';
import type { RunInfo } from './run-folder';

/** Fields of {@link RunInfo} that must agree for a folder to be the same run. */
const IDENTITY = ['model', 'training', 'tasks', 'checkpoints', 'samples'] as const;

/** Everything that determines a run. */
export type RunSettings = Pick<RunInfo, (typeof IDENTITY)[number]>;

/** What can be chosen of it; the rest follows from the scale and from this code. */
export interface RunChoices extends Partial<TrainingConfig> {
  readonly scale: string;
  readonly steps: number;
  /** Measured steps of the run at least, 220 by default; the first 50 updates are always among them. 0: none. */
  readonly checkpoints?: number;
  /** Samples per task-level behind accuracy and log-probability, at most 1,000; 200 by default. */
  readonly behaviorSamples?: number;
  /** Samples per task-level behind RankMe, at most 1,000; the paper's 200 by default. */
  readonly rankmeSamples?: number;
}

/**
 * The settings of a run.
 * @throws RangeError for settings out of range.
 */
export function runSettings({
  checkpoints = 220,
  behaviorSamples = 200,
  rankmeSamples = 200,
  ...rest
}: RunChoices): RunSettings {
  const training = trainingConfig(rest);
  return {
    model: modelConfig(training.scale, VOCABULARY, CONTEXT),
    training,
    tasks: diagnosticsFingerprint(),
    checkpoints,
    samples: { behavior: behaviorSamples, rankme: rankmeSamples },
  };
}

/**
 * What of a stored run is not as wanted, in words: `learningRate is 0.001, not 0.0005`. Nothing where it is the
 * same run. A run of code that had other tasks or levels differs in its `tasks`.
 */
export function settingDifferences(info: RunSettings, wanted: RunSettings): string[] {
  return IDENTITY.flatMap((field) => {
    const [theirs, ours] = [plain(info[field]), plain(wanted[field])];
    if (isDeepStrictEqual(theirs, ours)) return [];
    // The fingerprint's digits say nothing to a reader.
    if (field === 'tasks') return ["its tasks are not this code's"];
    if (typeof ours !== 'object') return [differs(field, theirs, ours)];
    return Object.keys({ ...(theirs as object), ...(ours as object) })
      .map((key) => [key, (theirs as never)?.[key], (ours as never)[key]] as const)
      .filter(([, a, b]) => !isDeepStrictEqual(a, b))
      .map(([key, a, b]) => differs(key, a, b));
  });
}

function differs(name: string, theirs: unknown, ours: unknown): string {
  return `${name} is ${JSON.stringify(theirs)}, not ${JSON.stringify(ours)}`;
}

/** As JSON would keep it, so that what is read compares with what is wanted. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
