import { median } from 'simple-statistics';
import { type TaskSet, taskSet } from '../tasks';
import {
  behaviorSeries,
  firstHeld,
  type MeasuredRun,
  type Sampling,
  type Series,
  taskLevelsOf,
  valueAt,
} from './series';
import { pearson } from './statistics';

/**
 * What the findings mean by acquired, fallen and risen, by version of the paper, and by ours where it leaves something
 * open; precursors.ts has the rules of precedence, order.ts those of top-down. Rules of the paper look at its own steps,
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

/** The rules by name, as options and tables name them. */
export const ACQUISITION_RULES = {
  /** Accuracy above .1 for five checkpoints (v1, section 3). */
  v1: { by: 'accuracy', mark: () => 0.1, above: true, held: 5 },
  /** Accuracy of .5 or more for three checkpoints (v4, section 3). */
  v4: { by: 'accuracy', mark: () => 0.5, above: false, held: 3 },
  log_prob: acquiredByLogProb(),
  /** Ours: accuracy halfway from the best blind answer's to 1, for three measured steps: chance alone never passes. */
  ours: { by: 'accuracy', mark: (_, chance) => chance + (1 - chance) / 2, above: false, held: 3 },
} as const satisfies Record<string, AcquisitionRule>;
export type AcquisitionName = keyof typeof ACQUISITION_RULES;

/**
 * First step from which a series passes a rule; undefined where it never does within the run.
 * @param chance accuracy of the best blind answer, 0…1.
 */
export function acquisitionStep({ steps, values }: Series, rule: AcquisitionRule, chance: number) {
  if (values.length === 0) return undefined;
  const mark = rule.mark(values, chance);
  const passes = (value: number) => (rule.above ? value > mark : value >= mark);
  const at = firstHeld(values, passes, rule.held);
  return at === undefined ? undefined : steps[at];
}

/**
 * When each task-level of a run is acquired, in the run's order.
 * @param at `paper` by default for the paper's rules, `all` for ours.
 * @param set the run's own tasks, where they are not the catalog's; without it their chance is NaN, and ours never met.
 * @returns `step`, undefined where it does not come, and `chance`, accuracy of the best blind answer, 0…1.
 * @throws RangeError for an unknown rule.
 */
export function acquisitions(
  run: MeasuredRun,
  rule: AcquisitionName | AcquisitionRule = 'v4',
  at: Sampling = rule === 'ours' ? 'all' : 'paper',
  set: TaskSet = taskSet(),
) {
  const own: AcquisitionRule = typeof rule === 'string' ? ACQUISITION_RULES[rule] : rule;
  if (!own) {
    const known = Object.keys(ACQUISITION_RULES).join(', ');
    throw new RangeError(`Unknown rule of acquisition "${rule}": use one of ${known}.`);
  }
  return taskLevelsOf(run).map(({ task, level }) => {
    const known = set.levels.find((one) => one.task === task && one.level === level);
    const chance = known ? set.blind.chance(known) : Number.NaN;
    const series = behaviorSeries(run, task, level, own.by, at)!;
    return { task, level, step: acquisitionStep(series, own, chance), chance };
  });
}

/** Measured steps that a measure needs before any rule asks whether it precedes. */
export const FEWEST_STEPS = 8;

/** Checkpoints that v1 looks ahead, and the least correlation that counts. */
export const PRECURSOR_V1 = { within: 20, correlation: 0.3 } as const;

/**
 * v1's comparison of a measure with behavior: the cross-correlation of their changes over the steps that they share,
 * shifted by up to 20 checkpoints either way. Its peak is the largest in size; the smallest shift wins a tie.
 * @returns `lead`, the checkpoints by which the measure is ahead (negative: behind); `steps`, the same in steps, median of
 * the checkpoints compared; and Pearson's correlation there. Undefined where one of the two does not change, or fewer than
 * {@link FEWEST_STEPS} are shared.
 */
export function crossCorrelation(signal: Series, behavior: Series) {
  const shared = signal.steps.filter((step) => behavior.steps.includes(step));
  if (shared.length < FEWEST_STEPS) return undefined;
  const [x, y] = [signal, behavior].map((series) => {
    const values = shared.map((step) => valueAt(series, step)!);
    return values.slice(1).map((value, i) => value - values[i]);
  });
  let best: { readonly lead: number; readonly correlation: number } | undefined;
  const most = Math.min(PRECURSOR_V1.within, x.length - 3);
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
  if (!best) return undefined;
  const { lead } = best;
  const apart = shared.slice(Math.abs(lead)).map((step, i) => step - shared[i]);
  return { ...best, steps: Math.sign(lead) * median(apart) };
}

/** A change by less than this share of its larger end is none (ours). */
export const COLLAPSE = { share: 0.25 } as const;

/**
 * When a measure's change counts as come (ours): at the first crossing of a share of it that is held for so many measured
 * steps in a row, where its size is at least `least` of the larger of its two ends. Half, as our acquisition is half of
 * the way to 1.
 */
export const ONSET = { share: 0.5, held: 3, least: COLLAPSE.share };

/**
 * Step at which a change of a series counts as come; undefined where it is too small or not held.
 * @param kind `fall`: from the start to the lowest value; `rise`: the largest increase between two of the steps.
 */
export function onsetStep({ steps, values }: Series, kind: 'fall' | 'rise', rule = ONSET) {
  if (values.length < 2) return undefined;
  let low = 0;
  let rise: [number, number] = [0, 0];
  for (let i = 1; i < values.length; i++) {
    if (values[i] < values[low]) low = i;
    if (values[i] - values[low] > values[rise[1]] - values[rise[0]]) rise = [low, i];
  }
  const [begin, end] = kind === 'fall' ? [0, low] : rise;
  const [from, to] = [values[begin], values[end]];
  const size = Math.abs(to - from);
  if (!(size > 0) || size < rule.least * Math.max(Math.abs(from), Math.abs(to))) return undefined;
  const mark = from + rule.share * (to - from);
  const passes = (value: number) => (kind === 'fall' ? value <= mark : value >= mark);
  const at = firstHeld(values, passes, rule.held, begin);
  return at === undefined ? undefined : steps[at];
}

/** Steps whose ratio is below this are synchronous (ours): about what three held checkpoints can blur. */
export const SYNCHRONY = 1.25;

/** By how many times its step one event comes before another; one is added, since steps begin at 0. */
export function timesAhead(first: number, second: number): number {
  return (second + 1) / (first + 1);
}

export { type Difficulty, type DifficultyVersion, difficulty } from '../tasks';
