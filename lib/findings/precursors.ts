import { mean, median } from 'simple-statistics';
import {
  acquisitions,
  crossCorrelation,
  type Difficulty,
  type DifficultyVersion,
  difficulty as difficultyOf,
  FEWEST_STEPS,
  onsetStep,
  PRECURSOR_V1,
  SYNCHRONY,
  timesAhead,
} from './definitions';
import { runName, selectRuns } from './runs';
import {
  behaviorSeries,
  groupBy,
  lowest,
  type MeasuredRun,
  meanSeries,
  nameOf,
  type Sampling,
  type Series,
  tasksOf,
} from './series';
import type { Signal } from './signals';
import { against, type Chance, type Share, shareOf, shuffled } from './statistics';

/** What a signal is held against: how a task of a run, or one of its levels, comes to be answered. */
export interface Acquisition {
  readonly run: MeasuredRun;
  readonly task: string;
  /** Undefined where the rule looks at the whole task. */
  readonly level: number | undefined;
  /** Step of acquisition; not used by v1, which compares whole series. */
  readonly event: number;
  readonly behavior: Series;
}

/** One way of saying that a measure precedes a capability. */
export interface PrecursorRule {
  readonly label: string;
  readonly classes: DifficultyVersion;
  readonly at: Sampling;
  /** What the rule looks at in a run: what is acquired within it. */
  cases(run: MeasuredRun): Acquisition[];
  /** How far the signal is ahead, in `unit`; undefined where the rule finds no change to compare. */
  lead(signal: Series, one: Pick<Acquisition, 'event' | 'behavior'>): number | undefined;
  readonly unit: 'steps' | 'times';
  /** A lead of more than this is a precursor. */
  readonly beyond: number;
  /** The same case with its event at other steps, all equally likely: what chance draws from; every step by default. */
  events?(one: Acquisition): Acquisition[];
}

/** Rotations of the behavior's changes that stand for random events in v1's rule. */
const ROTATIONS = 20;
const PAPERS = { at: 'paper', unit: 'steps', beyond: 0 } as const;

/** The rules: v1's and v4's at the paper's own steps, ours at all that were measured. */
export const PRECURSOR_RULES = {
  /**
   * The changes of measure and behavior agree best where the measure is ahead (v1). The unit is the task, as printed; the
   * paper does not say what its behavior is: the mean accuracy of its levels, once most of them are acquired by our rule
   * (blind answers pass v1's own).
   */
  v1: {
    ...PAPERS,
    label: "v1's rule",
    classes: 'v1',
    cases: (run) => tasksOf(run).flatMap((task) => wholeTask(run, task)),
    lead(signal, { behavior }) {
      const peak = crossCorrelation(signal, behavior);
      if (!peak || Math.abs(peak.correlation) <= PRECURSOR_V1.correlation) return undefined;
      return peak.steps;
    },
    events: (one) =>
      Array.from({ length: ROTATIONS }, (_, i) => {
        return { ...one, behavior: rotated(one.behavior, (i + 1) / (ROTATIONS + 1)) };
      }),
  },
  /** The measure's lowest value comes before acquisition (v4). */
  v4: {
    ...PAPERS,
    label: "v4's rule",
    classes: 'v4',
    cases: (run) => acquired(run, 'v4', 'paper'),
    lead(signal, { event }) {
      const minimum = lowest(signal);
      return minimum && event - minimum.step;
    },
  },
  /** Half of the measure's rise is done, and held, by a factor of 1.25 in steps before acquisition (ours). */
  ours: {
    label: 'our rule',
    classes: 'v4',
    at: 'all',
    unit: 'times',
    beyond: SYNCHRONY,
    cases: (run) => acquired(run, 'ours', 'all'),
    lead(signal, { event }) {
      const onset = onsetStep(signal, 'rise');
      return onset === undefined ? undefined : timesAhead(onset, event);
    },
  },
} as const satisfies Record<string, PrecursorRule>;
export type PrecursorName = keyof typeof PRECURSOR_RULES;

/** Draws of each null: p-values go down to 1 in 5,000, low enough for a hundred tests in one table. */
export const NULL_DRAWS = 4999;

/** How often one signal precedes acquisition, and how often it would for nothing. */
export interface Precedence {
  readonly label: string;
  readonly rule: PrecursorName;
  readonly difficulty: Difficulty | 'all';
  /** Precursors of all cases, with Wilson's interval; undefined without a case. */
  readonly rate: Share | undefined;
  /** The lead of each case that has one, largest first. */
  readonly leads: readonly {
    readonly run: string;
    readonly name: string;
    readonly value: number;
  }[];
  readonly medianLead: number | undefined;
  /** The rate where each event comes at a step drawn from the measured ones. */
  readonly randomEvents: Chance | undefined;
  /** The rate where each run's measures are shuffled among its tasks: does the measure know of its own task? (C4) */
  readonly exchanged: Chance | undefined;
  /** The rate with the measure of a run that was taught shuffled answers and so learns none of it; undefined without one. */
  readonly untaught: Share | undefined;
}

/**
 * How often a signal precedes acquisition by one rule, against three nulls. A signal that makes no change does not precede;
 * one that was measured at fewer than {@link FEWEST_STEPS} of the rule's steps is not looked at.
 * @param runs plain ones are looked at; those taught shuffled answers serve as their untaught twins.
 * @param difficulty class of the tasks that are counted, by the rule's version.
 * @throws RangeError for an unknown rule.
 *
 * ```ts
 * const { rate, exchanged } = precedence(studyRuns(), RANKS[0], 'v4', 'hard');
 * note(`${rate?.count} of ${rate?.of}; with tasks exchanged ${exchanged?.mean}`);
 * ```
 */
export function precedence(
  runs: readonly MeasuredRun[],
  signal: Signal,
  rule: PrecursorName,
  difficulty: Difficulty | 'all' = 'all',
): Precedence {
  if (!Object.hasOwn(PRECURSOR_RULES, rule)) {
    const known = Object.keys(PRECURSOR_RULES).join(', ');
    throw new RangeError(`Unknown rule of precedence "${rule}": use one of ${known}.`);
  }
  const { cases, lead, beyond, events, classes, at }: PrecursorRule = PRECURSOR_RULES[rule];
  const is = (ahead: number | undefined) => Number(ahead !== undefined && ahead > beyond);
  const ofClass = (task: string) =>
    difficulty === 'all' || difficultyOf(task, classes) === difficulty;
  const looked = selectRuns(runs).runs.flatMap((run) => {
    const twin = untaughtTwin(runs, run);
    const told = (task: string, level?: number) =>
      (signal.series(run, task, level, at)?.steps.length ?? 0) >= FEWEST_STEPS;
    const tasks = tasksOf(run).filter((task) => signal.series(run, task));
    const counted = cases(run).filter(({ task, level }) => told(task, level) && ofClass(task));
    return counted.map((one) => {
      const series = (of: MeasuredRun, task = one.task) => signal.series(of, task, one.level, at);
      const mine = series(run)!;
      const other = twin && series(twin);
      return {
        one,
        place: tasks.indexOf(one.task),
        ahead: lead(mine, one),
        byTask: tasks.map((task) => is(lead(series(run, task) ?? mine, one))),
        byEvent: (events?.(one) ?? everyStep(one)).map((moved) => is(lead(mine, moved))),
        twin: other && is(lead(other, one)),
      };
    });
  });
  const rate = shareOf(looked, ({ ahead }) => is(ahead) > 0);
  const byRun = [...groupBy(looked, ({ one }) => one.run).values()];
  const leads = looked.flatMap(({ one: { run, task, level }, ahead: value }) => {
    const name = level === undefined ? task : nameOf({ task, level });
    return value === undefined ? [] : [{ run: runName(run), name, value }];
  });
  const twins = looked.flatMap(({ twin }) => twin ?? []);
  const nulls = (stream: string, draw: Parameters<typeof against>[1]) =>
    rate && against(rate.value, draw, { draws: NULL_DRAWS, stream });
  return {
    label: signal.label,
    rule,
    difficulty,
    rate,
    leads: leads.sort((a, b) => b.value - a.value),
    medianLead: leads.length > 0 ? median(leads.map(({ value }) => value)) : undefined,
    randomEvents: nulls('events', (random) =>
      mean(looked.map(({ byEvent }) => byEvent[random.below(byEvent.length)])),
    ),
    exchanged: nulls('exchange', (random) => {
      const found = byRun.flatMap((own) => {
        const dealt = shuffled([...own[0].byTask.keys()], random);
        return own.map(({ place, byTask }) => byTask[dealt[place]]);
      });
      return mean(found);
    }),
    untaught: shareOf(twins, (twin) => twin > 0),
  };
}

/** A run of the same model that was taught shuffled answers, of the same seed where there is one. */
function untaughtTwin(runs: readonly MeasuredRun[], { info }: MeasuredRun) {
  const { scale, seed } = info.training;
  const taught = runs.filter((run) => run.info.intervention?.name === 'shuffled-answers');
  const own = taught.filter((run) => run.info.training.scale === scale);
  return own.find((run) => run.info.training.seed === seed) ?? own[0];
}

function acquired(run: MeasuredRun, rule: 'v4' | 'ours', at: Sampling): Acquisition[] {
  return acquisitions(run, rule, at).flatMap(({ task, level, step }) => {
    const behavior = behaviorSeries(run, task, level, 'accuracy', at);
    return step === undefined || !behavior ? [] : [{ run, task, level, event: step, behavior }];
  });
}

/** A task's accuracy, mean over its levels; nothing where fewer than half of them are acquired within the run. */
function wholeTask(run: MeasuredRun, task: string): Acquisition[] {
  const levels = acquisitions(run, 'ours').filter((one) => one.task === task);
  const reached = levels.filter(({ step }) => step !== undefined);
  if (reached.length === 0 || reached.length < levels.length / 2) return [];
  const all = levels.map(({ level }) => behaviorSeries(run, task, level, 'accuracy', 'paper')!);
  return [{ run, task, level: undefined, event: Number.NaN, behavior: meanSeries(all) }];
}

const everyStep = (one: Acquisition): Acquisition[] =>
  one.behavior.steps.map((event) => ({ ...one, event }));

/** The series whose changes come later by a share of the whole, the last ones first. */
function rotated({ steps, values }: Series, part: number): Series {
  const changes = values.slice(1).map((value, i) => value - values[i]);
  const by = Math.round(part * changes.length);
  let sum = 0;
  const moved = changes.map((_, i) => (sum += changes[(i + changes.length - by) % changes.length]));
  return { steps, values: [0, ...moved] };
}
