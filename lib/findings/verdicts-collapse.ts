import { acquisitionCells, laxerIsLater, seedAgreement, tableAgreement } from './acquisition';
import { curveFactor, curvePoints } from './curves';
import {
  collapses,
  floorCells,
  floorGrowth,
  floorSummaries,
  SAME_FLOOR,
  sameFloors,
  sequence,
  taskEffect,
} from './floors';
import { layerFalls, profileMatches, topDown } from './order';
import { scalesOf, selectRuns } from './runs';
import { type MeasuredRun, PRINTED, type RankChoice } from './series';
import { type Estimate, share } from './statistics';
import * as say from './summaries';
import {
  bounds,
  FEWEST,
  type Judge,
  type Judgment,
  judgeAlways,
  judgeRatio,
  overScales,
  unjudged,
  type Verdict,
  weaker,
} from './verdict';

/**
 * Rules for the claims of notebooks 01 and 02, fixed before the runs of this study were looked at. Most ask one question
 * twice: as the paper could see it, and in the way that tells what that is worth.
 */
interface Twice<T, C> {
  /** The result, undefined where these runs do not tell it. */
  readonly find: (runs: readonly MeasuredRun[], choice: C) => T | undefined;
  /** By the paper's rule, and by the test. */
  readonly choices: readonly [C, C];
  readonly test: string;
  readonly words: (found: T) => string;
  readonly verdict: (found: T) => Verdict;
  readonly interval?: (found: T) => Estimate;
}

/** A judge that asks twice, of the runs that are long enough. A claim about all sizes is judged partly at most by one. */
function twice<T, C>({ find, choices, test, words, verdict, interval }: Twice<T, C>): Judge {
  return (given) => {
    const { runs } = selectRuns(given);
    if (runs.length === 0) return unjudged(NONE);
    const [own, other] = choices.map((choice) => find(runs, choice));
    if (own === undefined || other === undefined) return unjudged(TOO_FEW);
    return {
      by_its_rule: {
        value: words(own),
        interval: interval ? bounds(interval(own)) : null,
        verdict: overScales(verdict(own), scalesOf(runs)),
      },
      worth: { test, value: words(other), verdict: verdict(other) },
    };
  };
}

const NONE = 'No run has 1,000 updates.';
const TOO_FEW = 'The runs do not tell it: it takes more scales, or the tasks of the claim.';
const PAPER: RankChoice = { at: 'paper' };
const DENSE: RankChoice = {};
const EVERY_STEP = 'the same runs at every measured step';
const AS_PRINTED = 'the formula that the paper prints, at every measured step';

const some = <T>(found: readonly T[]) => (found.length > 0 ? found : undefined);
const itself = (found: Estimate) => found;

/** Nine of ten tasks lose a quarter; worth: with the printed formula, the common mean taken out. */
const collapse = twice({
  find: collapses,
  choices: [PAPER, { position: 'answer', reading: 'rankme_centered' }],
  test: 'the printed formula, centered, at every measured step',
  words: say.collapse,
  verdict: ({ value }) => judgeAlways(value),
  interval: itself,
});

/** Each task's mean floor is within a quarter of the paper's over the same scales; partly within a half. */
const table = twice({
  find: (runs, choice: RankChoice) => some(floorSummaries(floorCells(runs, choice))),
  choices: [PAPER, DENSE],
  test: EVERY_STEP,
  words: say.floorTable,
  verdict: (found) =>
    weaker(
      ...found.map(({ mean, published }) => judgeRatio(mean / published.mean, SAME_FLOOR, 1.5)),
    ),
});

/** MOD's floor is within a quarter of 2.0 at every scale; partly within a half. */
const mod = twice({
  find: (runs, choice: RankChoice) =>
    some(floorCells(runs, choice).filter(({ task }) => task === 'MOD')),
  choices: [PAPER, PRINTED],
  test: AS_PRINTED,
  words: say.floorBySize,
  verdict: (cells) => weaker(...cells.map(({ mean }) => judgeRatio(mean / 2, SAME_FLOOR, 1.5))),
});

/** Nine of ten tasks have the same floor at the smallest and the largest scale. */
const invariance = twice({
  find: (runs, choice: RankChoice) => sameFloors(floorGrowth(floorCells(runs, choice))),
  choices: [PAPER, DENSE],
  test: EVERY_STEP,
  words: say.sameFloors,
  verdict: ({ value }) => judgeAlways(value),
  interval: itself,
});

/** SORT's and MUL's floors grow by more than a quarter; partly one of them. */
const growth = twice({
  find: (runs, choice: RankChoice) =>
    some(floorGrowth(floorCells(runs, choice)).filter(({ task }) => /SORT|MUL/.test(task))),
  choices: [PAPER, DENSE],
  test: EVERY_STEP,
  words: say.growth,
  verdict: (found) =>
    judgeAlways(found.filter(({ ratio }) => ratio > SAME_FLOOR).length / found.length),
});

/** Tasks explain more of the floors over scales and seeds than floors dealt anew do (p < .05). */
const tasks = twice({
  find: (runs, choice: RankChoice) =>
    scalesOf(runs).length > 1 ? taskEffect(floorCells(runs, choice)) : undefined,
  choices: [PAPER, PRINTED],
  test: AS_PRINTED,
  words: say.taskEffect,
  verdict: ({ chance }) => (chance.p < 0.05 ? 'replicates' : 'does not replicate'),
});

/** Our curves are within a factor of 1.25 of the published points on average; partly within 1.5. */
const curves = twice({
  find: (runs, choice: RankChoice) => curveFactor(curvePoints(runs, choice)),
  choices: [PAPER, PRINTED],
  test: 'the formula that the paper prints, at the same positions',
  words: say.curveFactor,
  verdict: ({ value }) => judgeRatio(value, 1.25, 1.5),
  interval: itself,
});

/** Of the task-levels that v1's table has acquired by the end of our runs, nine of ten are; worth: by v4's mark. */
const acquired = twice({
  find: (runs, version: 'v1' | 'v4') => {
    const due = acquisitionCells(runs, version).filter(
      ({ published, until }) => published !== null && published <= until,
    );
    return share(due.filter(({ ours }) => ours < Number.POSITIVE_INFINITY).length, due.length);
  },
  choices: ['v1', 'v4'],
  test: 'v4’s mark: .5 for three checkpoints',
  words: say.acquired,
  verdict: ({ value }) => judgeAlways(value),
  interval: itself,
});

/** Recovery by acquisition in nine of ten; worth: more often than with another task's recovery. */
const order: Judge = (given) => {
  const found = sequence(selectRuns(given).runs);
  if (!found) return unjudged('No task-level is acquired.');
  const { held, exchanged } = found;
  return {
    by_its_rule: {
      value: say.sequence(held),
      interval: bounds(held),
      verdict: judgeAlways(held.value),
    },
    worth: {
      test: 'recoveries exchanged between the tasks of a run',
      value: say.exchanged(exchanged),
      verdict: exchanged && exchanged.p < 0.05 ? 'replicates' : 'does not replicate',
    },
  };
};

/** Nine of ten published steps are met within a factor of two. */
function steps(
  version: 'v1' | 'v4',
  worth: (runs: readonly MeasuredRun[]) => Judgment['worth'],
): Judge {
  return (given) => {
    const { runs } = selectRuns(given);
    const found = tableAgreement(acquisitionCells(runs, version));
    if (!found) return { ...unjudged(NONE), worth: worth(runs) };
    return {
      by_its_rule: {
        value: say.tableAgreement(found),
        interval: bounds(found.within),
        verdict: overScales(judgeAlways(found.within.value), scalesOf(runs)),
      },
      worth: worth(runs),
    };
  };
}

/** v1's table beside v4's, which holds it up or not without any run. */
const stepsV1 = steps('v1', () => {
  const later = laxerIsLater();
  return {
    test: 'v1’s mark, above .1, against v4’s, .5, in the published tables',
    value: say.laxerIsLater(later),
    verdict: judgeAlways(1 - later.value),
  };
});

/** Do two of our own seeds agree as well? */
const stepsV4 = steps('v4', (runs) => {
  const seeds = seedAgreement(acquisitionCells(runs, 'v4'));
  return {
    test: 'two of our own seeds at the same scale',
    value: say.seedAgreement(seeds),
    verdict: seeds ? judgeAlways(seeds.value) : 'cannot be judged',
  };
});

/** The paper leaves nano out: of two layers one is always deeper. */
const deep = (given: readonly MeasuredRun[], choice: RankChoice) => {
  const { runs } = selectRuns(given.filter(({ info }) => info.model.layers > 2));
  return { scales: scalesOf(runs), falls: runs.flatMap((run) => layerFalls(run, choice)) };
};
const SHALLOW = 'No run of more than two layers has 1,000 updates.';

/** Nine of ten task × size pairs by depth, or an interval that meets the published share; worth: the same by time. */
function layers(published: number): Judge {
  return (given) => {
    const { scales, falls } = deep(given, PAPER);
    const depth = topDown(falls, 'depth').share;
    if (!depth || depth.of < FEWEST) return unjudged(SHALLOW);
    const time = topDown(deep(given, DENSE).falls, 'time');
    const meets = depth.low <= published && depth.high >= published;
    return {
      by_its_rule: {
        value: say.byDepth(depth),
        interval: bounds(depth),
        verdict: overScales(meets ? 'replicates' : judgeAlways(depth.value), scales),
      },
      worth: {
        test: 'top-down in time, at every measured step, against a coin',
        value: say.byTime(time),
        verdict: time.share ? judgeAlways(time.share.value) : 'cannot be judged',
      },
    };
  };
}

/** MOD's ranks by layer are within a factor of 1.25 of the published; worth: is each layer below the one before? */
const profiles: Judge = (given) => {
  const { scales, falls } = deep(given, PAPER);
  const [matches, monotone] = [profileMatches(falls), topDown(falls, 'monotone').share];
  if (matches.length === 0 || !monotone) return unjudged(SHALLOW);
  return {
    by_its_rule: {
      value: say.profiles(matches),
      interval: null,
      verdict: overScales(
        weaker(...matches.map(({ factor }) => judgeRatio(factor, 1.25, 1.5))),
        scales,
      ),
    },
    worth: {
      test: 'every layer below the one before it',
      value: say.monotone(monotone),
      verdict: judgeAlways(monotone.value),
    },
  };
};

/** How each claim of notebooks 01 and 02 is judged, by its id. */
export const collapseJudges: Readonly<Record<string, Judge>> = {
  'collapse-v1': collapse,
  'floors-v1': table,
  'floor-mod-v1': mod,
  'floor-invariance-v1': invariance,
  'floor-growth-v1': growth,
  'floor-tasks-v4': tasks,
  'curves-v1': curves,
  'sequence-v4': order,
  'acquisition-v1': stepsV1,
  'acquisition-v4': stepsV4,
  'acquired-v3': acquired,
  'order-v1': layers(1),
  'order-v3': layers(0.875),
  'order-v4': layers(1),
  'layers-v1': profiles,
};
