import { mean } from 'simple-statistics';
import type { Random } from '../tasks';
import { difficulty } from './definitions';
import {
  forecastsOf,
  otherTraining,
  PREDICTORS,
  type RunForecast,
  type SettingName,
} from './forecast';
import type { MeasuredRun } from './series';
import { against, bootstrap, type Chance, type Estimate, shuffled, spearman } from './statistics';

/**
 * Which pairs of tasks or task-levels: an easy and a hard one, two of a class, or, whatever their class, those whose
 * order turns around between two sizes (the swap test), each at both sizes.
 */
export const PAIRS = {
  across: 'an easy and a hard task',
  easy: 'two easy tasks',
  hard: 'two hard tasks',
  turned: 'two tasks whose order turns around between sizes',
} as const;
export type PairKind = keyof typeof PAIRS;

/** Pairs of a kind, of which the share in the right order is looked at, or `coarse`, the correlation over all. */
export type SkillKind = PairKind | 'coarse';

/** A statistic of predictions with its interval and what chance gives. */
export interface Skill {
  /**
   * Of pairs the share in the right order, where chance is half; `coarse`: the mean over runs of Spearman's correlation
   * with the step of acquisition. Undefined where there is nothing to tell apart; `reason` says so.
   */
  readonly estimate: Estimate | undefined;
  readonly chance: Chance | undefined;
  /** Tasks, task-levels or pairs behind it. */
  readonly cases: number;
  readonly reason?: string;
  /**
   * True where a higher score is read as later. The paper does not print its direction: each predictor is read in the
   * one that tells the classes apart, and chance chooses its own in the same way.
   */
  readonly higherIsLater: boolean;
}

/** One pair in one run: the places, among the names, of what is acquired first and second. */
interface Pair {
  readonly kind: PairKind;
  readonly run: number;
  readonly first: number;
  readonly second: number;
}

/** By run and place among the names. */
type Table = readonly (readonly (number | undefined)[])[];
/** Of scores, read in a direction, over the names that are drawn. */
type Statistic = (table: Table, sign: number, drawn: readonly number[]) => number | undefined;

/**
 * How well a predictor tells the order of acquisition. Intervals are bootstraps over tasks or task-levels, each with all
 * its runs, since runs share them. Chance deals the scores anew within each run. A tie of scores counts half.
 * @param by id of a predictor. @param higherIsLater fixes the direction that is otherwise chosen; see {@link Skill}.
 *
 * ```ts
 * const { estimate, chance } = skillOf(forecastsOf(studyRuns(), 'v4'), 'across');
 * note(`${estimate?.value} of pairs are in the right order; dealt anew ${chance?.mean}`);
 * ```
 */
export function skillOf(
  runs: readonly RunForecast[],
  kind: SkillKind,
  by = 'floor',
  higherIsLater?: boolean,
): Skill {
  const all = new Map(runs.flatMap(({ forecasts }) => forecasts.map((one) => [one.name, one])));
  const names = [...all.keys()];
  const kinds = names.map((name) => difficulty(all.get(name)!.task, runs[0].classes));
  const found = runs.map(({ forecasts }) =>
    names.map((name) => forecasts.find((one) => one.name === name)),
  );
  const steps = found.map((own) => own.map((one) => one?.step));
  const scores = found.map((own) => own.map((one) => one?.scores[by]));
  const pairs = pairsOf(runs, kinds, steps);
  const every = names.map((_, i) => i);
  const leading = pairs.filter((pair) => pair.kind === 'across');
  const told = shareOfPairs(leading.length > 0 ? leading : pairs);
  const direction = (table: Table) => {
    if (higherIsLater !== undefined) return higherIsLater ? 1 : -1;
    return (told(table, 1, every) ?? 1) >= 0.5 ? 1 : -1;
  };
  const sign = direction(scores);
  const own = pairs.filter((pair) => pair.kind === kind);
  const acquired = steps.flat().filter((step) => step !== undefined).length;
  const [statistic, cases, reason] =
    kind === 'coarse'
      ? [correlationWith(steps), acquired, 'nothing is acquired at different steps']
      : [
          shareOfPairs(own),
          own.length,
          `${own.length > 0 ? `only ${own.length}` : 'no'} pairs of ${PAIRS[kind]}`,
        ];
  const estimate = bootstrap(every, (drawn) => statistic(scores, sign, drawn));
  const chance = estimate
    ? against(
        estimate.value,
        (random) => {
          const table = dealt(scores, random);
          return statistic(table, direction(table), every);
        },
        { stream: 'skill' },
      )
    : undefined;
  return { estimate, chance, cases, reason, higherIsLater: sign > 0 };
}

/** Mean over runs of the correlation of scores with the steps of acquisition. */
function correlationWith(steps: Table): Statistic {
  return (table, sign, drawn) => {
    const rhos = steps.flatMap((own, run) => {
      const there = drawn.filter((i) => own[i] !== undefined);
      const predicted = there.map((i) => sign * table[run][i]!);
      return (
        spearman(
          predicted,
          there.map((i) => own[i]!),
        ) ?? []
      );
    });
    return rhos.length > 0 ? mean(rhos) : undefined;
  };
}

/** The scores of each run, dealt anew to its names. */
function dealt(scores: Table, random: Random): Table {
  return scores.map((own) => {
    const known = own.filter((score) => score !== undefined);
    const order = shuffled(known, random);
    return own.map((score) => (score === undefined ? undefined : order.pop()));
  });
}

/** Share of pairs that scores have in the right order; a pair counts as often as both its names are drawn. */
function shareOfPairs(pairs: readonly Pair[]): Statistic {
  return (scores, sign, drawn) => {
    const times = new Uint16Array(scores[0]?.length ?? 0);
    for (const i of drawn) times[i]++;
    let [right, of] = [0, 0];
    for (const { run, first, second } of pairs) {
      const weight = times[first] * times[second];
      const [before, after] = [sign * scores[run][first]!, sign * scores[run][second]!];
      right += weight * (before === after ? 0.5 : Number(before < after));
      of += weight;
    }
    return of > 0 ? right / of : undefined;
  };
}

/** Every pair that is acquired at different steps, and once more where it turns around between two sizes. */
function pairsOf(runs: readonly RunForecast[], kinds: readonly PairKind[], steps: Table): Pair[] {
  const before = (run: number, first: number, second: number) => {
    const [a, b] = [steps[run][first], steps[run][second]];
    return a !== undefined && b !== undefined && a < b;
  };
  return runs.flatMap(({ scale }, run) =>
    kinds.flatMap((one, first) =>
      kinds.flatMap((other, second): Pair[] => {
        if (!before(run, first, second)) return [];
        const turned = runs.filter(
          (sized, there) => sized.scale !== scale && before(there, second, first),
        );
        return [
          { kind: one === other ? one : 'across', run, first, second },
          ...turned.map((): Pair => ({ kind: 'turned', run, first, second })),
        ];
      }),
    ),
  );
}

/** A predictor, or another training in its place, with how well it does. */
export interface OrderRow {
  readonly label: string;
  /** `states`: looks at geometry; `baseline`: at none; `bound`: has seen another training. */
  readonly kind: 'states' | 'baseline' | 'bound';
  readonly skills: Readonly<Record<SkillKind, Skill>>;
}

/**
 * Every predictor, and what bounds them all: the order in which another seed, or another size, has acquired the same.
 *
 * ```ts
 * const rows = orderRows(studyRuns(), 'v4');
 * show(orderBound(rows, 'nano and micro'));
 * ```
 */
export function orderRows(runs: readonly MeasuredRun[], name: SettingName): OrderRow[] {
  const seen = forecastsOf(runs, name);
  const skills = (of: readonly RunForecast[], by: string, higherIsLater?: boolean) => {
    const kinds = ['coarse', ...Object.keys(PAIRS)] as SkillKind[];
    const found = kinds.map((kind) => [kind, skillOf(of, kind, by, higherIsLater)]);
    return Object.fromEntries(found) as OrderRow['skills'];
  };
  const bound = (label: string, between: 'seeds' | 'scales'): OrderRow => {
    return { label, kind: 'bound', skills: skills(otherTraining(seen, between), 'other', true) };
  };
  return [
    ...PREDICTORS.map(({ id, label, baseline }): OrderRow => {
      return { label, kind: baseline ? 'baseline' : 'states', skills: skills(seen, id) };
    }),
    bound('order of another seed', 'seeds'),
    bound('order of another size', 'scales'),
  ];
}
