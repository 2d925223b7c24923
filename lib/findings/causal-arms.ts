import { isDeepStrictEqual } from 'node:util';
import { spelled, unspelled } from '../interventions/intervention';
import type { MeasuredRun } from './series';

/** A run under an intervention beside the plain one of the same start and the same batches. */
export interface Pair<T extends MeasuredRun = MeasuredRun> {
  /** The intervention, spelled as the command line takes it; see {@link armName}. */
  readonly arm: string;
  readonly seed: number;
  readonly baseline: T;
  readonly run: T;
}

/** Pairs of an experiment, and what found no partner. */
export interface Pairs<T extends MeasuredRun = MeasuredRun> {
  readonly pairs: readonly Pair<T>[];
  readonly alone: readonly { readonly run: T; readonly why: string }[];
}

/** The arm of a run: its intervention, or `baseline`. */
export function armOf({ info }: Pick<MeasuredRun, 'info'>): string {
  return info.intervention ? spelled(info.intervention) : 'baseline';
}

/**
 * Pairs each run under an intervention with its baseline: same size, seed, settings, tasks and samples, so that the only
 * difference is the intervention. Runs that have not ended have no pair.
 *
 * ```ts
 * const { pairs, alone } = pairsOf(studyRuns(ARMS));
 * ```
 */
export function pairsOf<T extends MeasuredRun>(runs: readonly T[]): Pairs<T> {
  const ended = runs.filter(({ info }) => info.ended);
  const baselines = ended.filter(({ info }) => !info.intervention);
  const alone = runs
    .filter(({ info }) => !info.ended)
    .map((run) => ({ run, why: `has not ended (update ${run.info.step})` }));
  const pairs = ended.flatMap((run) => {
    if (!run.info.intervention) return [];
    const baseline = baselines.find((plain) => isDeepStrictEqual(sharedBy(plain), sharedBy(run)));
    if (baseline) return [{ arm: armOf(run), seed: run.info.training.seed, baseline, run }];
    alone.push({ run, why: 'has no baseline of its settings' });
    return [];
  });
  return { pairs, alone };
}

/** What both runs of a pair share. */
function sharedBy({ info }: MeasuredRun) {
  const { model, training, tasks, samples } = info;
  return JSON.parse(JSON.stringify({ model, training, tasks: tasks.fingerprint, samples }));
}

/** Kinds of intervention, each with its color in figures. */
export const ARM_KINDS = [
  'shuffled answers',
  'blind answers given',
  'rank held up',
  'collapsed further',
  'frozen',
  'attention scaled',
  'attention scaled, blind answers given',
  'other',
] as const;
export type ArmKind = (typeof ARM_KINDS)[number];

const KIND_OF: Record<string, ArmKind> = {
  'shuffled-answers': 'shuffled answers',
  'blind-bias': 'blind answers given',
  'variance-penalty': 'rank held up',
  projection: 'collapsed further',
  'frozen-block': 'frozen',
  'attention-scale': 'attention scaled',
};

/** The kind of an arm. */
export function armKind(arm: string): ArmKind {
  if (arm.includes('attention-scale') && arm.includes('blind-bias')) {
    return 'attention scaled, blind answers given';
  }
  return arm.includes('+') ? 'other' : (KIND_OF[arm.split(':')[0]] ?? 'other');
}

/**
 * An arm in a few words: `rank held up (strength 0.1, updates 1 to 1000)`.
 *
 * ```ts
 * armName('variance-penalty:strength=0.1,until=1000');
 * ```
 */
export function armName(arm: string): string {
  if (arm === 'baseline') return arm;
  return unspelled(arm)
    .map(({ name, from, until, ...settings }) => {
      const words = Object.entries(settings).flatMap(([setting, value]) =>
        settingWords(setting, `${value}`),
      );
      const window = until ? [`updates ${Number(from ?? 0) + 1} to ${until}`] : [];
      const all = [...words, ...window].join(', ');
      return `${KIND_OF[name] ?? name}${all ? ` (${all})` : ''}`;
    })
    .join(' + ');
}

function settingWords(setting: string, value: string): string[] {
  if (setting === 'exchanged') return value === 'true' ? ["another task's"] : [];
  return [setting === 'by' ? `× ${value}` : `${setting} ${value}`];
}
