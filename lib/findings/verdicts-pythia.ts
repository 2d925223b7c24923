import type { Trajectory } from '../pythia/trajectory-folder';
import { collapsesAndRecovers, setLeads, setPrecedence } from './pythia';
import { type Judgment, percent, pValue, unjudged, type Verdict } from './verdict';

/** The models of the claims. */
const MODELS = ['pythia-160m', 'pythia-410m', 'pythia-2.8b'];
/** Genuine checkpoints below which a trajectory is not judged: the paper's own fewest at 2.8B. */
const FEWEST_STEPS = 17;
/** The published gap, and the factor within which ours agrees with it. */
const GAP = { steps: 49_000, factor: 2 };
/** A gap of less than this share of the hard task's counts as none. */
const NO_GAP = 0.1;

/** Why a claim about Pythia stays open; a stand-in is never taken for Pythia. */
export const NEEDS_HUB =
  'needs the hub: no real Pythia checkpoints have been measured here (npm run pythia -- --model 160m --steps all)';

/**
 * Judges the claims about Pythia, by their ids in data/paper.json, from real Pythia checkpoints alone.
 * - `pythia-v1`: collapse and recovery in every model (global pattern), and a precursor rate of single probe sets
 *   that is no higher than with recoveries exchanged between sets (p ≥ 0.05). Both: replicates; one: partly.
 *   Fewer than the three models can replicate in part only.
 * - `pythia-gap-v4`: on 2.8B, emergence on logical deduction comes 49K steps after RankMe's recovery, within a
 *   factor of two, and the other sets' median gap is under a tenth of it. Both: replicates; one: partly.
 */
export function pythiaJudgments(given: readonly Trajectory[]): Record<string, Judgment> {
  const real = given.filter(
    ({ info, checkpoints }) =>
      info.kind === 'Pythia' &&
      MODELS.includes(info.model) &&
      checkpoints.filter(({ verdict }) => verdict === 'genuine').length >= FEWEST_STEPS,
  );
  return { 'pythia-v1': patterns(real), 'pythia-gap-v4': gap(real) };
}

function patterns(real: readonly Trajectory[]): Judgment {
  if (real.length === 0) return unjudged(NEEDS_HUB);
  const global = real.filter(collapsesAndRecovers).length;
  const { precursor, exchanged } = setPrecedence(real);
  const first = `${global} of ${real.length} models (${real.map(({ info }) => info.model).join(', ')}) collapse and recover`;
  if (!precursor || !exchanged) {
    return unjudged(`${first}; no probe set emerges, so precursors cannot be judged`);
  }
  const parts = [global === real.length, exchanged.p >= 0.05].filter(Boolean).length;
  const verdicts: Verdict[] = ['does not', 'partly', 'replicates'];
  const whole = real.length === MODELS.length;
  return {
    ours: `${first}; recovery precedes ${percent(precursor.value)} of ${precursor.of} emergences (exchanged between sets: ${pValue(exchanged.p)})`,
    interval: [Number(precursor.low.toFixed(3)), Number(precursor.high.toFixed(3))],
    verdict: parts === 2 && !whole ? 'partly' : verdicts[parts],
  };
}

function gap(real: readonly Trajectory[]): Judgment {
  const model = real.find(({ info }) => info.model === 'pythia-2.8b');
  if (!model) return unjudged(NEEDS_HUB.replace('160m', '2.8b'));
  const leads = setLeads(model, 0);
  const hard = leads.find(({ probe }) => probe === 'deduction')?.gap;
  if (hard === undefined) return unjudged('deduction does not emerge on 2.8B after a recovery');
  const others = leads.flatMap((own) => (own.probe !== 'deduction' ? (own.gap ?? []) : []));
  const middle = others.sort((a, b) => a - b)[others.length >> 1];
  const agrees = hard >= GAP.steps / GAP.factor && hard <= GAP.steps * GAP.factor;
  const alone = middle === undefined || Math.abs(middle) < NO_GAP * Math.abs(hard);
  const parts = [agrees, alone].filter(Boolean).length;
  const verdicts: Verdict[] = ['does not', 'partly', 'replicates'];
  const rest = middle === undefined ? 'no other set emerges' : `the others' median is ${middle}`;
  return { ours: `${hard} steps on deduction; ${rest}`, interval: null, verdict: verdicts[parts] };
}
