import { taskSet } from '../tasks';
import {
  behaviorSeries,
  firstHeld,
  lowest,
  type MeasuredRun,
  type Sampling,
  type Series,
  taskLevelsOf,
  valueAt,
} from './series';
import { pearson, spearman } from './statistics';

/**
 * What the findings mean by acquired, precursor, top-down, easy and hard, by version of the paper, and by ours where the
 * paper's rule leaves something open. Each stands here once. Rules of the paper look at its own steps (`at: 'paper'`),
 * since "five checkpoints" is another rule where checkpoints are denser.
 */

/** When a capability counts as there. */
export interface AcquisitionRule {
  /** What is looked at: exact match, or log-probability of the answer in nats per token. */
  readonly by: 'accuracy' | 'log_prob';
  /** The mark, given the series and the accuracy of the best blind answer. */
  mark(values: readonly number[], chance: number): number;
  /** True where a value at the mark is not enough. */
  readonly above: boolean;
  /** Measured steps in a row that must hold it, the crossing one included. */
  readonly held: number;
}

/** Accuracy above .1 for five checkpoints (v1, section 3). */
export const ACQUIRED_V1: AcquisitionRule = {
  by: 'accuracy',
  mark: () => 0.1,
  above: true,
  held: 5,
};
/** Accuracy of .5 or more for three checkpoints (v4, section 3). */
export const ACQUIRED_V4: AcquisitionRule = {
  by: 'accuracy',
  mark: () => 0.5,
  above: false,
  held: 3,
};
/**
 * Mean log-probability past a share of the way from its first to its last value, for three checkpoints (v4; its own
 * mark is the middle, its table of thresholds has 25, 50, 75 and 90 %).
 */
export const acquiredByLogProb = (share = 0.5): AcquisitionRule => ({
  by: 'log_prob',
  mark: (values) => values[0] + share * (values[values.length - 1] - values[0]),
  above: true,
  held: 3,
});
/** Ours: accuracy halfway from the best blind answer's to 1, for three measured steps: chance alone never passes. */
export const ACQUIRED: AcquisitionRule = {
  by: 'accuracy',
  mark: (_, chance) => chance + (1 - chance) / 2,
  above: false,
  held: 3,
};
/** The rules by name, as options and tables name them. */
export const ACQUISITION_RULES = {
  v1: ACQUIRED_V1,
  v4: ACQUIRED_V4,
  log_prob: acquiredByLogProb(),
  ours: ACQUIRED,
} as const;
export type AcquisitionName = keyof typeof ACQUISITION_RULES;

/**
 * First step from which a series passes a rule; undefined where it never does within the run.
 * @param chance accuracy of the best blind answer, 0…1.
 */
export function acquisitionStep(
  { steps, values }: Series,
  rule: AcquisitionRule,
  chance: number,
): number | undefined {
  if (values.length === 0) return undefined;
  const mark = rule.mark(values, chance);
  const passes = (value: number) => (rule.above ? value > mark : value >= mark);
  const at = firstHeld(values, passes, rule.held);
  return at === undefined ? undefined : steps[at];
}

/** When one task-level of a run is acquired. */
export interface Acquired {
  readonly task: string;
  readonly level: number;
  /** Undefined where it is not within the run. */
  readonly step: number | undefined;
  /** Accuracy of the best blind answer, 0…1. */
  readonly chance: number;
}

/**
 * When each task-level of a run is acquired, in the run's order.
 * @param at `paper` by default for the paper's rules, `all` for ours.
 * @throws RangeError for an unknown rule.
 */
export function acquisitions(
  run: MeasuredRun,
  rule: AcquisitionName | AcquisitionRule = 'v4',
  at: Sampling = rule === 'ours' || rule === ACQUIRED ? 'all' : 'paper',
): Acquired[] {
  const own = typeof rule === 'string' ? ACQUISITION_RULES[rule] : rule;
  if (!own) {
    const known = Object.keys(ACQUISITION_RULES).join(', ');
    throw new RangeError(`Unknown rule of acquisition "${rule}": use one of ${known}.`);
  }
  const set = taskSet();
  return taskLevelsOf(run).map(({ task, level }) => {
    const chance = set.blind.chance(set.level(task, level));
    const series = behaviorSeries(run, task, level, own.by, at)!;
    return { task, level, step: acquisitionStep(series, own, chance), chance };
  });
}

/** Where the changes of two series agree best. */
export interface CrossCorrelation {
  /** Checkpoints by which the first is ahead of the second; negative where it is behind. */
  readonly lead: number;
  /** Pearson's correlation of the differences at that shift. */
  readonly correlation: number;
}

/** Checkpoints that v1 looks ahead, and the least correlation that counts. */
export const PRECURSOR_V1 = { within: 20, correlation: 0.3 } as const;

/**
 * v1's comparison of a measure with behavior: the cross-correlation of the differenced series, shifted by up to 20
 * checkpoints either way; its peak is the largest in size. Both are taken at the steps they share. The smallest shift
 * wins a tie.
 * @returns undefined where one of the two does not change, or fewer than 8 steps are shared.
 */
export function crossCorrelation(
  signal: Series,
  behavior: Series,
  within: number = PRECURSOR_V1.within,
): CrossCorrelation | undefined {
  const shared = signal.steps.filter((step) => behavior.steps.includes(step));
  if (shared.length < 8) return undefined;
  const [x, y] = [signal, behavior].map((series) => {
    const values = shared.map((step) => valueAt(series, step)!);
    return values.slice(1).map((value, i) => value - values[i]);
  });
  let best: CrossCorrelation | undefined;
  const most = Math.min(within, x.length - 3);
  for (let i = 0; i <= 2 * most; i++) {
    const lead = i % 2 ? (i + 1) / 2 : 0 - i / 2;
    const early = x.slice(Math.max(0, -lead), x.length - Math.max(0, lead));
    const late = y.slice(Math.max(0, lead), y.length - Math.max(0, -lead));
    const correlation = pearson(early, late);
    if (correlation === undefined) continue;
    if (!best || Math.abs(correlation) > Math.abs(best.correlation) + 1e-9) {
      best = { lead, correlation };
    }
  }
  return best;
}

/** v1: the peak lies at a lead and is above .3 in size. Undefined where there is no peak. */
export function precursorV1(signal: Series, behavior: Series): boolean | undefined {
  const peak = crossCorrelation(signal, behavior);
  if (!peak) return undefined;
  return peak.lead > 0 && Math.abs(peak.correlation) > PRECURSOR_V1.correlation;
}

/** v4: the lowest value after step 0 comes before acquisition. Undefined where nothing is acquired or measured. */
export function precursorV4(signal: Series, acquired: number | undefined): boolean | undefined {
  const minimum = lowest(signal);
  return minimum && acquired !== undefined ? minimum.step < acquired : undefined;
}

/** A change by less than this share of its larger end is none (ours). */
export const COLLAPSE = { share: 0.25 } as const;

/** When a measure's change counts as come (ours). */
export interface OnsetRule {
  /** Share of the change, in (0, 1), at whose first crossing it counts as come. */
  readonly share: number;
  /** Measured steps in a row that must hold it. */
  readonly held: number;
  /** Least size of a change, as a share of the larger of its two ends, in (0, 1). */
  readonly least: number;
}
/** Half of the change, as half of the way to 1 is {@link ACQUIRED}; held for three measured steps. */
export const ONSET: OnsetRule = { share: 0.5, held: 3, least: COLLAPSE.share };

/**
 * A measure falls from its start to its lowest value; it rises, by the largest increase between two of its steps; it
 * recovers, from its lowest value back to its start.
 */
export type ChangeKind = 'fall' | 'rise' | 'recovery';

/**
 * Step at which a change of a series counts as come; undefined where it is too small or not held.
 * @param kind see {@link ChangeKind}.
 */
export function onsetStep(
  { steps, values }: Series,
  kind: ChangeKind,
  rule: OnsetRule = ONSET,
): number | undefined {
  if (values.length < 2) return undefined;
  let low = 0;
  let rise: [number, number] = [0, 0];
  for (let i = 1; i < values.length; i++) {
    if (values[i] < values[low]) low = i;
    if (values[i] - values[low] > values[rise[1]] - values[rise[0]]) rise = [low, i];
  }
  const [begin, end] = { fall: [0, low], recovery: [low, 0], rise }[kind];
  const [from, to] = [values[begin], values[end]];
  const size = Math.abs(to - from);
  if (!(size > 0) || size < rule.least * Math.max(Math.abs(from), Math.abs(to))) return undefined;
  const mark = from + rule.share * (to - from);
  const passes = (value: number) => (kind === 'fall' ? value <= mark : value >= mark);
  const at = firstHeld(values, passes, rule.held, begin);
  return at === undefined ? undefined : steps[at];
}

/** Steps whose ratio is below this are synchronous (ours): about what three held checkpoints can blur. */
export const SYNCHRONY = { ratio: 1.25 } as const;

/** How an onset stands to an acquisition (ours); `no change` where the measure has none. */
export type Relation = 'precursor' | 'synchronous' | 'lagging' | 'no change';

/** Precursor where the onset is earlier by more than `ratio`, lagging where later; one is added, since steps begin at 0. */
export function relation(
  onset: number | undefined,
  acquired: number,
  ratio: number = SYNCHRONY.ratio,
): Relation {
  if (onset === undefined) return 'no change';
  const lead = (acquired + 1) / (onset + 1);
  if (lead >= ratio) return 'precursor';
  return lead <= 1 / ratio ? 'lagging' : 'synchronous';
}

/**
 * The paper's top-down: at the step where the last layer is lowest, its rank is below the first block's. Depth of the
 * fall, not time.
 * @param layers of one task, from the first block up. Undefined for fewer than two.
 */
export function topDownByDepth(layers: readonly Series[]): boolean | undefined {
  const profile = layers.length > 1 ? atMinimum(layers) : undefined;
  return profile && profile[profile.length - 1] < profile[0];
}

/** Ranks of all layers at the step where the last one is lowest, from the first block up. */
export function atMinimum(layers: readonly Series[]): number[] | undefined {
  const last = layers.at(-1);
  const minimum = last && lowest(last);
  if (!minimum) return undefined;
  const profile = layers.flatMap((layer) => valueAt(layer, minimum.step) ?? []);
  return profile.length === layers.length ? profile : undefined;
}

/** When the layers of one task have fallen. */
export interface FallTimes {
  /** From the first block up: first step with the share of the layer's own fall done; undefined where it falls too little. */
  readonly steps: readonly (number | undefined)[];
  /** Spearman's correlation of depth and step: −1 top-down, 1 bottom-up, 0 all at once; undefined below two layers. */
  readonly correlation: number | undefined;
}

/** Top-down as time (ours): the order in which layers do half of their own fall. A fall turns sharply: nothing must hold. */
export function topDownByTime(layers: readonly Series[], share = 0.5): FallTimes {
  const steps = layers.map((layer) => onsetStep(layer, 'fall', { ...ONSET, share, held: 1 }));
  const fallen = steps.flatMap((step, i) => (step === undefined ? [] : [[i, step] as const]));
  if (fallen.length < 2) return { steps, correlation: undefined };
  // Undefined only where all steps are one.
  const correlation = spearman(...([0, 1].map((k) => fallen.map((one) => one[k])) as Pair)) ?? 0;
  return { steps, correlation };
}
type Pair = [number[], number[]];

export type Difficulty = 'easy' | 'hard';
/** The tasks that are easy: of v1 four; v4 counts SORT with them. */
const EASY = {
  v1: new Set(['COPY', 'REV', 'CMP', 'PAR']),
  v4: new Set(['COPY', 'REV', 'CMP', 'PAR', 'SORT']),
} as const;
export type DifficultyVersion = keyof typeof EASY;

/** The paper's class of a task, by version. */
export function difficulty(task: string, version: DifficultyVersion = 'v4'): Difficulty {
  return EASY[version].has(task) ? 'easy' : 'hard';
}

/** Name of a task-level in tables and figures, for example `MOD 2`. */
export function nameOf({ task, level }: { task: string; level: number }): string {
  return `${task} ${level}`;
}
