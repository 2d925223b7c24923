import { isDeepStrictEqual } from 'node:util';
import { spelled, unspelled } from '../interventions/intervention';
import type { MeasuredRun } from './series';

/** A run under an intervention beside the plain one of the same start and the same batches. */
export interface Pair {
  /** The intervention, spelled as the command line takes it; see {@link armName}. */
  readonly arm: string;
  readonly seed: number;
  readonly baseline: MeasuredRun;
  readonly run: MeasuredRun;
}

export interface Pairs {
  readonly pairs: readonly Pair[];
  readonly alone: readonly { readonly run: MeasuredRun; readonly why: string }[];
}

/**
 * Pairs each run under an intervention with its baseline: same size, seed, settings, tasks and samples, so that the only
 * difference is the intervention. Runs that have not ended have no pair.
 *
 * ```ts
 * const { pairs, alone } = pairsOf(studyRuns(ARMS));
 * ```
 */
export function pairsOf(runs: readonly MeasuredRun[]): Pairs {
  const ended = runs.filter(({ info }) => info.ended);
  const baselines = ended.filter(({ info }) => !info.intervention);
  const alone = runs
    .filter(({ info }) => !info.ended)
    .map((run) => ({ run, why: `has not ended (update ${run.info.step})` }));
  const pairs = ended.flatMap((run): Pair[] => {
    const { intervention, training } = run.info;
    if (!intervention) return [];
    const baseline = baselines.find((plain) => isDeepStrictEqual(sharedBy(plain), sharedBy(run)));
    if (baseline) return [{ arm: spelled(intervention), seed: training.seed, baseline, run }];
    alone.push({ run, why: 'has no baseline of its settings' });
    return [];
  });
  return { pairs, alone };
}

/** What both runs of a pair must share. */
function sharedBy({ info }: MeasuredRun) {
  const { model, training, tasks, samples } = info;
  return JSON.parse(JSON.stringify({ model, training, tasks: tasks.fingerprint, samples }));
}

const KIND_OF = {
  'shuffled-answers': 'shuffled answers',
  'blind-bias': 'blind answers given',
  'variance-penalty': 'rank held up',
  projection: 'collapsed further',
  'frozen-block': 'frozen',
  'attention-scale': 'attention scaled',
} as const;
const BOTH = 'attention scaled, blind answers given';

/** Kinds of intervention, each with its color in figures. */
export const ARM_KINDS = [...Object.values(KIND_OF), BOTH, 'other'] as const;
export type ArmKind = (typeof ARM_KINDS)[number];

const kindOf = (name: string): ArmKind | undefined => KIND_OF[name as keyof typeof KIND_OF];

export function armKind(arm: string): ArmKind {
  if (arm.includes('attention-scale') && arm.includes('blind-bias')) return BOTH;
  return arm.includes('+') ? 'other' : (kindOf(arm.split(':')[0]) ?? 'other');
}

/**
 * An arm in a few words: `rank held up (strength 0.1, updates 1 to 1000)`.
 *
 * ```ts
 * armName('variance-penalty:strength=0.1,until=1000');
 * ```
 */
export function armName(arm: string): string {
  const parts = unspelled(arm).map(({ name, from, until, ...settings }) => {
    const words = Object.entries(settings).flatMap(([setting, value]) => {
      if (setting === 'exchanged') return value === true ? ["another task's"] : [];
      return `${setting === 'by' ? '×' : setting} ${value}`;
    });
    if (until) words.push(`updates ${Number(from ?? 0) + 1} to ${until}`);
    return `${kindOf(name) ?? name}${words.length > 0 ? ` (${words.join(', ')})` : ''}`;
  });
  return parts.join(' + ');
}
