import { median } from 'simple-statistics';
import {
  DIFFICULTY,
  type Difficulty,
  type DifficultyRule,
  EMERGENCE,
  type EmergenceRule,
  ONSET,
  type OnsetRule,
  type Relation,
  relation,
  SYNCHRONY,
} from './definitions';
import { type Emergence, emergences, runName } from './emergence';
import { lagOf } from './lag';
import { changeOf, type Series } from './onset';
import { type MeasuredRun, type Signal, signalsOf } from './signals';
import { against, type Chance, type Share, share } from './statistics';

/** The definitions that leads depend on; those of {@link EMERGENCE} and its neighbors by default. */
export interface LeadOptions {
  readonly emergence?: EmergenceRule;
  readonly onset?: OnsetRule;
  readonly classes?: DifficultyRule;
  /** Least factor of steps between two that are not synchronous. */
  readonly ratio?: number;
  /** Ids of the signals to look at; all that the runs have by default. */
  readonly signals?: readonly string[];
}

/** One signal against one emergence event. */
export interface Lead {
  readonly run: string;
  readonly scale: string;
  readonly task: string;
  readonly level: number;
  readonly difficulty: Difficulty;
  /** Step of emergence. */
  readonly event: number;
  readonly signal: string;
  /** Undefined where the signal has no such change in the run. */
  readonly onset: number | undefined;
  readonly relation: Relation;
  /** (event + 1) / (onset + 1): above 1 where the signal is ahead. */
  readonly factor: number | undefined;
  /** The same by cross-correlation of changes with those of the log-probability, after the collapse. */
  readonly lag: number | undefined;
  readonly lagCorrelation: number | undefined;
}

/** Every signal against every emergence event of a run that has a series for it. */
export function leadsOf(run: MeasuredRun, options: LeadOptions = {}): Lead[] {
  const { onset: rule = ONSET, ratio = SYNCHRONY.ratio } = options;
  const signals = signalsOf([run]);
  return eventsOf(run, options).flatMap(({ task, level, difficulty, step: event }) => {
    const rows = run.behavior.filter((row) => row.task === task && row.level === level);
    const behavior = {
      steps: rows.map(({ step }) => step),
      values: rows.map((row) => row.log_prob),
    };
    const rank = signals.find(({ id }) => id === 'rankme rise')?.series(run, task, level);
    const floorStep = rank ? rank.steps[rank.values.indexOf(Math.min(...rank.values))] : 0;
    return signals.flatMap((signal): Lead[] => {
      const series = signal.series(run, task, level);
      if (!series) return [];
      const onset = changeOf(series, signal.change, rule)?.onset;
      // A floor at the end of the run leaves no window, and no lag.
      const lag = signal.change === 'rise' ? lagOf(series, behavior, floorStep) : undefined;
      return [
        {
          ...{ run: runName(run), scale: run.info.training.scale, task, level, difficulty },
          ...{ event, signal: signal.id, onset, relation: relation(onset, event, ratio) },
          factor: onset === undefined ? undefined : (event + 1) / (onset + 1),
          lag: lag && Math.exp(lag.lead),
          lagCorrelation: lag?.correlation,
        },
      ];
    });
  });
}

type Event = Emergence & { readonly step: number };

function eventsOf(
  run: MeasuredRun,
  { emergence = EMERGENCE, classes = DIFFICULTY }: LeadOptions,
): Event[] {
  const found = emergences(run, emergence, classes);
  return found.filter((own): own is Event => own.step !== undefined);
}

/** How often a signal moves first, in one scale and class. */
export interface Precedence {
  readonly signal: string;
  readonly label: string;
  /** `all` for all scales together. */
  readonly scale: string;
  readonly difficulty: Difficulty | 'all';
  /** Undefined where there is no event of that class: see `reason`. */
  readonly precursor: Share | undefined;
  readonly counts: Readonly<Record<Relation, number>>;
  /** Median of the factor by which onsets are ahead of events; undefined without onsets. */
  readonly medianFactor: number | undefined;
  /** The rate with events at steps drawn from the measured ones, all equally likely. */
  readonly randomEvents: Chance | undefined;
  /** The rate with all series of a run shifted circularly by one random number of measured steps. */
  readonly shifted: Chance | undefined;
  /**
   * The rate with each onset taken from another task-level of the run that emerges; undefined for a measure
   * of the whole mixture. It asks whether the signal knows of its own task-level.
   */
  readonly exchanged: Chance | undefined;
  readonly reason?: string;
}

/** Draws behind each null: enough for p-values near 0.05, and seconds for all signals. */
const NULL_DRAWS = 500;

/** A case of the nulls: one event with its signal's series. */
interface Case {
  readonly run: MeasuredRun;
  readonly event: Event;
  readonly series: Series;
  readonly onset: number | undefined;
}

/**
 * Precursor rate of every signal that the runs have, by scale and class, against three nulls.
 * Events whose measure never makes the change count as not preceded.
 */
export function precedences(runs: readonly MeasuredRun[], options: LeadOptions = {}): Precedence[] {
  const { onset: rule = ONSET, signals: wanted } = options;
  const events = new Map(runs.map((run) => [run, eventsOf(run, options)]));
  const scales = [...new Set(runs.map(({ info }) => info.training.scale))];
  const groups = scales.length > 1 ? [...scales, 'all'] : scales;
  const signals = signalsOf(runs).filter(({ id }) => !wanted || wanted.includes(id));
  return signals.flatMap((signal) => {
    const cases = runs.flatMap((run) =>
      (events.get(run) as Event[]).flatMap((event): Case[] => {
        const series = signal.series(run, event.task, event.level);
        if (!series) return [];
        return [{ run, event, series, onset: changeOf(series, signal.change, rule)?.onset }];
      }),
    );
    const shiftedOnset = shifter(signal, rule);
    return groups.flatMap((scale) =>
      (['easy', 'hard', 'all'] as const).map((difficulty): Precedence => {
        const own = cases.filter(
          ({ run, event }) =>
            (scale === 'all' || run.info.training.scale === scale) &&
            (difficulty === 'all' || event.difficulty === difficulty),
        );
        return precedence(signal, scale, difficulty, own, cases, shiftedOnset, options);
      }),
    );
  });
}

function precedence(
  signal: Signal,
  scale: string,
  difficulty: Difficulty | 'all',
  own: readonly Case[],
  all: readonly Case[],
  shiftedOnset: (one: Case, by: number) => number | undefined,
  { ratio = SYNCHRONY.ratio }: LeadOptions,
): Precedence {
  const counts = { precursor: 0, synchronous: 0, lagging: 0, 'no change': 0 };
  for (const { onset, event } of own) counts[relation(onset, event.step, ratio)]++;
  const named = { signal: signal.id, label: signal.label, scale, difficulty, counts };
  const precursor = share(counts.precursor, own.length);
  if (!precursor) {
    const reason = `no task-level of this class emerges with ${signal.label} measured`;
    return {
      ...named,
      ...{ precursor, medianFactor: undefined, randomEvents: undefined, shifted: undefined },
      ...{ exchanged: undefined, reason },
    };
  }
  const rate = (onset: (one: Case) => number | undefined, step = (one: Case) => one.event.step) =>
    own.filter((one) => relation(onset(one), step(one), ratio) === 'precursor').length / own.length;
  const factors = own.flatMap(({ onset, event }) =>
    onset === undefined ? [] : [(event.step + 1) / (onset + 1)],
  );
  const inRun = new Map(own.map(({ run }) => [run, all.filter((other) => other.run === run)]));
  const alone = [...inRun.values()].every((cases) =>
    cases.every(({ series }) => series === cases[0].series),
  );
  const settings = (stream: string) => ({ draws: NULL_DRAWS, stream });
  return {
    ...named,
    precursor,
    medianFactor: factors.length > 0 ? median(factors) : undefined,
    randomEvents: against(
      precursor.value,
      (random) =>
        rate(
          ({ onset }) => onset,
          ({ series: { steps } }) => steps[random.below(steps.length)],
        ),
      settings('events'),
    ),
    shifted: against(
      precursor.value,
      (random) => {
        // One shift a run: its series stay aligned with each other, as they are.
        const shifts = new Map([...inRun.keys()].map((run) => [run, random.uniform()]));
        return rate((one) => {
          const { length } = one.series.steps;
          return shiftedOnset(one, 1 + Math.floor((shifts.get(one.run) as number) * (length - 1)));
        });
      },
      settings('shift'),
    ),
    exchanged: alone
      ? undefined
      : against(
          precursor.value,
          (random) =>
            rate(({ run, event }) => {
              const others = (inRun.get(run) as Case[]).filter((other) => other.event !== event);
              return others.length > 0 ? others[random.below(others.length)].onset : undefined;
            }),
          settings('exchange'),
        ),
  };
}

/** Onset of a case's series shifted circularly by a number of measured steps; each is computed once. */
function shifter(signal: Signal, rule: OnsetRule) {
  const known = new Map<Series, Map<number, number | undefined>>();
  return ({ series }: Case, by: number): number | undefined => {
    const own = known.get(series) ?? new Map<number, number | undefined>();
    known.set(series, own);
    if (!own.has(by)) {
      const { steps, values } = series;
      const turned = [...values.slice(by), ...values.slice(0, by)];
      own.set(by, changeOf({ steps, values: turned }, signal.change, rule)?.onset);
    }
    return own.get(by);
  };
}
