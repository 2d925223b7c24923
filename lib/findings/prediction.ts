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
 * Which pairs of tasks or task-levels; those that turn around between two sizes (the swap test) count at both, whatever
 * their class.
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

/** One pair in one run: the places, among the names, of what is acquired first and second. */
type Pair = Readonly<Record<'run' | 'first' | 'second', number>> & { readonly kind: PairKind };

/** By run and place among the names. */
type Table = readonly (readonly (number | undefined)[])[];
/** Of scores, read in a direction, over the names that are drawn. */
type Statistic = (table: Table, sign: number, drawn: readonly number[]) => number | undefined;

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
}

/**
 * How well a predictor tells the order of acquisition. Intervals are bootstraps over tasks or task-levels, each with all
 * its runs, since runs share them. Chance deals the scores anew within each run. A tie of scores counts half.
 * @param by id of a predictor, or `other`: the steps of another training, of which a higher one is later. The paper does
 * not print the direction of predictors: each is read in the one that tells the classes apart, and chance chooses its own
 * in the same way.
 */
export function skillOf(runs: readonly RunForecast[], kind: SkillKind, by = 'floor'): Skill {
  const { statistic, scores, direction, every, cases, reason } = asked(runs, kind, by);
  const sign = direction(scores);
  const estimate = bootstrap(every, (drawn) => statistic(scores, sign, drawn));
  const anew = (random: Random) => {
    const table = dealt(scores, random);
    return statistic(table, direction(table), every);
  };
  const chance = estimate && against(estimate.value, anew, { stream: 'skill' });
  return { estimate, chance, cases, reason };
}

/** The value of {@link skillOf} alone, without its interval and chance; undefined where it has none. */
export function skillValue(runs: readonly RunForecast[], kind: SkillKind, by: string) {
  const { statistic, scores, direction, every } = asked(runs, kind, by);
  return every.length > 0 ? statistic(scores, direction(scores), every) : undefined;
}

/** What a skill is computed from. */
function asked(runs: readonly RunForecast[], kind: SkillKind, by: string) {
  const all = new Map(runs.flatMap(({ forecasts }) => forecasts.map((one) => [one.name, one])));
  const names = [...all.keys()];
  const kinds = [...all.values()].map(({ task }) => difficulty(task, runs[0].classes));
  const found = runs.map(({ forecasts }) =>
    names.map((name) => forecasts.find((one) => one.name === name)),
  );
  const steps = found.map((own) => own.map((one) => one?.step));
  const scores = found.map((own) => own.map((one) => one?.scores[by]));
  const pairs = pairsOf(runs, kinds, steps);
  const every = names.map((_, i) => i);
  const leading = pairs.filter((pair) => pair.kind === 'across');
  const told = shareOfPairs(leading.length > 0 ? leading : pairs);
  const direction = (table: Table) =>
    by === 'other' || (told(table, 1, every) ?? 1) >= 0.5 ? 1 : -1;
  const own = pairs.filter((pair) => pair.kind === kind);
  const acquired = steps.flat().filter((step) => step !== undefined).length;
  const few = own.length > 0 ? `only ${own.length}` : 'no';
  const [statistic, cases, reason] =
    kind === 'coarse'
      ? [correlationWith(steps), acquired, 'nothing is acquired at different steps']
      : [shareOfPairs(own), own.length, `${few} pairs of ${PAIRS[kind]}`];
  return { statistic, scores, direction, every, cases, reason };
}

/** Mean over runs of the correlation of scores with the steps of acquisition. */
function correlationWith(steps: Table): Statistic {
  return (table, sign, drawn) => {
    const rhos = steps.flatMap((own, run) => {
      const there = drawn.filter((i) => own[i] !== undefined);
      const predicted = there.map((i) => sign * table[run][i]!);
      const acquired = there.map((i) => own[i]!);
      return spearman(predicted, acquired) ?? [];
    });
    return rhos.length > 0 ? mean(rhos) : undefined;
  };
}

/** The scores of each run, shuffled among its names. */
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
  // Undefined is not before anything, and nothing is before it.
  const before = (run: number, first: number, second: number) =>
    steps[run][first]! < steps[run][second]!;
  return runs.flatMap(({ scale }, run) =>
    kinds.flatMap((one, first) =>
      kinds.flatMap((other, second) => {
        if (!before(run, first, second)) return [];
        const turned = runs.flatMap((sized, there): PairKind[] =>
          sized.scale !== scale && before(there, second, first) ? ['turned'] : [],
        );
        const found: PairKind[] = [one === other ? one : 'across', ...turned];
        return found.map((kind) => ({ kind, run, first, second }));
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
  const row = (
    label: string,
    kind: OrderRow['kind'],
    of: readonly RunForecast[],
    by = 'other',
  ): OrderRow => {
    const kinds = ['coarse', ...Object.keys(PAIRS)] as SkillKind[];
    const skills = kinds.map((one) => [one, skillOf(of, one, by)]);
    return { label, kind, skills: Object.fromEntries(skills) as OrderRow['skills'] };
  };
  return [
    ...PREDICTORS.map(({ id, label, baseline }) =>
      row(label, baseline ? 'baseline' : 'states', seen, id),
    ),
    row('order of another seed', 'bound', otherTraining(seen, 'seeds')),
    row('order of another size', 'bound', otherTraining(seen, 'scales')),
  ];
}
