import {
  acquisitionCells,
  laxerIsLater,
  seedAgreement,
  tableAgreement,
} from '../findings/acquisition';
import { blindLadder, ladderCells, whileClimbing } from '../findings/blind-ladder';
import { curveFactor, curvePoints } from '../findings/curves';
import * as floors from '../findings/floors';
import { layerFalls, profileMatches, topDown } from '../findings/order';
import { SETTLED, scalesOf } from '../findings/runs';
import { type MeasuredRun, PRINTED, type RankChoice } from '../findings/series';
import { ALPHA, type Estimate, share } from '../findings/statistics';
import * as say from '../findings/summaries';
import { cases, estimate, list, nullOf, short } from '../findings/words';
import {
  always,
  type Judge,
  judge,
  judgeAlways,
  judgeRatio,
  judgeSizes,
  type Side,
  stands,
  weaker,
} from './verdict';

/** Rules for the claims of notebooks 01 and 02, fixed before the runs of this study were looked at. */

type Runs = readonly MeasuredRun[];
const PAPER: RankChoice = { at: 'paper' };
const DENSE: RankChoice = {};
const EVERY_STEP = 'the same runs at every measured step';
const AS_PRINTED = 'the formula that the paper prints, at every measured step';
const CLIMBING =
  'the plain explanation: the floor comes while outputs climb the ladder of blind answers';
const OTHER_MARK = 'v1’s mark, above .1, against v4’s, .5, in the published tables';

/** Asks one question twice: as the paper could see it, and in the way that tells what that is worth. */
function twice<T extends object, C>(
  test: string,
  choices: readonly [C, C],
  find: (runs: Runs, choice: C) => T | undefined,
  side: (found: T) => Side,
): Judge {
  return judgeSizes(test, (runs) => {
    const [own, other] = choices.map((choice) => find(runs, choice));
    return [own && side(own), other && side(other)];
  });
}
const some = <T>(found: readonly T[]) => (found.length > 0 ? found : undefined);

/** Claims about layers leave nano out, as the paper does: of two layers one is always deeper. */
const deep = (test: string, look: (runs: Runs) => readonly [Side, Side]): Judge =>
  judgeSizes(test, look, 3);
const judgeCurve = ({ value }: Pick<Estimate, 'value'>) => judgeRatio(value, 1.25, 1.5);
const sameFloor = (ratio: number) => judgeRatio(ratio, floors.SAME_FLOOR, 1.5);
const growth = (runs: Runs, choice: RankChoice) =>
  floors.floorGrowth(floors.floorCells(runs, choice));
const falls = (runs: Runs, choice: RankChoice) => runs.flatMap((run) => layerFalls(run, choice));

/** Nine of ten combinations of task and size by depth, or an interval that meets the published share; worth (C2): the same by time. */
const layers = (published: number) =>
  deep(
    'top-down in time, at every measured step, against orders turned around at random',
    (runs) => {
      const depth = topDown(falls(runs, PAPER), 'depth').share;
      const time = topDown(falls(runs, DENSE), 'time');
      const prompt = topDown(falls(runs, { at: 'paper', position: 'prompt' }), 'depth').share;
      const elsewhere = prompt ? ` ${say.atPrompt(prompt)}` : '';
      const met = depth && depth.low <= published && depth.high >= published;
      return [
        depth && always(depth, say.byDepth(depth), met ? 'replicates' : undefined),
        time.share && always(time.share, `${say.byTime(time)}${elsewhere}`),
      ];
    },
  );

/** Nine of ten published steps are met within a factor of two. */
const steps = (version: 'v1' | 'v4', runs: Runs): Side => {
  const found = tableAgreement(acquisitionCells(runs, version));
  return found && always(found.within, say.tableAgreement(found));
};

/** How each claim of notebooks 01 and 02 is judged, by its id. */
export const collapseJudges: Readonly<Record<string, Judge>> = {
  /** Nine of ten tasks lose a quarter; worth (C10): with the printed formula, the common mean taken out. */
  'collapse-v1': twice(
    'the printed formula, centered, at every measured step',
    [PAPER, { position: 'answer', reading: 'rankme_centered' }],
    floors.collapses,
    (found) => always(found, say.collapse(found)),
  ),

  /** Nine of ten floors come by step 1,000; worth (C10): not while outputs climb from one blind answer to the next. */
  'collapse-early-v1': judgeSizes(CLIMBING, (runs) => {
    const early = floors.earlyFloors(runs, PAPER);
    const plain = whileClimbing(ladderCells(runs.flatMap((run) => blindLadder(run))));
    return [
      early &&
        always(
          early,
          `The floor comes by step ${short(SETTLED)} in ${cases(early, 'combinations of task and size')}.`,
        ),
      plain && always(plain, say.ladderCells(plain), judgeAlways(1 - plain.value)),
    ];
  }),

  /** Each task's mean floor is within a quarter of the paper's over the same scales; partly within a half (C1). */
  'floors-v1': twice(
    EVERY_STEP,
    [PAPER, DENSE],
    (runs, choice) => some(floors.floorSummaries(floors.floorCells(runs, choice))),
    (found) => {
      const near = found.map(({ mean, published }) => sameFloor(mean / published.mean));
      return { value: say.floorTable(found), verdict: weaker(...near) };
    },
  ),

  /** MOD's floor is within a quarter of 2.0 at every scale; partly within a half. */
  'floor-mod-v1': twice(
    AS_PRINTED,
    [PAPER, PRINTED],
    (runs, choice) => some(floors.floorCells(runs, choice).filter(({ task }) => task === 'MOD')),
    (cells) => ({
      value: `MOD’s floor is ${list(cells.map(({ mean, scale }) => `${mean.toFixed(2)} at ${scale}`))}.`,
      verdict: weaker(...cells.map(({ mean }) => sameFloor(mean / 2))),
    }),
  ),

  /** Nine of ten tasks have the same floor at the smallest and the largest scale (C1). */
  'floor-invariance-v1': twice(
    EVERY_STEP,
    [PAPER, DENSE],
    (runs, choice) => floors.sameFloors(growth(runs, choice)),
    (found) => {
      const near = `within a quarter of each other in ${cases(found, 'tasks')}`;
      return always(found, `Floors at ${found.from} and ${found.to} are ${near}.`);
    },
  ),

  /** SORT's and MUL's floors grow by more than a quarter; partly one of them (C1). */
  'floor-growth-v1': twice(
    EVERY_STEP,
    [PAPER, DENSE],
    (runs, choice) => some(growth(runs, choice).filter(({ task }) => /SORT|MUL/.test(task))),
    (found) => {
      const words = found.map(({ task, ratio }) => `${task}’s by ${ratio.toFixed(2)}`);
      const grown = found.filter(({ ratio }) => ratio > floors.SAME_FLOOR).length;
      const [{ from, to }] = found;
      const value = `From ${from} to ${to} floors grow by a factor: ${list(words)}.`;
      return { value, verdict: judgeAlways(grown / found.length) };
    },
  ),

  /** Tasks explain more of the floors over scales and seeds than floors dealt to tasks at random do (p < .05). */
  'floor-tasks-v4': twice(
    AS_PRINTED,
    [PAPER, PRINTED],
    (runs, choice) =>
      scalesOf(runs).length > 1 ? floors.taskEffect(floors.floorCells(runs, choice)) : undefined,
    ({ explained, chance }) => ({
      value:
        `The task explains ${(100 * explained).toFixed(0)} % of the variance of ln(floor); ` +
        `floors dealt to tasks at random explain ${nullOf(chance)}.`,
      verdict: stands(chance.p < ALPHA),
    }),
  ),

  /** Our curves are within a factor of 1.25 of the published points on average; partly within 1.5. */
  'curves-v1': twice(
    'the formula that the paper prints, at the same positions',
    [PAPER, PRINTED],
    (runs, choice) => curveFactor(curvePoints(runs, choice)),
    (found) => ({ value: say.curveFactor(found), interval: found, verdict: judgeCurve(found) }),
  ),

  /** Our micro at step 100 is within 1.25 of the published point, partly 1.5; worth (C11): labels 100 lower fit no better. */
  'micro-steps-v1': judge('the later points with the labels as printed, and 100 lower', (runs) => {
    const micro = runs.filter(({ info }) => info.training.scale === 'micro');
    const [points, lower] = [curvePoints(micro), curvePoints(micro, {}, '100 too high')];
    const there = curveFactor(points.filter(({ step }) => step === 100));
    const printed = curveFactor(points.filter(({ step }) => step > 100));
    const moved = curveFactor(lower.filter(({ step }) => step > 0));
    if (!there || !printed || !moved) return [undefined, undefined];
    const value = `Our micro net at step 100 is off the published point by a factor of ${estimate(there)}.`;
    const told =
      `Later points are off by a factor of ${printed.value.toFixed(2)} with the labels as printed, ` +
      `and of ${moved.value.toFixed(2)} with labels 100 lower.`;
    return [
      { value, verdict: judgeCurve(there), interval: there },
      { value: told, verdict: stands(printed.value <= moved.value) },
    ];
  }),

  /** Recovery by acquisition in nine of ten; worth: more often than with another task's recovery. */
  'sequence-v4': judge('recoveries exchanged between the tasks of a run', (runs) => {
    const { held, exchanged } = floors.sequence(runs) ?? {};
    if (!held || !exchanged) return ['No task-level is acquired.', 'No task-level is acquired.'];
    const words = `Half of the fall is regained before acquisition in ${cases(held, 'task-levels')}.`;
    const told = `With another task’s recovery it would be ${nullOf(exchanged)}.`;
    return [always(held, words), always(held, told, stands(exchanged.p < ALPHA))];
  }),

  /** v1's table of steps; beside v4's, which holds it up or not without any run (C6). */
  'acquisition-v1': judgeSizes(OTHER_MARK, (runs) => {
    const later = laxerIsLater();
    const verdict = judgeAlways(1 - later.value);
    return [steps('v1', runs), { value: say.laxerIsLater(later), verdict }];
  }),

  /** v4's table of steps; worth: do two of our own seeds agree as well? */
  'acquisition-v4': judgeSizes('two of our own seeds at the same scale', (runs) => {
    const seeds = seedAgreement(acquisitionCells(runs, 'v4'));
    return [
      steps('v4', runs),
      seeds
        ? always(seeds, `Two seeds agree within a factor of two in ${cases(seeds, 'cells')}.`)
        : 'There is one seed a scale, so the spread between seeds is not known.',
    ];
  }),

  /** Of the task-levels that v1's table has acquired by the end of our runs, nine of ten are; worth: by v4's mark (C8). */
  'acquired-v3': twice(
    'v4’s mark: .5 for three checkpoints',
    ['v1', 'v4'],
    (runs, version: 'v1' | 'v4') => {
      const cells = acquisitionCells(runs, version);
      const due = cells.filter(({ published, until }) => published !== null && published <= until);
      const found = share(due.filter(({ ours }) => ours < Infinity).length, due.length);
      return found && { found, blind: version === 'v4' ? ` ${say.atChance(cells)}` : '' };
    },
    ({ found, blind }) => {
      const due = 'Of the task-levels that are due by the end of our runs';
      return always(found, `${due}, ${cases(found, 'are acquired')}.${blind}`);
    },
  ),

  'order-v1': layers(1),
  'order-v3': layers(0.875),
  'order-v4': layers(1),

  /** MOD's ranks by layer are within a factor of 1.25 of the published; worth (C2): is each layer below the one before? */
  'layers-v1': deep('every layer below the one before it', (runs) => {
    const own = falls(runs, PAPER);
    const matches = profileMatches(own);
    const near = matches.map(({ factor }) => judgeRatio(factor, 1.25, 1.5));
    const monotone = topDown(own, 'monotone').share;
    const below = monotone && cases(monotone, 'combinations of task and size');
    return [
      some(near) && { value: say.profiles(matches), verdict: weaker(...near) },
      monotone && always(monotone, `Each layer is below the one before it in ${below}.`),
    ];
  }),
};
