import { mean } from 'simple-statistics';
import { taskLevel } from '../tasks';
import {
  DIFFICULTY,
  type Difficulty,
  type DifficultyRule,
  EMERGENCE,
  type EmergenceRule,
  nameOf,
  SYNCHRONY,
} from './definitions';
import { emergences, runName } from './emergence';
import { rankSeries } from './floors';
import type { MeasuredRun } from './signals';
import {
  against,
  bootstrap,
  type Chance,
  type Estimate,
  rightOrder,
  shuffled,
  spearman,
} from './statistics';

/** What a prediction is made from; a larger score says "later". */
export interface Predictor {
  readonly id: string;
  readonly label: string;
  readonly baseline: boolean;
}

/**
 * Predictors, the main one first. Its direction was fixed before the study's runs were looked at: the
 * deeper the collapse, the more there is to rebuild, the later the capability. The paper's own predictor is
 * not known. Geometry is RankMe of the last layer at the last prompt token.
 */
export const PREDICTORS = [
  { id: 'floor', label: 'lowest RankMe (lower: later)', baseline: false },
  { id: 'fall', label: 'share of RankMe lost (more: later)', baseline: false },
  { id: 'rank', label: 'RankMe at that step (lower: later)', baseline: false },
  { id: 'start', label: 'RankMe before training (lower: later)', baseline: false },
  { id: 'loss', label: 'baseline: loss of the answer (higher: later)', baseline: true },
  { id: 'progress', label: "baseline: that loss over chance's (higher: later)", baseline: true },
  { id: 'level', label: 'baseline: level (higher: later)', baseline: true },
] as const satisfies readonly Predictor[];
export type PredictorId = (typeof PREDICTORS)[number]['id'];

/** One task-level of a run with all that is known of it before anything emerges. */
export interface Forecast {
  readonly task: string;
  readonly level: number;
  readonly difficulty: Difficulty;
  /** Infinity where it never emerges within the run: later than all others, and tied with its like. */
  readonly emergence: number;
  readonly scores: Readonly<Record<PredictorId, number>>;
}

/** The forecasts of one run. */
export interface RunForecast {
  readonly run: string;
  readonly scale: string;
  readonly seed: number;
  /** Last measured step before the first emergence: nothing later is looked at. */
  readonly until: number | undefined;
  readonly forecasts: readonly Forecast[];
  /** Why there are none. */
  readonly reason?: string;
}

export interface ForecastOptions {
  readonly emergence?: EmergenceRule;
  readonly classes?: DifficultyRule;
}

/** Scores of every task-level from the tables up to the last step before any emergence. */
export function forecast(run: MeasuredRun, options: ForecastOptions = {}): RunForecast {
  const { emergence = EMERGENCE, classes = DIFFICULTY } = options;
  const found = emergences(run, emergence, classes);
  const steps = found.flatMap(({ step }) => (step === undefined ? [] : [step]));
  const named = { run: runName(run), scale: run.info.training.scale, seed: run.info.training.seed };
  const none = (reason: string) => ({ ...named, until: undefined, forecasts: [], reason });
  if (found.length === 0) return none('the run has no behavior table');
  if (steps.length === 0) return none('nothing emerges in this run');
  const first = Math.min(...steps);
  const series = rankSeries(run.geometry);
  const until = series[0]?.steps.filter((step) => step < first).pop();
  // Step 0 alone says nothing of training.
  if (until === undefined || until === 0) {
    return none('geometry was not measured between step 0 and the first emergence');
  }
  const loss = new Map(
    run.behavior.filter(({ step }) => step === until).map((row) => [nameOf(row), -row.log_prob]),
  );
  const missing: string[] = [];
  const forecasts = found.flatMap((own): Forecast[] => {
    const ranks = series.find(({ task, level }) => task === own.task && level === own.level);
    const before = ranks?.rank.filter((_, i) => ranks.steps[i] <= until) ?? [];
    const lossThen = loss.get(nameOf(own));
    if (before.length < 2 || lossThen === undefined) {
      missing.push(nameOf(own));
      return [];
    }
    const lowest = Math.min(...before.slice(1));
    const { task, level, difficulty, step } = own;
    return [
      {
        ...{ task, level, difficulty, emergence: step ?? Number.POSITIVE_INFINITY },
        scores: {
          floor: -lowest,
          fall: 1 - lowest / before[0],
          rank: -before[before.length - 1],
          start: -before[0],
          loss: lossThen,
          // Longer answers cost more nats whatever is learned; chance's loss is longer by as much.
          progress: lossThen / -Math.log(taskLevel(task, level).chance),
          level,
        },
      },
    ];
  });
  const reason =
    missing.length > 0 ? `not measured up to step ${until}: ${missing.join(', ')}` : undefined;
  return { ...named, until, forecasts, ...(reason && { reason }) };
}

/** A statistic of predictions with its interval and what chance gives; undefined fields where it cannot be had. */
export interface Skill {
  readonly estimate: Estimate | undefined;
  readonly chance: Chance | undefined;
  /** Task-levels, pairs, or whatever the statistic counts. */
  readonly cases: number;
  readonly reason?: string;
}

type Placed = Forecast & { readonly run: string };

const placed = (runs: readonly RunForecast[]): Placed[] =>
  runs.flatMap(({ run, forecasts }) => forecasts.map((own) => ({ ...own, run })));

/** Scores dealt anew among the task-levels of each run. */
function dealt(all: readonly Placed[], random: Parameters<typeof shuffled>[1]): Placed[] {
  const runs = [...new Set(all.map(({ run }) => run))];
  return runs.flatMap((run) => {
    const own = all.filter((one) => one.run === run);
    const order = shuffled(own, random);
    return own.map((one, i) => ({ ...one, scores: order[i].scores }));
  });
}

/**
 * Spearman's correlation of predicted and true order over all task-levels: coarse difficulty. With several
 * runs, the mean of their correlations. Intervals are of a bootstrap over task-levels within runs, chance
 * deals the scores anew.
 */
export function coarseOrder(runs: readonly RunForecast[], by: PredictorId = 'floor'): Skill {
  const all = placed(runs);
  const correlation = (cases: readonly Placed[]) => {
    const found = [...new Set(cases.map(({ run }) => run))].flatMap((run) => {
      const own = cases.filter((one) => one.run === run);
      const rho = spearman(
        own.map(({ scores }) => scores[by]),
        own.map(({ emergence }) => emergence),
      );
      return rho === undefined ? [] : [rho];
    });
    return found.length > 0 ? mean(found) : undefined;
  };
  return skill(all, all.length, correlation, 'no task-levels in different order');
}

/**
 * Share of pairs of task-levels whose order is predicted right, within a class and within runs. Pairs that
 * emerge at one step, or both never, are left out; a tie of scores counts half. Chance is one half.
 */
export function concordance(
  runs: readonly RunForecast[],
  difficulty: Difficulty,
  by: PredictorId = 'floor',
): Skill {
  const all = placed(runs).filter((one) => one.difficulty === difficulty);
  const rights = (cases: readonly Placed[]) => {
    const found: number[] = [];
    for (let i = 0; i < cases.length; i++) {
      for (let j = 0; j < i; j++) {
        const [a, b] = [cases[i], cases[j]];
        if (a.run !== b.run || a.emergence === b.emergence) continue;
        const [first, second] = a.emergence < b.emergence ? [a, b] : [b, a];
        found.push(rightOrder(first.scores[by], second.scores[by]));
      }
    }
    return found;
  };
  const rate = (cases: readonly Placed[]) => {
    const found = rights(cases);
    return found.length > 0 ? mean(found) : undefined;
  };
  return skill(all, rights(all).length, rate, `no pair of ${difficulty} task-levels emerges apart`);
}

function skill(
  all: readonly Placed[],
  cases: number,
  statistic: (cases: readonly Placed[]) => number | undefined,
  reason: string,
): Skill {
  const estimate = bootstrap(all, statistic, { draws: SKILL_DRAWS });
  const value = statistic(all);
  if (value === undefined || estimate === undefined) {
    return { estimate: undefined, chance: undefined, cases, reason };
  }
  const draw = (random: Parameters<typeof shuffled>[1]) => statistic(dealt(all, random));
  return { estimate, chance: against(value, draw, { draws: SKILL_DRAWS, stream: 'skill' }), cases };
}

/** Draws behind intervals and chance of predictions; concordance has up to hundreds of pairs a draw. */
const SKILL_DRAWS = 1000;

/** A pair of task-levels that two runs learn in opposite order. */
export interface Swap {
  readonly first: string;
  readonly second: string;
  /** Names of the runs: `first` emerges earlier in `run`, later in `other`. */
  readonly run: string;
  readonly other: string;
  /** Whether the prediction in each of the two is right: 1, 0, or ½ for a tie. */
  readonly right: readonly [number, number];
}

/** Between what the order of a pair reverses. */
export type SwapBetween = 'scales' | 'seeds';

/** The swap test: pairs whose order reverses, and how often prediction gets them right. */
export interface SwapTest {
  readonly between: SwapBetween;
  readonly swaps: readonly Swap[];
  /** Right predictions of all, two for each swapped pair; chance is one half, and so is always predicting one order. */
  readonly right: Estimate | undefined;
  /** Swapped pairs where prediction reverses with them: right in both. */
  readonly followed: Estimate | undefined;
  readonly chance: Chance | undefined;
  readonly reason?: string;
}

/**
 * Prediction for the pairs of task-levels whose order of emergence reverses, clearly in both runs, between
 * two scales (the paper's test) or two seeds of one scale. The bootstrap is over pairs of task-levels.
 */
export function swapTest(
  runs: readonly RunForecast[],
  between: SwapBetween = 'scales',
  by: PredictorId = 'floor',
): SwapTest {
  const usable = runs.filter(({ forecasts }) => forecasts.length > 0);
  const couples = usable.flatMap((a, i) =>
    usable
      .slice(0, i)
      .filter((b) => (between === 'scales' ? a.scale !== b.scale : a.scale === b.scale))
      .map((b) => [a, b] as const),
  );
  const nothing = { between, swaps: [], right: undefined, followed: undefined, chance: undefined };
  if (couples.length === 0) {
    const wanted = between === 'scales' ? 'two scales' : 'two seeds of one scale';
    return { ...nothing, reason: `it takes whole runs of ${wanted}` };
  }
  const swapsIn = (deal?: Parameters<typeof shuffled>[1]): Swap[] => {
    const scored = new Map(
      usable.map((run) => [run, deal ? dealt(placed([run]), deal) : run.forecasts]),
    );
    return couples.flatMap(([a, b]) => swapsOf(a.run, b.run, scored.get(a)!, scored.get(b)!, by));
  };
  const swaps = swapsIn();
  if (swaps.length === 0) return { ...nothing, reason: 'no pair of task-levels clearly reverses' };
  const rate = (all: readonly Swap[]) => mean(all.flatMap(({ right }) => right));
  const both = (all: readonly Swap[]) =>
    mean(all.map(({ right }) => (right[0] === 1 && right[1] === 1 ? 1 : 0)));
  return {
    between,
    swaps,
    right: bootstrap(swaps, rate),
    followed: bootstrap(swaps, both),
    chance: against(rate(swaps), (random) => rate(swapsIn(random)), { draws: 200, stream: 'swap' }),
  };
}

function swapsOf(
  run: string,
  other: string,
  here: readonly Forecast[],
  there: readonly Forecast[],
  by: PredictorId,
): Swap[] {
  const found: Swap[] = [];
  for (const a of here) {
    for (const b of here) {
      const [a2, b2] = [a, b].map((one) => there.find((two) => nameOf(two) === nameOf(one)));
      if (!a2 || !b2 || !clearlyBefore(a, b) || !clearlyBefore(b2, a2)) continue;
      found.push({
        ...{ first: nameOf(a), second: nameOf(b), run, other },
        right: [rightOrder(a.scores[by], b.scores[by]), rightOrder(b2.scores[by], a2.scores[by])],
      });
    }
  }
  return found;
}

/** A difference that would not count as synchronous. */
function clearlyBefore(a: Forecast, b: Forecast): boolean {
  return Number.isFinite(a.emergence) && b.emergence + 1 >= SYNCHRONY.ratio * (a.emergence + 1);
}
