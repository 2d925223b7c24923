import { join } from 'node:path';
import { DATA, generator, readJson, type Share, share, spearman } from './core';
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

export type LedgerVerdict = 'replicates' | 'partly' | 'does not replicate' | 'cannot be judged';

/** One published claim: what our measurements give by the paper's own rule, and what that rule is worth. */
export interface LedgerRow {
  readonly id: string;
  readonly version: string;
  readonly claim: string;
  readonly published: string;
  readonly by_its_rule: Finding & { readonly interval: readonly [number, number] | null };
  readonly worth: Finding & { readonly test: string };
  readonly notebook: string;
}

interface Finding {
  readonly value: string;
  readonly verdict: LedgerVerdict;
}

interface Judgment {
  readonly value: string;
  readonly verdict: LedgerVerdict;
  readonly interval?: readonly [number, number];
  readonly test: string;
  readonly worth: Finding;
}

/** What was published on Pythia: data/pythia/paper.json. */
export interface Published {
  readonly claims: readonly (Pick<LedgerRow, 'id' | 'version' | 'claim' | 'published'> & {
    readonly certainty: string;
  })[];
  /** RankMe of 410M, by set, as [step, value]; and the highest values, whose steps are not known. */
  readonly rankme_410m: {
    readonly model: string;
    readonly sets: Readonly<Record<string, readonly (readonly [number, number])[]>>;
    readonly peaks: Readonly<Record<string, number>>;
  };
}

/** Reads what was published on Pythia. */
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
/** Shares from which "all" holds, and half-holds. */
const [ALL, HALF] = [0.9, 0.5];
/** Draws of shifted accuracies. */
const SHIFTS = 100;

/** Why a claim about Pythia stays open; a stand-in is never taken for Pythia. */
export const NEEDS_HUB =
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
  return claims.map(({ certainty: _, ...own }) => {
    const judged = JUDGES[own.id](enough, enough.length > 0 ? '' : reason);
    const { value, verdict, interval = null, test, worth } = judged;
    const by_its_rule = { value, interval, verdict };
    return { ...own, by_its_rule, worth: { test, ...worth }, notebook: '05' };
  });
}

/** Each is given the models with steps enough, and the reason where there are none. */
const JUDGES: Record<string, (models: readonly Trajectory[], reason: string) => Judgment> = {
  'pythia-global': (models, reason) => {
    const count = (centered: boolean) =>
      counted(startsOf(models), (one) =>
        setPatterns(one, { centered }).map(({ fall, back }) => fall >= HALF && back !== undefined),
      );
    return {
      ...ofAll(count(false), reason, 'sets lose half of their RankMe and regain half of that'),
      test: 'the same with the common mean of the states taken out: is it more than one direction that grows?',
      worth: worthOf(count(true), reason, 'sets do so without the mean'),
    };
  },
  'pythia-minimum': (models, reason) => {
    const seen = startsOf(models);
    const within = counted(seen, (one) =>
      setPatterns(one).map(({ floorStep }) => floorStep >= 32 && floorStep <= 256),
    );
    const plain = counted(seen, (one) => {
      const [rank, kl] = [setRank(one, GENERAL), textSeries(one, 'kl_unigram')].map(leastStep);
      return [Math.max(rank, kl) <= 4 * Math.min(rank, kl)];
    });
    return {
      ...ofAll(within, reason, 'sets have their minimum there'),
      test: 'the plain explanation: what the model answers is nearest to the token frequencies of the text at the same time (within two checkpoints); then the claim is about these frequencies',
      worth: worthOf(plain && opposite(plain), reason, 'models have both minima apart'),
    };
  },
  'pythia-drop': (models, reason) => {
    const count = (convention: object) =>
      counted(startsOf(models), (one) =>
        setPatterns(one, convention).map(({ fall }) => fall >= 0.5 && fall <= 0.9),
      );
    return {
      ...ofAll(count({}), reason, 'sets lose so much'),
      test: 'another convention: one row for each prompt, the mean taken out',
      worth: worthOf(count({ rows: 'prompt', centered: true }), reason, 'sets lose so much by it'),
    };
  },
  'pythia-precursor': (models, reason) => {
    const test = `the same on accuracies that are shifted circularly along the checkpoints (${SHIFTS} draws)`;
    const pairs = rankAndAccuracy(models);
    const seen = leadShare(pairs);
    if (!seen) return open(reason || 'no accuracy changes', test);
    const draws = Array.from({ length: SHIFTS }, (_, i) => {
      const random = generator(0, 'shifted accuracy', i);
      return leadShare(
        pairs.map(({ rank, accuracy }) => ({
          rank,
          accuracy: turned(accuracy, random.below(accuracy.steps.length)),
        })),
      );
    });
    const p = (1 + draws.filter((draw) => draw && draw.count >= seen.count).length) / (SHIFTS + 1);
    const verdict =
      seen.low <= HALF ? 'replicates' : seen.low <= ALL ? 'partly' : 'does not replicate';
    return {
      ...{ value: `${seen.count} of ${seen.of} sets lead`, verdict, interval: rounded(seen), test },
      worth: {
        value: `shifted accuracies do as well in ${(100 * p).toFixed(0)} % of draws`,
        verdict: p >= 0.05 ? 'replicates' : 'does not replicate',
      },
    };
  },
  'pythia-order': (models, reason) => {
    const { sets, model } = publishedPythia().rankme_410m;
    const names = Object.keys(sets);
    const published = (at: 'first' | 'last') =>
      names.map((name) => sets[name][at === 'first' ? 0 : sets[name].length - 1][1]);
    const test = 'the order at step 1, before anything is learned, against that at the end';
    const before = spearman(published('first'), published('last')) ?? 0;
    const printed = `by the paper's own numbers ρ = ${before.toFixed(1)}`;
    const one = models.find(({ info }) => info.model === model);
    if (!one) return open(reason || `${model} is not measured`, test, printed);
    const at = (from: (values: readonly number[]) => number) =>
      names.map((name) => from(setRank(one, name).values));
    const [first, last] = [at((values) => values[0]), at((values) => values[values.length - 1])];
    const [rho, own] = [spearman(last, published('last')) ?? 0, spearman(first, last) ?? 0];
    return {
      value: `ρ = ${rho.toFixed(2)} with the published order of ${names.length} sets`,
      verdict: rho === 1 ? 'replicates' : rho >= HALF ? 'partly' : 'does not replicate',
      test,
      worth: {
        value: `${printed}, by ours ${own.toFixed(2)}`,
        verdict: own >= 0.8 ? 'does not replicate' : 'replicates',
      },
    };
  },
  'pythia-sizes': (models, reason) => {
    const test = 'the order by number of token positions alone, which bounds the rank';
    const [small, large] = [CLAIMED[0], CLAIMED[2]].map((name) =>
      models.find(({ info }) => info.model === name),
    );
    if (!small || !large) return open(reason || `${CLAIMED[0]} and ${CLAIMED[2]} are needed`, test);
    const agreement = (one: Trajectory, other: (probe: string) => Series) => {
      const ours = PAPER_SETS.map((probe) => setRank(one, probe));
      const theirs = PAPER_SETS.map(other);
      return ours[0].steps.flatMap((step, i) => {
        const at = theirs[0].steps.indexOf(step);
        const values = theirs.map(({ values: own }) => own[at]);
        return at < 0
          ? []
          : (spearman(
              ours.map((own) => own.values[i]),
              values,
            ) ?? []);
      });
    };
    const rhos = agreement(large, (probe) => setRank(small, probe));
    const positions = (probe: string): Series => {
      const rows = genuine(large).geometry.filter((row) => row.probe === probe && row.layer === 0);
      const tokens = rows.filter(({ rows: of }) => of === 'token');
      return { steps: tokens.map(({ step }) => step), values: tokens.map((row) => row.samples) };
    };
    const mean = (values: number[]) =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    // One-sided p < .05 for seven sets; the paper does not say what counts as agreement.
    const same = share(rhos.filter((rho) => rho >= 0.714).length, rhos.length);
    const sizes = mean(agreement(large, positions));
    return {
      ...ofAll(
        same,
        reason || 'no common checkpoints',
        `checkpoints agree (ρ ≥ .714, mean ${mean(rhos).toFixed(2)})`,
      ),
      test,
      worth: {
        value: `mean ρ = ${sizes.toFixed(2)} with it`,
        verdict: sizes >= mean(rhos) - 0.1 ? 'does not replicate' : 'replicates',
      },
    };
  },
  'pythia-gap': (models, reason) => {
    const test =
      'the same from the step on at which the share of right answers is above chance, one in three (95 % interval)';
    const printed = 'the published .24 at step 50,000 is below it';
    const one = models.find(({ info }) => info.model === CLAIMED[2]);
    if (!one) return open(reason || `${CLAIMED[2]} is not measured`, test, printed);
    const { items, chance } = one.info.sets.deduction;
    const floor = leastStep(setRank(one, 'deduction'));
    const from = (column: 'exact' | 'accuracy', passes: (value: number) => boolean) => {
      const step = heldFrom(setBehavior(one, 'deduction', column), passes, RULE.held);
      return step === undefined ? undefined : step - floor;
    };
    const gap = from('exact', (value) => value > RULE.accuracy);
    const above = from('accuracy', (value) => {
      return (share(Math.round(value * items), items) as Share).low > chance;
    });
    const hidden = showsStart(one) ? '' : ` (seen from step ${soundSteps(one)[0]} on)`;
    return {
      value: `${gap === undefined ? 'not acquired' : `${gap.toLocaleString('en-US')} steps`}${hidden}`,
      verdict: gapVerdict(gap),
      test,
      worth: {
        value: `${above === undefined ? 'never above chance' : `${above.toLocaleString('en-US')} steps`}; ${printed}`,
        verdict: gapVerdict(above),
      },
    };
  },
};

/** Within a factor of two of 49,000 steps, or at least of their size. */
function gapVerdict(gap: number | undefined): LedgerVerdict {
  if (gap === undefined || gap < 10_000) return 'does not replicate';
  return gap >= 49_000 / 2 && gap <= 2 * 49_000 ? 'replicates' : 'partly';
}

/** Steps of the checkpoints that count. */
export function soundSteps(trajectory: Trajectory): number[] {
  return trajectory.checkpoints.flatMap(({ step, verdict }) =>
    verdict === 'genuine' ? [step] : [],
  );
}

function showsStart(trajectory: Trajectory): boolean {
  const steps = soundSteps(trajectory);
  return (
    steps[0] <= START.step && steps.filter((step) => step < START.before).length >= START.early
  );
}

function startsOf(models: readonly Trajectory[]): Trajectory[] {
  return models.filter(showsStart);
}

function counted(
  models: readonly Trajectory[],
  cases: (one: Trajectory) => readonly boolean[],
): Share | undefined {
  const all = models.flatMap(cases);
  return share(all.filter(Boolean).length, all.length);
}

function opposite({ count, of }: Share): Share {
  return share(of - count, of) as Share;
}

/** Judges "always": replicates from nine of ten, partly from half. */
function universal(found: Share): LedgerVerdict {
  if (found.value >= ALL) return 'replicates';
  return found.value >= HALF ? 'partly' : 'does not replicate';
}

function ofAll(found: Share | undefined, reason: string, what: string) {
  if (!found)
    return { ...unjudged(reason || 'no genuine checkpoints show the start of a training') };
  const value = `${found.count} of ${found.of} ${what}`;
  return { value, verdict: universal(found), interval: rounded(found) };
}

function worthOf(found: Share | undefined, reason: string, what: string): Finding {
  const { value, verdict } = ofAll(found, reason, what);
  return { value, verdict };
}

function unjudged(value: string): Finding {
  return { value, verdict: 'cannot be judged' };
}

/** A claim that nothing measured is about; of its test there may be something to say all the same. */
function open(reason: string, test: string, known = reason): Judgment {
  return { ...unjudged(reason), test, worth: unjudged(known) };
}

function rounded({ low, high }: Share): [number, number] {
  return [Number(low.toFixed(3)), Number(high.toFixed(3))];
}

function turned({ steps, values }: Series, by: number): Series {
  return { steps, values: [...values.slice(by), ...values.slice(0, by)] };
}
