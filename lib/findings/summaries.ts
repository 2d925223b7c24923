import { median } from 'simple-statistics';
import type { ClassMeans } from '../study/landscape/states';
import type { AcquisitionCell, TableAgreement } from './acquisition';
import { RUNG_NAMES, type RungFit } from './blind-ladder';
import type { Identified } from './curves';
import { COLLAPSE, FEWEST_STEPS, SYNCHRONY } from './definitions';
import type { FloorFactor } from './floor-factors';
import type {
  Floor,
  FloorSummary,
  meanGrowth as growthOf,
  readingsAgree as readings,
} from './floors';
import type { LlcPeak } from './llc-curve';
import type { profileMatches, TopDown } from './order';
import { PRECURSOR_RULES, type Precedence } from './precursors';
import { PAIRS, type PairKind, type Skill } from './prediction';
import type { ProbeLeads } from './probe-leads';
import { nameOf, PRINTED } from './series';
import { type Estimate, holm, type Share } from './statistics';
import type { ThresholdRow } from './thresholds';
import { cases, counted, estimate, interval, list, nullOf, of, percent, short } from './words';

// Results in words, once: titles, cells and the ledger take the same sentence, with one number and its interval. Sentences
// that the ledger alone has stand with its rules.

/** `88 % of task-levels (95 % interval 53 % to 98 %)`. */
const partOf = (found: Estimate, noun: string) =>
  `${percent(found.value)}${noun} (${interval(found)})`;
const capital = (text: string) => text[0].toUpperCase() + text.slice(1);

// Floors (notebook 01).

export const collapse = (found: Share) =>
  `The rank loses a quarter or more in ${cases(found, 'tasks')}.`;

export function fall(floors: readonly Floor[]): string {
  const { task, start, floor, step } = floors.reduce((a, b) => (b.fall > a.fall ? b : a));
  const fallen = floors.filter(({ fall }) => fall >= COLLAPSE.share).length;
  return (
    `The rank loses a quarter or more in ${fallen} of ${floors.length} tasks; ` +
    `${task}’s falls from ${short(start)} to ${short(floor)} at step ${short(step)}.`
  );
}

/** `2.12 ± 0.17` over several sizes, `2.12` over one. */
const withSpread = ({ mean, deviation }: FloorSummary['published'], { scales }: FloorSummary) =>
  scales.length > 1 ? `${mean.toFixed(2)} ± ${deviation.toFixed(2)}` : mean.toFixed(2);

/** The table of floors: `SORT 2.91 ± 0.40 (published 2.54 ± 0.36)`. */
export function floorTable(summaries: readonly FloorSummary[]): string {
  const words = summaries.map(
    (one) => `${one.task} ${withSpread(one, one)} (published ${withSpread(one.published, one)})`,
  );
  return `Floors at ${list(summaries[0]?.scales ?? [])}: ${words.join(', ')}.`;
}

/** `From nano to medium floors change by a factor of 1.88 (95 % interval 1.45 to 2.41; geometric mean of 8 tasks).` */
export function meanGrowth(growth: ReturnType<typeof growthOf>): string {
  if (!growth) return 'It takes settled floors at two sizes.';
  const { from, to, tasks, ...found } = growth;
  return `From ${from} to ${to} floors change by a factor of ${estimate(found)}, geometric mean of ${counted(tasks, 'task')}.`;
}

/** How far the identified reading and the printed formula order the tasks alike. */
export function readingsAgree(found: ReturnType<typeof readings>): string {
  if (found.length === 0) return 'No size has the floors of two tasks.';
  const words = found.map(({ rho, scale }) => `${rho.toFixed(2)} at ${scale}`);
  return `The two readings order the tasks by floor with ρ = ${list(words)}.`;
}

/** One task's floor by the paper's sampling beside dense sampling. */
export const sampling = (sampled: FloorSummary, dense: FloorSummary) =>
  `${sampled.task}’s floor is ${withSpread(sampled, sampled)} at the paper’s steps ` +
  `and ${withSpread(dense, dense)} at every measured step.`;

/** What floors depend on besides size, or that there are plain runs alone; of these, how far seeds are apart. */
export function floorFactors(found: readonly FloorFactor[]): string {
  if (found.length === 0) return 'No run has 1,000 updates.';
  const [plain, changed] = [true, false].map((is) =>
    found.filter(({ setting }) => (setting === 'plain') === is),
  );
  const alone = plain.filter(({ floorRatio }) => !floorRatio).map(({ scale }) => scale);
  const words = [
    ...plain.flatMap(({ scale, floorRatio: ratio }) =>
      ratio
        ? `At ${scale} the floors of two seeds are apart by a factor of ${estimate(ratio)}.`
        : [],
    ),
    ...(alone.length > 0 ? [`There is one plain seed at ${list(alone)}.`] : []),
    ...changed.map(({ scale, setting, floorRatio: ratio, seeds, most }) =>
      ratio && most
        ? `At ${scale} floors with ${setting} are ${estimate(ratio)} times the plain ones, ${most.task}’s ` +
          `${short(most.ratio)} times (${counted(seeds.length, 'seed')}).`
        : `At ${scale} there is no plain run to set ${setting} beside.`,
    ),
  ];
  if (changed.length === 0) {
    words.push('These runs differ in size and seed alone: they cannot show what else matters.');
  }
  return words.join(' ');
}

export const curveFactor = (found: Estimate) =>
  `Our curves are off the published ones by a factor of ${estimate(found)}.`;

export function identified([best, ...others]: readonly Identified[], numbers: string): string {
  const plain = conventionName({ ...PRINTED, level: undefined });
  const printed = others.find(({ convention }) => conventionName(convention) === plain);
  const rest = printed ? `; the printed formula is off by ${percent(printed.error)}` : '';
  return (
    `The nearest to ${counted(best.compared.length, 'published number')} ${numbers} is ` +
    `${conventionName(best.convention)}, off by ${(100 * best.error).toFixed(1)} %${rest}.`
  );
}

/** `covariance rank, centered, answer positions, levels pooled`. */
export function conventionName({ reading, position, level }: Identified['convention']): string {
  const what = reading.startsWith('covariance') ? 'covariance rank' : 'rank as printed';
  const where = position === 'answer' ? 'answer positions' : 'last prompt token';
  const levels = level === undefined ? 'levels pooled' : `level ${level}`;
  return [what, ...(reading.endsWith('centered') ? ['centered'] : []), where, levels].join(', ');
}

// Acquisition (notebook 01).

export const within = (found: TableAgreement) =>
  `Steps agree within a factor of two in ${cases(found.within, 'cells')}.`;

export function tableAgreement(found: TableAgreement): string {
  const rho = found.correlation?.toFixed(2);
  return within(found) + (rho ? ` The rank correlation is ${rho}.` : '');
}

export function offCells(off: TableAgreement['off']): string {
  if (off.length === 0) return 'No cell is off by more than a factor of two.';
  const words = off.slice(0, 5).map((cell) => {
    const ratio = cell.ratio === Infinity ? 'not acquired' : `× ${short(cell.ratio)}`;
    return `${nameOf(cell)} at ${cell.scale} (${ratio})`;
  });
  const more = off.length > 5 ? `, and ${off.length - 5} more` : '';
  return `Off by more than a factor of two: ${words.join(', ')}${more}.`;
}

export const laxerIsLater = (found: Share) =>
  `v1’s step is later than v4’s in ${of(found)} published cells, which its laxer mark cannot be in one training.`;

/** C8: task-levels whose blind answers pass v1's mark of .1. */
export function atChance(cells: readonly AcquisitionCell[]): string {
  const names = [...new Set(cells.filter(({ chance }) => chance > 0.1).map(nameOf))];
  return `Answers that ignore the input pass v1’s mark of .1 in ${counted(names.length, 'task-level')}: ${list(names)}.`;
}

// Layers (notebook 02).

export const byDepth = (found: Share) =>
  `The last layer falls deepest in ${cases(found, 'combinations of task and size')}.`;

/** The same by depth, where the paper could have looked as well. */
export const atPrompt = (found: Share) =>
  `At the last prompt token the last layer is deepest in ${of(found)}.`;

export function byTime({ share, chance }: TopDown): string {
  if (!share) return 'No net of three layers or more has two that fall.';
  const coin = chance ? ` Orders turned around at random would give ${nullOf(chance)}.` : '';
  return `The last layers fall first in ${cases(share, 'combinations of task and size')}.${coin}`;
}

export function profiles(matches: ReturnType<typeof profileMatches>): string {
  const words = matches.map(({ scale, factor }) => `${factor.toFixed(2)} at ${scale}`);
  return `MOD’s ranks by layer are off the published ones by a factor of ${list(words)}.`;
}

// The ladder of blind answers (notebook 01).

export function ladder(fits: readonly RungFit[]): string {
  const { rung, nearest, cases } = topRung(fits);
  return `The floor is nearest to the step of ${RUNG_NAMES[rung]} in ${nearest} of ${cases} tasks.`;
}

const topRung = (fits: readonly RungFit[]) =>
  fits.reduce((a, b) => (b.nearest > a.nearest ? b : a));

/** `By the covariance rank the floor is most often nearest to p(task, place) at nano (5 of 8), …` @param fits by size. */
export function rungsBySize(reading: string, fits: ReadonlyMap<string, readonly RungFit[]>) {
  const words = [...fits].map(([scale, own]) => {
    const { rung, nearest, cases } = topRung(own);
    return `${RUNG_NAMES[rung]} at ${scale} (${nearest} of ${cases})`;
  });
  return `By the ${reading} the floor is most often nearest to ${list(words)}.`;
}

/** C10: how the floor lies between the rungs, over tasks and sizes. */
export const ladderCells = (found: Share) =>
  `The floor lies between ${RUNG_NAMES.token} and ${RUNG_NAMES.level} in ${of(found)} combinations of task and size.`;

/** What is left of rank and loss where each state is the mean of its class. */
export function classMeans(found: readonly ClassMeans[]): string {
  const between = found.map((one) => one.between);
  const rises = found.map(({ task, loss, lossOfMeans }) => ({ task, rise: lossOfMeans - loss }));
  const most = rises.reduce((a, b) => (b.rise > a.rise ? b : a));
  return (
    `Level and place hold ${percent(median(between))} of the states’ variance in the median task ` +
    `(${percent(Math.min(...between))} to ${percent(Math.max(...between))}). Read out from class means, the loss is ` +
    `${short(median(rises.map(({ rise }) => rise)))} nats higher in the median, ${short(most.rise)} in ${most.task}.`
  );
}

// Precursors (notebook 03).

/** `RankMe as measured precedes acquisition in 23 of 24 hard task-levels by v4's rule (95 % interval 80 % to 99 %).` */
export function precedes({ label, rate, rule, difficulty }: Precedence): string {
  if (!rate) {
    return `${capital(label)} is not measured at ${FEWEST_STEPS} of the rule’s steps in a run that acquires anything.`;
  }
  const kind = difficulty === 'all' ? '' : `${difficulty} `;
  const unit = rule === 'v1' ? 'tasks' : 'task-levels';
  return `${capital(label)} precedes acquisition in ${of(rate)} ${kind}${unit} by ${PRECURSOR_RULES[rule].label} (${interval(rate)}).`;
}

/** `The rise of the top Hessian eigenvalue comes after acquisition, by a factor of 1.25 in steps, in 3 of 20 …` */
export const lags = ({ label }: Precedence, late: Share) =>
  `The rise of the ${label} comes after acquisition, by a factor of ${SYNCHRONY} in steps, in ${cases(late, 'task-levels')}.`;

/** What the rate would be for nothing, each null in a sentence; p-values are Holm's over the two tests. */
export function nulls({ randomEvents, exchanged, untaught }: Precedence): string {
  if (!randomEvents || !exchanged) return 'There is nothing to compare.';
  const [events, tasks] = holm([randomEvents.p, exchanged.p]);
  const twin = untaught ? ` A net taught shuffled answers gives ${of(untaught)}.` : '';
  return (
    `Events at random steps would give ${nullOf(randomEvents, events)}. ` +
    `Another task’s measure would give ${nullOf(exchanged, tasks)}.${twin}`
  );
}

/** `The median lead is 700 steps.` */
export function medianLead({ medianLead, rule, label }: Precedence): string {
  if (medianLead === undefined) return `${capital(label)} makes no change to compare.`;
  return PRECURSOR_RULES[rule].unit === 'steps'
    ? `The median lead of ${label} is ${medianLead.toLocaleString('en-US')} steps.`
    : `Acquisition comes at ${short(medianLead)} times the step of the rise of ${label} (median).`;
}

/** `In the median 9 of 11 measures rise before acquisition, least and most by a factor of 1.5 and 21.` @param found those that rise. */
export function leadsOfAll(found: readonly Precedence[]): string {
  const leads = found.map(({ medianLead }) => medianLead!);
  const ahead = leads.filter((lead) => lead >= SYNCHRONY);
  const factors = list([...new Set([Math.min(...ahead), Math.max(...ahead)].map(short))]);
  const by = ahead.length > 0 ? `, least and most by a factor of ${factors}` : '';
  const rise = leads.length === 1 ? 'rises' : 'rise';
  return `In the median ${ahead.length} of ${counted(leads.length, 'measure')} ${rise} before acquisition${by}.`;
}

/** C5: how far the outputs are when the rank is lowest. */
export function doneAtMinimum(rows: readonly ThresholdRow[]): string {
  const words = rows.flatMap(({ scale, doneAtMinimum: done }) =>
    done === undefined ? [] : `${percent(done)} of its rise at ${scale}`,
  );
  if (words.length === 0) return 'No hard task-level is acquired.';
  return `At the minimum the log-probability has covered ${list(words)} (median).`;
}

export function probesPerToken({ perToken, untrained }: ProbeLeads): string {
  if (!perToken || !untrained) return 'No run has probes before an acquisition.';
  return (
    `The probe reads more tokens than the model gets answers right in ${partOf(perToken, ' of task-levels')}. ` +
    `The untrained net’s probe does so in ${percent(untrained.value)}.`
  );
}

export function probesPerAnswer({ perAnswer, answerFirst }: ProbeLeads): string {
  if (!perAnswer) return 'No run has probes before an acquisition.';
  const first = answerFirst
    ? ` It is halfway there first, by a factor of ${SYNCHRONY} in steps, in ${of(answerFirst)}.`
    : '';
  return `The probe reads more whole answers than the model gets right in ${partOf(perAnswer, ' of task-levels')}.${first}`;
}

/** C7: `The LLC of MOD at nano peaks at step 290 (published: 300).` */
export const llcPeak = ({ peak, published, acquired }: LlcPeak) =>
  `The LLC of MOD at nano peaks at step ${short(peak)} (published: ${short(published)}). ` +
  `MOD is acquired at step ${short(acquired)} (median of its levels that are).`;

// Prediction (notebook 04).

/** `The order of acquisition follows the lowest RankMe with ρ = 0.61 (95 % interval 0.42 to 0.77).` */
export const coarse = ({ label }: { label: string }, skill: Skill) =>
  skill.estimate
    ? `The order of acquisition follows the ${label} with ρ = ${estimate(skill.estimate)}.`
    : `The ${label} cannot be judged: ${skill.reason}.`;

export const pairs = (kind: PairKind, { label }: { label: string }, skill: Skill) =>
  skill.estimate
    ? `Of ${counted(skill.cases, 'pair')} of ${PAIRS[kind]}, the ${label} orders ${partOf(skill.estimate, '')} correctly.`
    : `The ${label} cannot be judged: ${skill.reason}.`;
