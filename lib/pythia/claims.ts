import { join } from 'node:path';
import {
  ALWAYS,
  bounds,
  DATA,
  generator,
  judgeAlways,
  type LedgerRow,
  of,
  percent,
  readJson,
  type Share,
  share,
  spearman,
  type Verdict,
} from './core';
import {
  heldFrom,
  leadShare,
  leastStep,
  PAPER_SETS,
  RULE,
  rankAndAccuracy,
  type Series,
  setBehavior,
  setPatterns,
  setRank,
  textSeries,
} from './patterns';
import { GENERAL } from './probes';
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
/** Checkpoints that count below which a model is not judged: the paper's own fewest, at 2.8B. */
const FEWEST_STEPS = 17;
/** Where a fall can be seen: a checkpoint this early, and so many before step 1,000. Damaged histories have none. */
const START = { step: 2, early: 6, before: 1000 };
const HALF = ALWAYS.half;
/** Draws of shifted accuracies. */
const SHIFTS = 100;

/** Why a claim about Pythia stays open; a stand-in is never taken for Pythia. */
const NEEDS_HUB =
  'needs the hub: no real Pythia has been measured here (npm run pythia -- --model 160m --steps all)';

/**
 * Judges what was published on Pythia, from real checkpoints of the models that the paper measured and from nothing
 * else. Each row says what the paper's own rule gives here, and what that rule is worth against a plainer account of
 * the same numbers. Rules and limits were set before any real Pythia was measured.
 * @param given trajectories; those of data/pythia and of this machine are `trajectories()`.
 * @param id of one claim; all of them by default.
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
    const { rule, worth } =
      typeof found === 'string' ? { rule: found, worth: printed ?? found } : found;
    const { value, verdict, interval = null } = finding(rule);
    return {
      ...{ ...claim, notebook: '05', by_its_rule: { value, interval, verdict } },
      worth: { test, value: finding(worth).value, verdict: finding(worth).verdict },
    };
  });
}

/** What is found, with its verdict; a text alone says why nothing can be judged. */
type Finding = { value: string; verdict: Verdict; interval?: [number, number] } | string;

/** How one claim is judged. */
interface Rule {
  /** What the paper's rule is held against. */
  readonly test: string;
  /** @param models with checkpoints enough, smallest first; a text says why they do not serve. */
  judge(models: readonly Trajectory[]): { rule: Finding; worth: Finding } | string;
  /** What the published numbers by themselves say to the test. */
  readonly printed?: string;
}

const RULES: Record<string, Rule> = {
  'pythia-global': {
    test: 'with the common mean of the states taken out: is it more than one direction that grows?',
    judge: (models) => {
      const count = (centered: boolean) =>
        counted(models, (one) =>
          setPatterns(one, { centered }).map(
            ({ fall, back }) => fall >= HALF && back !== undefined,
          ),
        );
      return {
        rule: always(count(false), 'sets lose half of their RankMe and regain half of that'),
        worth: always(count(true), 'sets do so without the mean'),
      };
    },
  },
  'pythia-minimum': {
    test: 'the plain explanation: the answers are nearest to the token frequencies of the text at the same time, within two checkpoints',
    judge: (models) => {
      const within = counted(models, (one) =>
        setPatterns(one).map(({ floorStep }) => floorStep >= 32 && floorStep <= 256),
      );
      const apart = counted(models, (one) => {
        const [rank, kl] = [setRank(one, GENERAL), textSeries(one, 'kl_unigram')].map(leastStep);
        return [Math.max(rank, kl) > 4 * Math.max(1, Math.min(rank, kl))];
      });
      return {
        rule: always(within, 'sets have their minimum there'),
        worth: always(apart, 'models have the two minima apart'),
      };
    },
  },
  'pythia-drop': {
    test: 'another convention: one row for each prompt, the mean taken out',
    judge: (models) => {
      const count = (convention: object) =>
        counted(models, (one) =>
          setPatterns(one, convention).map(({ fall }) => fall >= 0.5 && fall <= 0.9),
        );
      return {
        rule: always(count({}), 'sets lose so much'),
        worth: always(count({ rows: 'prompt', centered: true }), 'sets lose so much by it'),
      };
    },
  },
  'pythia-precursor': {
    test: `accuracies that are shifted circularly along the checkpoints (${SHIFTS} draws)`,
    judge: (models) => {
      const pairs = rankAndAccuracy(models);
      const seen = leadShare(pairs);
      if (!seen) return 'no accuracy changes';
      const draws = Array.from({ length: SHIFTS }, (_, i) => {
        const random = generator(0, 'shifted accuracy', i);
        const turn = (one: Series) => turned(one, random.below(one.steps.length));
        return leadShare(pairs.map(({ rank, accuracy }) => ({ rank, accuracy: turn(accuracy) })));
      });
      const as = draws.filter((draw) => draw && draw.count >= seen.count).length;
      const p = (1 + as) / (SHIFTS + 1);
      const verdict = seen.low <= HALF ? 'replicates' : 'does not replicate';
      return {
        rule: { value: `${of(seen)} sets lead`, verdict, interval: bounds(seen) },
        worth: {
          value: `shifted accuracies do as well in ${percent(p)} of draws`,
          verdict: p >= 0.05 ? 'replicates' : 'does not replicate',
        },
      };
    },
  },
  'pythia-order': {
    test: 'the order at step 1, before anything is learned, against that at the end',
    printed: `by the paper's own numbers ρ = ${publishedOrder().toFixed(1)}`,
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
      return {
        rule: { value, verdict },
        worth: {
          value: `by the paper's own numbers ρ = ${publishedOrder().toFixed(1)}, by ours ${before.toFixed(2)}`,
          verdict: before >= 0.8 ? 'does not replicate' : 'replicates',
        },
      };
    },
  },
  'pythia-sizes': {
    test: 'the order by number of token positions alone, which bounds the rank',
    judge: (models) => {
      const [small, large] = [CLAIMED[0], CLAIMED[2]].map((name) =>
        models.find(({ info }) => info.model === name),
      );
      if (!small || !large) return `${CLAIMED[0]} and ${CLAIMED[2]} are needed`;
      const positions = (probe: string): Series => {
        const rows = genuine(large).geometry.filter(
          (row) => row.probe === probe && row.layer === 0 && row.rows === 'token',
        );
        return { steps: rows.map(({ step }) => step), values: rows.map((row) => row.samples) };
      };
      const rhos = agreement(large, (probe) => setRank(small, probe));
      const [mean, sizes] = [rhos, agreement(large, positions)].map(
        (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
      );
      const same = share(rhos.filter((rho) => rho >= SAME).length, rhos.length);
      return {
        rule: always(same, `checkpoints agree (ρ ≥ ${SAME}, mean ${mean.toFixed(2)})`),
        worth: {
          value: `mean ρ = ${sizes.toFixed(2)} with it`,
          verdict: sizes >= mean - 0.1 ? 'does not replicate' : 'replicates',
        },
      };
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
      const from = (column: 'exact' | 'accuracy', passes: (value: number) => boolean): Finding => {
        const step = heldFrom(setBehavior(one, 'deduction', column), passes, RULE.held);
        if (step === undefined) return { value: 'never', verdict: 'does not replicate' };
        const gap = step - floor;
        const near = gap >= GAP / 2 && gap <= 2 * GAP;
        const verdict = near ? 'replicates' : gap >= GAP / 5 ? 'partly' : 'does not replicate';
        const seen = showsStart(one) ? '' : ` (seen from step ${soundSteps(one)[0]} on)`;
        return { value: `${gap.toLocaleString('en-US')} steps${seen}`, verdict };
      };
      const above = (value: number) =>
        (share(Math.round(value * items), items) as Share).low > chance;
      return {
        rule: from('exact', (value) => value > RULE.accuracy),
        worth: from('accuracy', above),
      };
    },
  },
};

/** The published gap, in steps. */
const GAP = 49_000;
/** Rank correlation of seven sets from which they agree: one-sided p < .05. The paper does not say what it takes. */
const SAME = 0.714;

/** Correlation of the published order of 410M's sets at step 1 with that at the end. */
function publishedOrder(): number {
  const points = Object.values(publishedPythia().rankme_410m.sets);
  const [first, last] = [points.map((own) => own[0][1]), points.map((own) => own.at(-1)![1])];
  return spearman(first, last) ?? 0;
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
  const early = steps.filter((step) => step < START.before);
  return steps[0] <= START.step && early.length >= START.early;
}

/** How many cases hold, over the models whose start is seen. */
function counted(
  models: readonly Trajectory[],
  cases: (one: Trajectory) => readonly boolean[],
): Share | undefined {
  const all = models.filter(showsStart).flatMap(cases);
  return share(all.filter(Boolean).length, all.length);
}

function always(found: Share | undefined, what: string): Finding {
  if (!found) return 'no genuine checkpoints show the start of a training';
  const verdict = judgeAlways(found.value);
  return { value: `${of(found)} ${what}`, verdict, interval: bounds(found) };
}

function finding(found: Finding): Exclude<Finding, string> {
  return typeof found === 'string' ? { value: found, verdict: 'cannot be judged' } : found;
}

function turned({ steps, values }: Series, by: number): Series {
  return { steps, values: [...values.slice(by), ...values.slice(0, by)] };
}
