import { mean } from 'simple-statistics';
import { COLLAPSE, nameOf } from './definitions';
import type { Evidence } from './evidence';
import { SAME_FLOOR } from './floor-scaling';
import type { Floor } from './floors';
import { against, type Estimate, type Share, share, shuffled } from './statistics';
import {
  bounds,
  type Judgment,
  judgeNumber,
  judgeUniversal,
  percent,
  pValue,
  unjudged,
  type Verdict,
} from './verdict';

type Judge = (evidence: Evidence) => Judgment;

/** Published number of scales and of task-levels at each. */
const [SCALES_V1, SCALES_V4, TASK_LEVELS] = [5, 6, 24];
const PUBLISHED_MOD = 2;
/** Significance of the difference between tasks. */
const ALPHA = 0.05;

/** A statement about the plan: replicates with all scales, partly with several. */
function scaleVerdict(published: number): Judge {
  return ({ scales, runs }) => {
    const ours = `${scales.length}: ${scales.join(', ')} (${runs.length} whole ${runs.length === 1 ? 'run' : 'runs'})`;
    if (scales.length < 2) return unjudged(ours);
    return { ours, interval: null, verdict: scales.length >= published ? 'replicates' : 'partly' };
  };
}

/** Replicates where nine of ten task-levels of all runs collapse by a quarter or more, partly from half. */
const collapse: Judge = ({ floors, floorsCentered }) => {
  const count = (all: Evidence['floors']) => {
    const found = all.flatMap(({ found }) => found);
    return share(found.filter(({ fall }) => fall >= COLLAPSE.share).length, found.length);
  };
  const [raw, centered] = [count(floors), count(floorsCentered)];
  if (!raw || !centered) return unjudged('no geometry was measured');
  const ours = `${percent(raw.value)}: ${raw.count} of ${raw.of} task-levels lose ${percent(COLLAPSE.share)} or more; centered ${centered.count}`;
  return { ours, interval: bounds(raw), verdict: judgeUniversal(raw.value) };
};

/**
 * For each task-level with runs at the smallest and the largest scale: the factor between its mean floors
 * there. Replicates where nine of ten stay within a quarter, partly where half do.
 */
const invariance: Judge = ({ floors, scales }) => {
  if (scales.length < 2)
    return unjudged(`it takes two scales; whole runs are at ${scales.join(', ')} only`);
  const [small, large] = [scales[0], scales[scales.length - 1]];
  const means = (scale: string) => {
    const own = floors.filter(({ run }) => run.info.training.scale === scale);
    return new Map(
      own[0].found.map((floor) => [
        nameOf(floor),
        mean(
          own.flatMap(({ found }) =>
            found.filter((one) => nameOf(one) === nameOf(floor)).map(({ floor }) => floor),
          ),
        ),
      ]),
    );
  };
  const [a, b] = [means(small), means(large)];
  const factors = [...a].flatMap(([name, floor]) => {
    const other = b.get(name);
    return other === undefined ? [] : [Math.max(other / floor, floor / other)];
  });
  const same = share(factors.filter((factor) => factor <= SAME_FLOOR).length, factors.length);
  if (!same) return unjudged('no task-level was measured at two scales');
  const ours = `${percent(same.value)} of task-levels have the same floor within a factor of ${SAME_FLOOR} at ${small} and ${large}; largest factor ${Math.max(...factors).toFixed(1)}`;
  return { ours, interval: bounds(same), verdict: judgeUniversal(same.value) };
};

/** Replicates where tasks explain more of the variance of ln(floor) than when floors are dealt anew. */
const taskSpecific: Judge = ({ floors }) => {
  const values = floors.flatMap(({ found }) =>
    found.map(({ task, floor }) => ({ task, log: Math.log(floor) })),
  );
  const seen = explained(values);
  if (seen === undefined) return unjudged('the floors of fewer than two tasks were measured');
  const chance = against(seen, (random) => {
    const order = shuffled(values, random);
    return explained(values.map(({ task }, i) => ({ task, log: order[i].log })));
  });
  const p = chance?.p ?? 1;
  const ours = `the task explains ${percent(seen)} of the variance of ln(floor) over levels and runs (by chance ${percent(chance?.mean ?? 0)}, ${pValue(p)})`;
  return { ours, interval: null, verdict: p < ALPHA ? 'replicates' : 'does not' };
};

/** Share of variance between groups (η²). */
function explained(values: readonly { task: string; log: number }[]): number | undefined {
  const tasks = [...new Set(values.map(({ task }) => task))];
  if (tasks.length < 2) return undefined;
  const center = mean(values.map(({ log }) => log));
  const total = values.reduce((sum, { log }) => sum + (log - center) ** 2, 0);
  if (total === 0) return undefined;
  const between = tasks.reduce((sum, task) => {
    const own = values.filter((one) => one.task === task).map(({ log }) => log);
    return sum + own.length * (mean(own) - center) ** 2;
  }, 0);
  return between / total;
}

/**
 * Replicates where the mean floor of MOD is within a quarter of 2.0 at every one of two scales or more,
 * partly where it is at the only one there is, or at half of several.
 */
const modFloor: Judge = ({ floors, scales }) => {
  const means = scales.flatMap((scale) => {
    const found = floors
      .filter(({ run }) => run.info.training.scale === scale)
      .flatMap(({ found }) => found.filter(({ task }) => task === 'MOD'))
      .map(({ floor }) => floor);
    return found.length > 0 ? [{ scale, floor: mean(found), found }] : [];
  });
  if (means.length === 0) return unjudged('MOD was not measured');
  const near = means.filter(
    ({ floor }) => Math.max(floor / PUBLISHED_MOD, PUBLISHED_MOD / floor) <= SAME_FLOOR,
  );
  const ours = means
    .map(
      ({ scale, floor, found }) =>
        `${floor.toFixed(2)} at ${scale} (${Math.min(...found).toFixed(2)} to ${Math.max(...found).toFixed(2)})`,
    )
    .join(', ');
  let verdict: Verdict = 'does not';
  if (near.length === means.length && means.length > 1) verdict = 'replicates';
  else if (near.length >= means.length / 2) verdict = 'partly';
  return { ours: `mean over levels and seeds ${ours}`, interval: null, verdict };
};

/** Events in which what `before` names comes no later than emergence; nine of ten replicate, half partly. */
function sequence(words: string, before: (floor: Floor) => boolean): Judge {
  return ({ floors }) => {
    const events = floors.flatMap(({ found }) =>
      found.filter((floor) => floor.emergenceStep !== undefined),
    );
    const found = share(events.filter(before).length, events.length);
    if (!found) return unjudged('nothing emerges');
    const ours = `${percent(found.value)}: ${found.count} of ${found.of} events ${words}`;
    return { ours, interval: bounds(found), verdict: judgeUniversal(found.value) };
  };
}

function emerged({ emergences }: Evidence): Share | undefined {
  const found = emergences.flatMap(({ found }) => found);
  return share(found.filter(({ step }) => step !== undefined).length, found.length);
}

/** A number of events can only be reached with the published number of scales. */
function eventCount(fewest: number, scales: number, counted: 'events' | 'combinations'): Judge {
  return (evidence) => {
    const found = emerged(evidence);
    if (!found) return unjudged('no behavior was measured');
    const own = evidence.scales.length * TASK_LEVELS;
    const ours = `${found.count} events in ${found.of} task-levels of ${evidence.runs.length} ${evidence.runs.length === 1 ? 'run' : 'runs'}; ${own} combinations at ${evidence.scales.join(', ')}`;
    if (evidence.scales.length < scales) return unjudged(ours);
    const reached = (counted === 'events' ? found.count : own) >= fewest;
    return { ours, interval: null, verdict: reached ? 'replicates' : 'does not' };
  };
}

/** 119 of 120, by the interval of our share, whatever scales there are. */
const eventShare: Judge = (evidence) => {
  const found = emerged(evidence);
  if (!found) return unjudged('no behavior was measured');
  const published: Estimate['value'] = 119 / 120;
  return {
    ours: `${percent(found.value)}: ${found.count} of ${found.of} task-levels emerge (${evidence.scales.join(', ')})`,
    interval: bounds(found),
    verdict: judgeNumber(found, [published, published], 0.5),
  };
};

const floorFirst = sequence(
  'reach their floor first',
  ({ floorStep, emergenceStep, fall }) =>
    fall >= COLLAPSE.share && floorStep < (emergenceStep as number),
);
const recoveryFirst = sequence(
  'have regained half of the fall by then',
  ({ recoveryStep, emergenceStep, fall }) =>
    fall >= COLLAPSE.share &&
    recoveryStep !== undefined &&
    recoveryStep <= (emergenceStep as number),
);

/** Rules for the claims of notebook 01. */
export const floorVerdicts: Record<string, Judge> = {
  'scales-v1': scaleVerdict(SCALES_V1),
  'scales-v4': scaleVerdict(SCALES_V4),
  'collapse-v1': collapse,
  'floor-invariance-v1': invariance,
  'floor-invariance-v4': taskSpecific,
  'floor-mod-v1': modFloor,
  'sequence-v1': floorFirst,
  'sequence-v4': recoveryFirst,
  'events-v1': eventCount(SCALES_V1 * TASK_LEVELS, SCALES_V1, 'events'),
  'events-v3': eventShare,
  'events-v4': eventCount(SCALES_V4 * TASK_LEVELS, SCALES_V4, 'combinations'),
};
