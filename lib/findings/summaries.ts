import { median } from 'simple-statistics';
import type { AcquisitionCell, TableAgreement } from './acquisition';
import { type LadderCell, RUNG_NAMES, type RungFit } from './blind-ladder';
import { COLLAPSE, nameOf } from './definitions';
import type { Floor, FloorCell, FloorGrowth, FloorSummary, SameFloors, TaskEffect } from './floors';
import type { Identified } from './identification';
import type { ProfileMatch, TopDown } from './order';
import type { Chance, Estimate, Share } from './statistics';
import { counted, list, of, percent, pValue, short } from './words';

/**
 * Each result of notebooks 01 and 02 in words, once: titles, cells and the ledger take the same sentence. The subject
 * comes first; a sentence has one number and its interval.
 */

/** `7 of 8 tasks (95 % interval 53 % to 98 %)`. */
const shareOf = (found: Share, noun: string) =>
  `${of(found)} ${noun} (95 % interval ${percent(found.low)} to ${percent(found.high)})`;
/** `2.12 ± 0.17` over several sizes, `2.12` over one. */
const withSpread = (
  { mean, deviation }: { mean: number; deviation: number },
  { scales }: FloorSummary,
) => (scales.length > 1 ? `${mean.toFixed(2)} ± ${deviation.toFixed(2)}` : mean.toFixed(2));

export function collapse(found: Share): string {
  return `The rank loses a quarter or more in ${shareOf(found, 'tasks')}.`;
}

/** How far the rank falls in one run. */
export function fall(floors: readonly Floor[]): string {
  const deepest = floors.reduce((a, b) => (b.fall > a.fall ? b : a));
  const fallen = floors.filter(({ fall }) => fall >= COLLAPSE.share).length;
  return (
    `The rank loses a quarter or more in ${fallen} of ${floors.length} tasks; ` +
    `${deepest.task}’s falls from ${short(deepest.start)} to ${short(deepest.floor)} at step ${short(deepest.step)}.`
  );
}

/** The table of floors: `SORT 2.91 ± 0.40 (published 2.54 ± 0.36)`. */
export function floorTable(summaries: readonly FloorSummary[]): string {
  const words = summaries.map(
    (one) => `${one.task} ${withSpread(one, one)} (published ${withSpread(one.published, one)})`,
  );
  return `Floors at ${list(summaries[0]?.scales ?? [])}: ${words.join(', ')}.`;
}

/** One task's floor by the paper's sampling beside dense sampling. */
export function sampling(sampled: FloorSummary, dense: FloorSummary): string {
  return (
    `${sampled.task}’s floor is ${withSpread(sampled, sampled)} at the paper’s steps ` +
    `and ${withSpread(dense, dense)} at every measured step.`
  );
}

export function floorBySize(cells: readonly FloorCell[]): string {
  const words = cells.map(({ mean, scale }) => `${mean.toFixed(2)} at ${scale}`);
  return `${cells[0].task}’s floor is ${list(words)}.`;
}

export function sameFloors(found: SameFloors): string {
  return `Floors at ${found.from} and ${found.to} are within a quarter of each other in ${shareOf(found, 'tasks')}.`;
}

export function growth(found: readonly FloorGrowth[]): string {
  const words = found.map(({ task, ratio }) => `${task}’s by ${ratio.toFixed(2)}`);
  return `From ${found[0].from} to ${found[0].to} floors grow by a factor: ${list(words)}.`;
}

export function taskEffect({ explained, chance }: TaskEffect): string {
  return (
    `The task explains ${percent(explained)} of the variance of ln(floor); ` +
    `floors dealt anew give ${percent(chance.mean)} (${pValue(chance.p)}).`
  );
}

export function sequence(held: Share): string {
  return `Half of the fall is regained before acquisition in ${shareOf(held, 'task-levels')}.`;
}

export function exchanged(chance: Chance | undefined): string {
  if (!chance) return 'There is nothing to exchange.';
  return `With another task’s recovery it would be ${percent(chance.mean)} (${pValue(chance.p)}).`;
}

export function curveFactor(found: Estimate): string {
  const [low, high] = [found.low, found.high].map((value) => value.toFixed(2));
  return `Our curves are off the published ones by a factor of ${found.value.toFixed(2)} (95 % interval ${low} to ${high}).`;
}

/** Which convention comes nearest to the published numbers. */
export function identified([best, ...others]: readonly Identified[], numbers: string): string {
  const printed = others.find(
    ({ convention: { reading, position, level } }) =>
      reading === 'rankme' && position === 'answer' && level === undefined,
  );
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

export function within(found: TableAgreement): string {
  return `Steps agree within a factor of two in ${shareOf(found.within, 'cells')}.`;
}

export function tableAgreement(found: TableAgreement): string {
  const { correlation } = found;
  const rank =
    correlation === undefined ? '' : ` The rank correlation is ${correlation.toFixed(2)}.`;
  return `${within(found)}${rank}`;
}

/** Cells that are off by more than a factor of two, the furthest first. */
export function offCells(off: readonly AcquisitionCell[]): string {
  if (off.length === 0) return 'No cell is off by more than a factor of two.';
  const words = off.slice(0, 5).map((cell) => {
    const ratio =
      cell.ratio === Number.POSITIVE_INFINITY ? 'not acquired' : `× ${short(cell.ratio!)}`;
    return `${nameOf(cell)} at ${cell.scale} (${ratio})`;
  });
  const more = off.length > 5 ? `, and ${off.length - 5} more` : '';
  return `Off by more than a factor of two: ${words.join(', ')}${more}.`;
}

export function seedAgreement(found: Share | undefined): string {
  if (!found) return 'There is one seed a scale, so the spread between seeds is not known.';
  return `Two seeds agree within a factor of two in ${shareOf(found, 'cells')}.`;
}

export function laxerIsLater(found: Share): string {
  return `v1’s step is later than v4’s in ${of(found)} published cells, which its laxer mark cannot be in one training.`;
}

/** C8: task-levels whose blind answers pass v1's mark of .1. */
export function atChance(cells: readonly AcquisitionCell[]): string {
  const names = [...new Set(cells.filter(({ chance }) => chance > 0.1).map(nameOf))];
  return `Answers that ignore the input pass v1’s mark of .1 in ${counted(names.length, 'task-level')}: ${list(names)}.`;
}

export function acquired(found: Share): string {
  return `Of the task-levels that are due by the end of our runs, ${shareOf(found, 'are acquired')}.`;
}

export function byDepth(found: Share): string {
  return `The last layer falls deepest in ${shareOf(found, 'task × size')}.`;
}

export function byTime({ share, chance }: TopDown): string {
  if (!share) return 'No task has two layers that fall.';
  const coin = chance ? ` A coin gives ${percent(chance.mean)} (${pValue(chance.p)}).` : '';
  return `The last layers fall first in ${shareOf(share, 'task × size')}.${coin}`;
}

export function monotone(found: Share): string {
  return `Each layer is below the one before it in ${shareOf(found, 'task × size')}.`;
}

export function profiles(matches: readonly ProfileMatch[]): string {
  const words = matches.map(({ scale, factor }) => `${factor.toFixed(2)} at ${scale}`);
  return `MOD’s ranks by layer are off the published ones by a factor of ${list(words)}.`;
}

/** On which rung the floor stands, over the tasks of some runs. */
export function ladder(fits: readonly RungFit[]): string {
  const best = fits.reduce((a, b) => (b.nearest > a.nearest ? b : a));
  return (
    `The floor is nearest to the step of ${RUNG_NAMES[best.rung]} in ` +
    `${best.nearest} of ${best.cases} tasks.`
  );
}

/** Whether the floor's step follows a rung's from task to task. */
export function rungFit({ rung, correlation, p }: RungFit): string {
  if (correlation === undefined)
    return `${RUNG_NAMES[rung]} has its minimum at one step in all tasks.`;
  const chance = p === undefined ? '' : ` (${pValue(p)} after Bonferroni over four rungs)`;
  return `The floor’s step follows that of ${RUNG_NAMES[rung]} with ρ = ${correlation.toFixed(2)}${chance}.`;
}

/** How the floor lies between the rungs, over tasks and sizes. */
export function ladderCells(cells: readonly LadderCell[]): string {
  const between = cells.filter(
    ({ floor, minima }) => floor.median > minima.token.median && floor.median < minima.level.median,
  );
  return (
    `The floor lies between ${RUNG_NAMES.token} and ${RUNG_NAMES.level} ` +
    `in ${between.length} of ${cells.length} task × size.`
  );
}

/** Steps of one task's ladder: `SORT at nano: p(token) 86, floor 247, …`, in their order. */
export function climb({ task, scale, floor, minima }: LadderCell): string {
  const events = [
    { name: 'floor', step: floor.median },
    ...Object.entries(minima).map(([rung, { median }]) => ({
      name: RUNG_NAMES[rung as keyof typeof RUNG_NAMES],
      step: median,
    })),
  ].sort((a, b) => a.step - b.step);
  return `${task} at ${scale}: ${events.map(({ name, step }) => `${name} at ${short(step)}`).join(', ')}.`;
}

/** What is left of rank and loss where each state is the mean of its class. */
export function classMeans(
  found: readonly Readonly<Record<'between' | 'loss' | 'lossOfMeans', number>>[],
): string {
  const between = median(found.map((one) => one.between));
  const rise = median(found.map(({ loss, lossOfMeans }) => lossOfMeans - loss));
  return (
    `Task, level and place hold ${percent(between)} of the states’ variance in the median task; ` +
    `read out from class means, the loss is ${short(rise)} nats higher.`
  );
}
