import type { Predictor } from './forecast';
import type { LlcPeak } from './llc-curve';
import { drawnP, holm } from './multiplicity';
import { NULL_DRAWS, PRECURSOR_RULES, type Precedence } from './precursors';
import { PAIRS, type PairKind, SKILL_DRAWS, type Skill } from './prediction';
import type { ProbeLeads } from './probe-leads';
import type { Chance, Estimate, Share } from './statistics';
import type { THRESHOLDS, ThresholdRow } from './thresholds';
import { counted, list, of, percent, share, short } from './words';

/** Each result of notebooks 03 and 04 in words, once: titles, cells and the ledger take the same sentence. */

const capital = (text: string) => text[0].toUpperCase() + text.slice(1);

/** `RankMe as measured precedes acquisition in 23 of 24 hard tasks (95 % interval 80 % to 99 %)`. */
export function precedes({ label, rate, rule, difficulty }: Precedence): string {
  if (!rate) return `${capital(label)} is not measured in a run that acquires anything.`;
  const kind = difficulty === 'all' ? '' : `${difficulty} `;
  const unit = rule === 'v1' ? 'tasks' : 'task-levels';
  const interval = `95 % interval ${percent(rate.low)} to ${percent(rate.high)}`;
  return `${capital(label)} precedes acquisition in ${of(rate)} ${kind}${unit} by ${PRECURSOR_RULES[rule].label} (${interval}).`;
}

/** What the rate would be for nothing, each null in a sentence; p-values are Holm's over the two tests. */
export function nulls({ randomEvents, exchanged, untaught }: Precedence): string {
  if (!randomEvents || !exchanged) return 'There is nothing to compare.';
  const raw = [randomEvents.p, exchanged.p];
  const [events, tasks] = holm(raw).map((p, i) => drawnP(raw[i], NULL_DRAWS, p));
  return [
    `Events at random steps would give ${percent(randomEvents.mean)} (${events}).`,
    `Another task’s measure would give ${percent(exchanged.mean)} (${tasks}).`,
    ...(untaught ? [`A net taught shuffled answers gives ${of(untaught)}.`] : []),
  ].join(' ');
}

/** v4's "only": which of the paper's other measures precede as reliably. */
export function others(all: readonly Precedence[], reliable: readonly Precedence[]): string {
  if (all.length === 0) return 'No run has the other measures.';
  if (reliable.length === 0)
    return `None of ${counted(all.length, 'other measure')} does so in nine of ten.`;
  const names = list(reliable.map(({ label }) => label));
  return `Of ${counted(all.length, 'other measure')}, ${reliable.length} also do in nine of ten: ${names}.`;
}

/** `The median lead is 700 steps.` */
export function medianLead({ medianLead, rule, label }: Precedence): string {
  if (medianLead === undefined) return `${capital(label)} makes no change to compare.`;
  if (PRECURSOR_RULES[rule].unit === 'steps') {
    return `The median lead of ${label} is ${medianLead.toLocaleString('en-US')} steps.`;
  }
  return `Acquisition comes at ${short(medianLead)} times the step of the rise of ${label} (median).`;
}

/** Several rates of one signal: `RankMe as measured: 7 of 8 at nano, 6 of 8 at micro.` */
export function byScale(found: readonly (readonly [scale: string, one: Precedence])[]): string {
  const rates = found.flatMap(([scale, { rate }]) => (rate ? [`${of(rate)} at ${scale}`] : []));
  return `${capital(found[0][1].label)} precedes acquisition in ${list(rates)}.`;
}

/** One column of v4's table over some sizes. */
export function threshold(column: (typeof THRESHOLDS)[number], found: Share): string {
  const mark = column === 'accuracy' ? 'acquisition' : `${column} of the log-probability’s way`;
  return `The minimum comes before ${mark} in ${of(found)} hard task-levels (95 % interval ${percent(found.low)} to ${percent(found.high)}).`;
}

/** How far the outputs are when the rank is lowest (C5). */
export function doneAtMinimum(rows: readonly ThresholdRow[]): string {
  const [first, ...rest] = rows.flatMap(({ scale, doneAtMinimum }) =>
    doneAtMinimum === undefined ? [] : [[percent(doneAtMinimum), scale]],
  );
  if (!first) return 'No hard task-level is acquired.';
  const more = rest.map(([done, scale]) => `, ${done} at ${scale}`).join('');
  return `At the minimum the log-probability has done ${first[0]} of its way at ${first[1]}${more} (median).`;
}

export function otherMinimum(value: number): string {
  return `With another task’s minimum it would be ${percent(value)}.`;
}

export function probesPerToken({ perToken, untrained }: ProbeLeads): string {
  if (!perToken || !untrained) return 'No run has probes before an acquisition.';
  return (
    `The probe reads more tokens than the model gets answers right in ${share(perToken)} of task-levels. ` +
    `The untrained net’s probe does so in ${percent(untrained.value)}.`
  );
}

export function probesPerAnswer({ perAnswer, answerFirst }: ProbeLeads): string {
  if (!perAnswer) return 'No run has probes before an acquisition.';
  const first = answerFirst
    ? ` It is halfway there first, by a factor of 1.25 in steps, in ${of(answerFirst)}.`
    : '';
  return `The probe reads more whole answers than the model gets right in ${share(perAnswer)} of task-levels.${first}`;
}

/** C7: `The LLC of MOD at nano peaks at step 290 (published: 300).` */
export function llcPeak({ peak, published, acquired }: LlcPeak): string {
  return (
    `The LLC of MOD at nano peaks at step ${short(peak)} (published: ${short(published)}). ` +
    `MOD is acquired at step ${short(acquired)} (median of its levels).`
  );
}

/** `RankMe at the floor follows the step of acquisition with ρ = 0.61 (95 % interval 0.42 to 0.77)`. */
export function coarse(
  { label }: Pick<Predictor, 'label'>,
  { estimate: found, reason }: Skill,
): string {
  if (!found) return `The ${label} cannot be judged: ${reason}.`;
  const [value, low, high] = [found.value, found.low, found.high].map((one) => one.toFixed(2));
  return `The order of acquisition follows the ${label} with ρ = ${value} (95 % interval ${low} to ${high}).`;
}

export function pairs(kind: PairKind, { label }: Pick<Predictor, 'label'>, skill: Skill): string {
  const { estimate: found, cases, reason } = skill;
  if (!found) return `The ${label} cannot be judged: ${reason}.`;
  return `Of ${counted(cases, 'pair')} of ${PAIRS[kind]}, the ${label} has ${share(found)} in the right order.`;
}

/** What chance gives, and what a baseline that looks at no states. */
export function beside(
  chance: Chance | undefined,
  baseline?: { label: string; found: Estimate },
): string {
  const dealt = chance
    ? `Scores dealt anew would give ${short(chance.mean)} (${drawnP(chance.p, SKILL_DRAWS)}).`
    : '';
  return baseline
    ? `${dealt} The best baseline, ${baseline.label}, gives ${short(baseline.found.value)}.`
    : dealt;
}
