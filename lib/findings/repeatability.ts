import { isDeepStrictEqual } from 'node:util';
import { median } from 'simple-statistics';
import { type Difficulty, nameOf } from './definitions';
import { type Emergence, emergences } from './emergence';
import { type RankSeries, rankSeries } from './floors';
import type { MeasuredRun } from './signals';
import { bootstrap, type Estimate, rightOrder } from './statistics';

/** In what two trainings differ: the processor's rounding alone (a run and its twin), the seed, or the scale. */
export type Difference = 'rounding' | 'seed' | 'scale';

/** One task-level in two trainings. */
export interface Repeated {
  /** The same for all task-levels of two trainings; each two are there in both directions. */
  readonly couple: string;
  readonly task: string;
  readonly level: number;
  /** Class in the first. */
  readonly difficulty: Difficulty;
  /** Step of emergence in the first and in the second, Infinity where it does not come. */
  readonly emergence: readonly [number, number];
  /** Lowest RankMe of the last layer at the last prompt token from the first update on, in each. */
  readonly floor: readonly [number, number];
  /** RankMe at the same place, in each, at the measured steps that both have before anything emerges in either. */
  readonly before: readonly (readonly [number, number])[];
}

/** Factors, 1 or more, between two values each. */
export interface Spread {
  readonly median: number;
  readonly most: number;
  readonly of: number;
}

/** A share of pairs of task-levels. */
export interface Agreement extends Estimate {
  readonly pairs: number;
}

/** How far two trainings agree; undefined fields where there is nothing to compare. */
export interface Repeatability {
  readonly between: Difference;
  /** How many times two trainings could be compared. */
  readonly couples: number;
  readonly cases: readonly Repeated[];
  /** Between two ranks of a task-level at one step, before anything emerges: all that a prediction may look at. */
  readonly before: Spread | undefined;
  /** Between the two floors of a task-level. */
  readonly floors: Spread | undefined;
  /** Between the two steps of emergence, where both come. */
  readonly emergences: Spread | undefined;
  /**
   * Share of pairs of task-levels within a class of the first that emerge in the same order in the second, of those
   * that emerge apart in the first; a tie in the second counts half. It is the concordance that one training has as a
   * predictor of the other: what differs in rounding alone bounds what anything can know of a run beforehand.
   */
  readonly order: Readonly<Record<Difficulty, Agreement | undefined>>;
}

/**
 * How far trainings agree that differ in one thing, as a bound to predictions. That rounding alone makes trainings part
 * is known: Zhuang et al. 2022 (arXiv 2106.11872) tell this noise of the tools from that of the seed.
 * @param twins the same trainings as some of `runs` on another processor; `twinRuns` gives them. One with other settings
 * than every run is no twin, and is not looked at.
 */
export function repeatability(
  runs: readonly MeasuredRun[],
  twins: readonly MeasuredRun[],
): Repeatability[] {
  const [own, others] = [runs, twins].map((group) => group.map(seenOf));
  const among = (matches: (a: Seen, b: Seen) => boolean) =>
    own.flatMap((a, i) => own.slice(0, i).flatMap((b) => (matches(a, b) ? [[a, b]] : [])));
  const found: Record<Difference, Seen[][]> = {
    rounding: own.flatMap((a) =>
      others.flatMap((b) => (isDeepStrictEqual(a.training, b.training) ? [[a, b]] : [])),
    ),
    seed: among((a, b) => a.training.scale === b.training.scale),
    scale: among((a, b) => a.training.scale !== b.training.scale),
  };
  return Object.entries(found).map(([between, couples]) => {
    const cases = couples.flatMap(([a, b], i) => [
      ...repeated(a, b, `${i}`),
      ...repeated(b, a, `${i} back`),
    ]);
    const steps = cases.map(({ emergence }) => emergence);
    return {
      ...{ between: between as Difference, couples: couples.length, cases },
      before: spread(cases.flatMap((one) => one.before)),
      floors: spread(cases.map(({ floor }) => floor)),
      emergences: spread(steps.filter((both) => both.every(Number.isFinite))),
      order: { easy: agreement(cases, 'easy'), hard: agreement(cases, 'hard') },
    };
  });
}

/** What is compared of a run. */
interface Seen {
  readonly training: MeasuredRun['info']['training'];
  readonly found: readonly Emergence[];
  /** Step of the first emergence. */
  readonly first: number;
  readonly ranks: ReadonlyMap<string, RankSeries>;
}

function seenOf(run: MeasuredRun): Seen {
  const found = emergences(run);
  return {
    ...{ training: run.info.training, found },
    first: Math.min(...found.map(({ step }) => step ?? Number.POSITIVE_INFINITY)),
    ranks: new Map(rankSeries(run.geometry).map((own) => [nameOf(own), own])),
  };
}

/** The task-levels that both have. */
function repeated(here: Seen, there: Seen, couple: string): Repeated[] {
  const first = Math.min(here.first, there.first);
  return here.found.flatMap(({ task, level, difficulty, step }): Repeated[] => {
    const name = nameOf({ task, level });
    const other = there.found.find((one) => nameOf(one) === name);
    const [own, others] = [here, there].map(({ ranks }) => ranks.get(name));
    if (!other || !own || !others) return [];
    const never = Number.POSITIVE_INFINITY;
    const atStep = new Map(others.steps.map((at, i) => [at, others.rank[i]]));
    return [
      {
        ...{ couple, task, level, difficulty },
        emergence: [step ?? never, other.step ?? never],
        floor: [Math.min(...own.rank.slice(1)), Math.min(...others.rank.slice(1))],
        before: own.steps.flatMap((at, i) => {
          const rank = atStep.get(at);
          return at < first && rank !== undefined ? [[own.rank[i], rank] as const] : [];
        }),
      },
    ];
  });
}

function spread(pairs: readonly (readonly [number, number])[]): Spread | undefined {
  const factors = pairs.map(([a, b]) => Math.max(a / b, b / a));
  if (factors.length === 0) return undefined;
  return {
    median: median(factors),
    most: factors.reduce((most, one) => Math.max(most, one), 1),
    of: factors.length,
  };
}

/** Bootstrapped over task-levels, each with all its couples, since a run is part of many of these. */
function agreement(all: readonly Repeated[], difficulty: Difficulty): Agreement | undefined {
  const cases = all.filter((one) => one.difficulty === difficulty);
  const names = [...new Set(cases.map(nameOf))];
  const places = new Map(names.map((name, i) => [name, i]));
  const couples = new Map<string, (Repeated | undefined)[]>();
  for (const one of cases) {
    const own = couples.get(one.couple) ?? [];
    own[places.get(nameOf(one))!] = one;
    couples.set(one.couple, own);
  }
  const marks = names.map((_, i) =>
    names.map((_, j) => [...couples.values()].flatMap((own) => sameOrder(own[i], own[j]))),
  );
  const sums = marks.map((row) => row.map((found) => found.reduce((a, b) => a + b, 0)));
  const counted = (drawn: readonly number[]) => {
    let [sum, pairs] = [0, 0];
    for (let i = 0; i < drawn.length; i++) {
      for (let j = 0; j < i; j++) {
        sum += sums[drawn[i]][drawn[j]];
        pairs += marks[drawn[i]][drawn[j]].length;
      }
    }
    return { sum, pairs };
  };
  const every = names.map((_, i) => i);
  const estimate = bootstrap(every, (drawn) => {
    const { sum, pairs } = counted(drawn);
    return pairs > 0 ? sum / pairs : undefined;
  });
  return estimate && { ...estimate, pairs: counted(every).pairs };
}

/** A mark of the second training's order; nothing where the two cannot be told apart in the first. */
function sameOrder(a: Repeated | undefined, b: Repeated | undefined): number[] {
  if (!a || !b || a.emergence[0] === b.emergence[0]) return [];
  const [first, second] = a.emergence[0] < b.emergence[0] ? [a, b] : [b, a];
  return [rightOrder(first.emergence[1], second.emergence[1])];
}
