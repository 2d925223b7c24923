import { join } from 'node:path';
import {
  ACQUISITION_RULES,
  ALWAYS,
  bounds,
  DATA,
  firstHeld,
  generator,
  judgeAlways,
  type LedgerRow,
  of,
  percent,
  readJson,
  type Series,
  type Share,
  type Side,
  share,
  shareOf,
  spearman,
  stands,
} from './core';
import {
  type Convention,
  leads,
  leastStep,
  type Pattern,
  seriesOf,
  setBehavior,
  setPatterns,
  setRank,
  textSeries,
} from './patterns';
import { GENERAL, PAPER_SETS } from './probes';
import { genuine, type Trajectory } from './tables';

/** What was published on Pythia: data/pythia/paper.json. */
export interface Published {
  readonly claims: readonly (Pick<LedgerRow, 'id' | 'version' | 'claim' | 'published'> & {
    readonly certainty: string;
  })[];
  /** RankMe of 410M, by set, as [step, value]. */
  readonly rankme_410m: {
    readonly model: string;
    readonly sets: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  };
}

/**
 * Reads what was published on Pythia.
 *
 * ```ts
 * const { model, sets } = publishedPythia().rankme_410m;
 * ```
 */
export function publishedPythia(): Published {
  const path = join(DATA, 'pythia', 'paper.json');
  return readJson(path, 'restore it (git checkout)') as unknown as Published;
}

/** The models of the claims, smallest first: the deduplicated ones. */
export const CLAIMED = ['pythia-160m-deduped', 'pythia-410m-deduped', 'pythia-2.8b-deduped'];
/** Genuine checkpoints below which a model is not judged: the paper's own fewest, at 2.8B. */
const FEWEST_STEPS = 17;
/** Where a fall can be seen: a checkpoint this early, and so many before step 1,000. Damaged histories have none. */
const START = { step: 2, early: 6, before: 1000 };
const HALF = ALWAYS.half;
/** Draws of shifted accuracies, and the published gap, in steps. */
const [SHIFTS, GAP] = [100, 49_000];
/** Rank correlation of seven sets from which they agree: one-sided p < .05. The paper does not say what it takes. */
const SAME = 0.714;

const HIDDEN = 'no genuine checkpoints show the start of a training';
/** Why a claim about Pythia stays open; a stand-in is never taken for Pythia. */
const NEEDS_HUB =
  'needs the hub: no real Pythia has been measured here (npm run pythia -- --model 160m --steps all)';

/**
 * Judges what was published on Pythia, by real checkpoints of the paper's models alone: what its own rule gives here, and
 * what that is worth against a plainer account. Rules were set before any real Pythia was measured.
 * @param given those of data/pythia and of this machine are `trajectories()`. @param id of one claim; all by default.
 */
export function pythiaLedger(given: readonly Trajectory[], id?: string): LedgerRow[] {
  const real = given
    .filter(({ info }) => info.kind === 'Pythia' && CLAIMED.includes(info.model))
    .sort((a, b) => CLAIMED.indexOf(a.info.model) - CLAIMED.indexOf(b.info.model));
  const enough = real.filter((one) => soundSteps(one).length >= FEWEST_STEPS);
  const counts = real.map((one) => `${one.info.model} has ${soundSteps(one).length}`);
  const reason = real.length
    ? `${FEWEST_STEPS} genuine checkpoints are needed; ${counts.join(', ')}`
    : NEEDS_HUB;
  const claims = publishedPythia().claims.filter((own) => id === undefined || own.id === id);
  return claims.map(({ certainty: _, ...claim }) => {
    const { test, judge, printed } = RULES[claim.id];
    const found = enough.length > 0 ? judge(enough) : reason;
    const sides = typeof found === 'string' ? [found, printed ?? found] : found;
    const [rule, worth] = sides.map((side = HIDDEN) =>
      typeof side === 'string' ? { value: side, verdict: 'cannot be judged' as const } : side,
    );
    const interval = 'interval' in rule && rule.interval ? bounds(rule.interval) : null;
    return {
      ...{ ...claim, notebook: '05' },
      by_its_rule: { value: rule.value, interval, verdict: rule.verdict },
      worth: { test, value: worth.value, verdict: worth.verdict },
    };
  });
}

/** How one claim is judged. */
interface Rule {
  /** What the paper's rule is held against. */
  readonly test: string;
  /** By the paper's rule and by the test, from models with checkpoints enough; a text says why they do not serve. */
  judge(models: readonly Trajectory[]): readonly [Side, Side] | string;
  /** What the published numbers by themselves say to the test. */
  readonly printed?: string;
}

const RULES: Record<string, Rule> = {
  'pythia-global': {
    test: 'with the common mean of the states taken out: is it more than one direction that grows?',
    judge: (models) => {
      const returns = ({ fall, back }: Pattern) => fall >= HALF && back !== undefined;
      return [
        ofSets(models, returns, {}, 'lose half of their RankMe and regain half of that'),
        ofSets(models, returns, { centered: true }, 'do so without the mean'),
      ];
    },
  },
  'pythia-minimum': {
    test: 'the plain explanation: the answers are nearest to the token frequencies of the text at the same time, within two checkpoints',
    judge: (models) => {
      const apart = (one: Trajectory) => {
        const [rank, kl] = [setRank(one, GENERAL), textSeries(one, 'kl_unigram')].map(leastStep);
        return Math.max(rank, kl) > 4 * Math.max(1, Math.min(rank, kl));
      };
      const within = ({ floorStep }: Pattern) => floorStep >= 32 && floorStep <= 256;
      return [
        ofSets(models, within, {}, 'have their minimum there'),
        judged(shareOf(models.filter(showsStart), apart), 'models have the two minima apart'),
      ];
    },
  },
  'pythia-drop': {
    test: 'another convention: one row for each prompt, the mean taken out',
    judge: (models) => {
      const drops = ({ fall }: Pattern) => fall >= 0.5 && fall <= 0.9;
      return [
        ofSets(models, drops, {}, 'lose so much'),
        ofSets(models, drops, { rows: 'prompt', centered: true }, 'lose so much by it'),
      ];
    },
  },
  'pythia-precursor': {
    test: `accuracies that are shifted circularly along the checkpoints (${SHIFTS} draws)`,
    judge: (models) => {
      const pairs = models.flatMap((one) =>
        PAPER_SETS.filter((probe) => one.info.sets[probe]?.chance > 0).map((probe) => ({
          rank: setRank(one, probe),
          accuracy: setBehavior(one, probe, 'accuracy'),
        })),
      );
      const leading = (turned: (accuracy: Series) => Series) => {
        const all = pairs.flatMap(({ rank, accuracy }) => leads(rank, turned(accuracy)) ?? []);
        return shareOf(all, Boolean);
      };
      const seen = leading((accuracy) => accuracy);
      if (!seen) return 'no accuracy changes';
      const draws = Array.from({ length: SHIFTS }, (_, i) => {
        const random = generator(0, 'shifted accuracy', i);
        return leading(({ steps, values }) => {
          const by = random.below(steps.length);
          return { steps, values: [...values.slice(by), ...values.slice(0, by)] };
        });
      });
      const as = draws.filter((draw) => draw && draw.count >= seen.count).length;
      const p = (1 + as) / (SHIFTS + 1);
      const shifted = `shifted accuracies do as well in ${percent(p)} of draws`;
      return [
        { value: `${of(seen)} sets lead`, verdict: stands(seen.low <= HALF), interval: seen },
        { value: shifted, verdict: stands(p >= 0.05) },
      ];
    },
  },
  'pythia-order': {
    test: 'the order at step 1, before anything is learned, against that at the end',
    printed: publishedOrder(),
    judge: (models) => {
      const { sets, model } = publishedPythia().rankme_410m;
      const one = models.find(({ info }) => info.model === model);
      if (!one) return `${model} is not measured`;
      const names = Object.keys(sets);
      const ours = names.map((name) => setRank(one, name).values);
      const ends = ours.map((values) => values[values.length - 1]);
      const theirs = names.map((name) => sets[name].at(-1)![1]);
      const starts = ours.map(([first]) => first);
      const [rho, before] = [theirs, starts].map((other) => spearman(ends, other) ?? 0);
      const verdict = rho === 1 ? 'replicates' : rho >= HALF ? 'partly' : 'does not replicate';
      const value = `ρ = ${rho.toFixed(2)} with the published order of ${names.length} sets`;
      const told = `${publishedOrder()}, by ours ${before.toFixed(2)}`;
      return [
        { value, verdict },
        { value: told, verdict: stands(before < 0.8) },
      ];
    },
  },
  'pythia-sizes': {
    test: 'the order by number of token positions alone, which bounds the rank',
    judge: (models) => {
      const [small, large] = [CLAIMED[0], CLAIMED[2]].map((name) =>
        models.find(({ info }) => info.model === name),
      );
      if (!small || !large) return `${CLAIMED[0]} and ${CLAIMED[2]} are needed`;
      const { geometry } = genuine(large);
      const counted = geometry.filter(({ layer, rows }) => layer === 0 && rows === 'token');
      const positions = (probe: string) => {
        const rows = counted.filter((row) => row.probe === probe);
        return seriesOf(rows, ({ samples }) => samples);
      };
      const rhos = agreement(large, (probe) => setRank(small, probe));
      const [ours, sizes] = [rhos, agreement(large, positions)].map(
        (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
      );
      const agree = shareOf(rhos, (rho) => rho >= SAME);
      return [
        judged(agree, `checkpoints agree (ρ ≥ ${SAME}, mean ${ours.toFixed(2)})`),
        { value: `mean ρ = ${sizes.toFixed(2)} with it`, verdict: stands(sizes < ours - 0.1) },
      ];
    },
  },
  'pythia-gap': {
    test: 'from the step on at which the share of right answers is above chance, one in three (95 % interval)',
    printed: 'the published .24 at step 50,000 is below chance',
    judge: (models) => {
      const one = models.find(({ info }) => info.model === CLAIMED[2]);
      if (!one) return `${CLAIMED[2]} is not measured`;
      const { items, chance } = one.info.sets.deduction;
      const floor = leastStep(setRank(one, 'deduction'));
      const from = (column: 'exact' | 'accuracy', passes: (value: number) => boolean): Side => {
        const { steps, values } = setBehavior(one, 'deduction', column);
        const at = firstHeld(values, passes, ACQUISITION_RULES.v1.held);
        if (at === undefined) return { value: 'never', verdict: 'does not replicate' };
        const gap = steps[at] - floor;
        const near = gap >= GAP / 2 && gap <= 2 * GAP;
        const verdict = near ? 'replicates' : gap >= GAP / 5 ? 'partly' : 'does not replicate';
        const seen = showsStart(one) ? '' : ` (seen from step ${soundSteps(one)[0]} on)`;
        return { value: `${gap.toLocaleString('en-US')} steps${seen}`, verdict };
      };
      return [
        from('exact', (value) => value > ACQUISITION_RULES.v1.mark()),
        from('accuracy', (value) => share(Math.round(value * items), items)!.low > chance),
      ];
    },
  },
};

/** Correlation of the published order of 410M's sets at step 1 with that at the end, in words. */
function publishedOrder(): string {
  const points = Object.values(publishedPythia().rankme_410m.sets);
  const [first, last] = [points.map((own) => own[0][1]), points.map((own) => own.at(-1)![1])];
  return `by the paper's own numbers ρ = ${(spearman(first, last) ?? 0).toFixed(1)}`;
}

/** At each common step, rank correlation over the sets of a model's RankMe with another quantity of theirs. */
function agreement(one: Trajectory, other: (probe: string) => Series): number[] {
  const [ours, theirs] = [PAPER_SETS.map((probe) => setRank(one, probe)), PAPER_SETS.map(other)];
  const column = (all: readonly Series[], i: number) => all.map(({ values }) => values[i]);
  return ours[0].steps.flatMap((step, i) => {
    const at = theirs[0].steps.indexOf(step);
    return at < 0 ? [] : (spearman(column(ours, i), column(theirs, at)) ?? []);
  });
}

/** Steps of the checkpoints that count. */
function soundSteps({ checkpoints }: Trajectory): number[] {
  return checkpoints.flatMap(({ step, verdict }) => (verdict === 'genuine' ? [step] : []));
}

function showsStart(trajectory: Trajectory): boolean {
  const steps = soundSteps(trajectory);
  const early = steps.filter((step) => step < START.before).length;
  return steps[0] <= START.step && early >= START.early;
}

/** How many of the paper's sets are so, over the models whose start is seen. */
function ofSets(
  models: readonly Trajectory[],
  holds: (pattern: Pattern) => boolean,
  convention: Convention,
  what: string,
): Side {
  const cases = (one: Trajectory) => setPatterns(one, convention).map(holds);
  return judged(shareOf(models.filter(showsStart).flatMap(cases), Boolean), `sets ${what}`);
}

/** "Always", of however few cases: there are three models. */
function judged(found: Share | undefined, what: string): Side {
  if (!found) return undefined;
  const verdict = judgeAlways(found.value);
  return { value: `${of(found)} ${what}`, verdict, interval: found };
}
