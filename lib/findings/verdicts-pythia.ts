import type { Trajectory } from '../pythia/trajectory-folder';
import { collapsesAndRecovers, setLeads, setPrecedence } from './pythia';
import { type Judgment, percent, pValue, unjudged, type Verdict } from './verdict';

/** The models of the claims. */
const MODELS = ['pythia-160m', 'pythia-410m', 'pythia-2.8b'];
/** Genuine checkpoints below which a trajectory is not judged: the paper's own fewest at 2.8B. */
const FEWEST_STEPS = 17;
/**
 * A collapse can be seen only where genuine checkpoints reach back to before it, and close to each other: one at
 * this step or earlier, and so many before step 1,000. The history of 2.8B on the hub does not.
 */
const START = { step: 2, early: 6, before: 1000 };
/** The published gap, and the factor within which ours agrees with it. */
const GAP = { steps: 49_000, factor: 2 };
/** A gap of less than this share of the hard task's counts as none. */
const NO_GAP = 0.1;

/** Why a claim about Pythia stays open; a stand-in is never taken for Pythia. */
export const NEEDS_HUB =
  'needs the hub: no real Pythia checkpoints have been measured here (npm run pythia -- --model 160m --steps all)';

/**
 * Judges the claims about Pythia, by their ids in data/paper.json, from real Pythia checkpoints alone.
 * - `pythia-v1`: collapse and recovery in every model whose genuine checkpoints show its start (global pattern),
 *   and a precursor rate of single probe sets that is no higher than with recoveries exchanged between sets
 *   (p ≥ 0.05). Both: replicates; one: partly. Fewer than the three models can replicate in part only.
 * - `pythia-gap-v4`: on 2.8B, emergence on logical deduction comes 49K steps after RankMe's recovery, within a
 *   factor of two, and the other sets' median gap is under a tenth of it. Both: replicates; one: partly. Where
 *   genuine checkpoints begin late, the row says so: fall and recovery are then those from there on.
 */
export function pythiaJudgments(given: readonly Trajectory[]): Record<string, Judgment> {
  const measured = given.filter(
    ({ info }) => info.kind === 'Pythia' && MODELS.includes(info.model),
  );
  return { 'pythia-v1': patterns(measured), 'pythia-gap-v4': gap(measured) };
}

/** Those with steps enough; where there are none, why. */
function enough(measured: readonly Trajectory[], model: string): Trajectory[] | Judgment {
  if (measured.length === 0) return unjudged(NEEDS_HUB.replace('160m', model));
  const real = measured.filter((one) => genuineSteps(one).length >= FEWEST_STEPS);
  if (real.length > 0) return real;
  const counts = measured.map((one) => `${one.info.model} has ${genuineSteps(one).length}`);
  return unjudged(`${FEWEST_STEPS} genuine checkpoints are needed; ${counts.join(', ')}`);
}

/** Steps of the checkpoints that count. */
function genuineSteps({ checkpoints }: Trajectory): number[] {
  return checkpoints.flatMap(({ step, verdict }) => (verdict === 'genuine' ? [step] : []));
}

function showsStart(trajectory: Trajectory): boolean {
  const steps = genuineSteps(trajectory);
  return (
    steps[0] <= START.step && steps.filter((step) => step < START.before).length >= START.early
  );
}

/** From where on a model can be seen, where that is not its start. */
function window(trajectory: Trajectory): string {
  const [first] = genuineSteps(trajectory);
  return showsStart(trajectory) ? '' : ` (${trajectory.info.model} is seen from step ${first} on)`;
}

function patterns(measured: readonly Trajectory[]): Judgment {
  const real = enough(measured, '160m');
  if (!Array.isArray(real)) return real;
  const seen = real.filter(showsStart);
  const names = seen.map(({ info }) => info.model).join(', ');
  const windows = real.map(window).join('');
  if (seen.length === 0) {
    return unjudged(`no genuine checkpoints show the start of a training${windows}`);
  }
  const global = seen.filter(collapsesAndRecovers).length;
  const { precursor, exchanged } = setPrecedence(real);
  const first = `${global} of ${seen.length} models (${names}) collapse and recover${windows}`;
  if (!precursor || !exchanged) {
    return unjudged(`${first}; no probe set emerges, so precursors cannot be judged`);
  }
  const parts = [global === seen.length, exchanged.p >= 0.05].filter(Boolean).length;
  const verdicts: Verdict[] = ['does not', 'partly', 'replicates'];
  const whole = seen.length === MODELS.length;
  return {
    ours: `${first}; recovery precedes ${percent(precursor.value)} of ${precursor.of} emergences (exchanged between sets: ${pValue(exchanged.p)})`,
    interval: [Number(precursor.low.toFixed(3)), Number(precursor.high.toFixed(3))],
    verdict: parts === 2 && !whole ? 'partly' : verdicts[parts],
  };
}

function gap(measured: readonly Trajectory[]): Judgment {
  const found = enough(
    measured.filter(({ info }) => info.model === 'pythia-2.8b'),
    '2.8b',
  );
  if (!Array.isArray(found)) return found;
  const [model] = found;
  const leads = setLeads(model, 0);
  const hard = leads.find(({ probe }) => probe === 'deduction')?.gap;
  if (hard === undefined) {
    return unjudged(`deduction does not emerge on 2.8B after a recovery${window(model)}`);
  }
  const others = leads.flatMap((own) => (own.probe !== 'deduction' ? (own.gap ?? []) : []));
  const middle = others.sort((a, b) => a - b)[others.length >> 1];
  const agrees = hard >= GAP.steps / GAP.factor && hard <= GAP.steps * GAP.factor;
  const alone = middle === undefined || Math.abs(middle) < NO_GAP * Math.abs(hard);
  const parts = [agrees, alone].filter(Boolean).length;
  const verdicts: Verdict[] = ['does not', 'partly', 'replicates'];
  const rest = middle === undefined ? 'no other set emerges' : `the others' median is ${middle}`;
  const ours = `${hard} steps on deduction; ${rest}${window(model)}`;
  return { ours, interval: null, verdict: verdicts[parts] };
}
