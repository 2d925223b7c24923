import { mean } from 'simple-statistics';
import { storedParts } from '../interventions/intervention';
import { RUNGS, type Rung } from '../tasks';
import { armName, type Pair } from './causal-arms';
import { type Effect, effectOf, type PairedRatio } from './causal-effect';
import { acquisitions, difficulty } from './definitions';
import { floors } from './floors';
import {
  behaviorSeries,
  during,
  groupBy,
  IDENTIFIED,
  lowest,
  type MeasuredRun,
  meanSeries,
  nameOf,
  PRINTED,
  type RankChoice,
  type Series,
  taskLevelsOf,
} from './series';
import { bootstrap, type Estimate } from './statistics';

/** What an intervention did, over the pairs of its arm. */
export interface ArmOutcome {
  readonly arm: string;
  /** In words, with its size where that is not nano. */
  readonly name: string;
  readonly pairs: readonly Pair[];
  /** Lowest rank over tasks, in the identified convention: did the intervention change the floor? */
  readonly floor: Effect;
  /** The same by the formula that the paper prints. */
  readonly floorPrinted: Effect;
  readonly floorStep: Effect;
  /** Share of task × seed that regain half of the fall within the run. */
  readonly recovered: { readonly arm: number; readonly baseline: number };
  /** By rung, least KL to the blind answers, mean over task-levels, nats per token: arm minus baseline. */
  readonly rungs: Readonly<Record<Rung, Estimate | undefined>>;
  /** Steps of acquisition of the hard task-levels, by v4's rule. */
  readonly acquisition: Effect;
  /** The same of each that at least one run of a pair acquires. */
  readonly byLevel: readonly { readonly name: string; readonly effect: Effect }[];
  /** Mean accuracy over the hard task-levels at the end: arm minus baseline, −1…1. */
  readonly accuracy: Estimate | undefined;
  /** What the intervention itself cost when its window closed (at the end of the run, where it has none). */
  readonly cost: {
    readonly step: number;
    /** Log-probability lost over all task-levels, nats per token: baseline minus arm. */
    readonly nats: Estimate | undefined;
    /** Updates lost: how long before the baseline was where the arm is then; below 0 where the arm is ahead. */
    readonly updates: Estimate | undefined;
  };
}

/**
 * What each arm did, size by size, by rules that were set before any arm was looked at ({@link effectOf}).
 *
 * ```ts
 * const outcomes = armOutcomes(pairsOf(studyRuns(ARMS)).pairs);
 * ```
 */
export function armOutcomes(pairs: readonly Pair[]): ArmOutcome[] {
  const scales = groupBy(pairs, ({ run }) => run.info.training.scale);
  return [...scales].flatMap(([scale, sized]) => {
    const arms = groupBy(sized, ({ arm }) => arm);
    return [...arms].map(([arm, own]) => outcomeOf(arm, scale, own));
  });
}

function outcomeOf(arm: string, scale: string, pairs: readonly Pair[]): ArmOutcome {
  const floorEffect = (choice: RankChoice, of: 'floor' | 'step') =>
    effectOf(pairs.map((pair) => floorRatio(pair, choice, of)));
  const steps = pairs.map(({ run, baseline }) => [stepsOf(run), stepsOf(baseline)] as const);
  const acquisitionEffect = (levels: readonly string[]) => {
    const ratios = pairs.map((pair, i) => acquisitionRatio(pair, steps[i], levels));
    return effectOf(ratios.filter(({ cases }) => cases > 0));
  };
  const hard = taskLevelsOf(pairs[0].baseline).filter(({ task }) => difficulty(task) === 'hard');
  const names = hard.map(nameOf);
  const recovered = (side: 'run' | 'baseline') => {
    const all = pairs.flatMap((pair) => floors(pair[side]));
    return all.filter(({ recovery }) => recovery !== undefined).length / all.length;
  };
  const { intervention, step: end } = pairs[0].run.info;
  const closings = storedParts(intervention!).map(({ until }) => Number(until ?? end));
  const closes = Math.min(end, Math.max(...closings));
  const untilClosed = (series: Series) => during(series, (step) => step <= closes);
  const lost = pairs.map((pair) => updatesLost(pair, untilClosed));
  return {
    arm,
    pairs,
    name: `${armName(arm)}${scale === 'nano' ? '' : `, ${scale}`}`,
    floor: floorEffect(IDENTIFIED, 'floor'),
    floorPrinted: floorEffect(PRINTED, 'floor'),
    floorStep: floorEffect(IDENTIFIED, 'step'),
    recovered: { arm: recovered('run'), baseline: recovered('baseline') },
    rungs: Object.fromEntries(
      RUNGS.map((rung) => [rung, difference(pairs, `kl_${rung}`, (kl) => lowest(kl)!.value)]),
    ) as ArmOutcome['rungs'],
    acquisition: acquisitionEffect(names),
    byLevel: names.flatMap((name) => {
      const effect = acquisitionEffect([name]);
      return effect.bySeed.length > 0 ? [{ name, effect }] : [];
    }),
    accuracy: difference(pairs, 'accuracy', lastOf, names),
    cost: {
      step: closes,
      nats: difference(pairs, 'log_prob', (series) => -lastOf(untilClosed(series))),
      updates: bootstrap(lost, mean),
    },
  };
}

/** Log-ratio of what floors say, mean over the tasks of one pair. */
function floorRatio({ seed, baseline, run }: Pair, choice: RankChoice, of: 'floor' | 'step') {
  const plain = floors(baseline, choice);
  const logs = floors(run, choice).flatMap((floor) => {
    const other = plain.find(({ task }) => task === floor.task);
    return other ? [Math.log(floor[of] / other[of])] : [];
  });
  return { seed, log: mean(logs), cases: logs.length, armLacks: 0, baselineLacks: 0 };
}

/** Steps of acquisition by task-level, by v4's rule; undefined: not within the run. */
function stepsOf(run: MeasuredRun): Map<string, number | undefined> {
  return new Map(acquisitions(run, 'v4').map((one) => [nameOf(one), one.step]));
}

/** Log-ratio of the steps of acquisition, mean over the task-levels that at least one of the two acquires. */
function acquisitionRatio(
  { seed, baseline, run }: Pair,
  [ours, plain]: readonly ReturnType<typeof stepsOf>[],
  levels: readonly string[],
): PairedRatio {
  const cases = levels
    .map((name) => ({ arm: ours.get(name), base: plain.get(name) }))
    .filter(({ arm, base }) => arm !== undefined || base !== undefined);
  const logs = cases.map(({ arm = run.info.step, base = baseline.info.step }) =>
    // Steps begin at 0: what is guessed right untrained counts as acquired at update 1.
    Math.log(Math.max(1, arm) / Math.max(1, base)),
  );
  return {
    seed,
    log: logs.length > 0 ? mean(logs) : 0,
    cases: cases.length,
    armLacks: cases.filter(({ arm }) => arm === undefined).length,
    baselineLacks: cases.filter(({ base }) => base === undefined).length,
  };
}

/** Updates by which the arm is behind its baseline when the window closes, by the log-probability of all task-levels. */
function updatesLost({ run, baseline }: Pair, untilClosed: (series: Series) => Series): number {
  const [ours, plain] = [run, baseline].map((one) => {
    const all = taskLevelsOf(one).map(
      ({ task, level }) => behaviorSeries(one, task, level, 'log_prob')!,
    );
    return untilClosed(meanSeries(all));
  });
  const behind = lastOf(ours) <= lastOf(plain);
  const [slow, fast] = behind ? [ours, plain] : [plain, ours];
  const reached = fast.steps[fast.values.findIndex((value) => value >= lastOf(slow))];
  return (behind ? 1 : -1) * (fast.steps.at(-1)! - reached);
}

const lastOf = ({ values }: Series) => values.at(-1)!;

/**
 * Arm minus baseline, mean over seeds with a bootstrap interval, of what a column of behavior says; mean over all
 * task-levels, or those of some names.
 */
function difference(
  pairs: readonly Pair[],
  column: Parameters<typeof behaviorSeries>[3],
  of: (series: Series) => number,
  names?: readonly string[],
) {
  const meanOf = (run: MeasuredRun) => {
    const levels = taskLevelsOf(run).filter((one) => names?.includes(nameOf(one)) ?? true);
    return mean(levels.map(({ task, level }) => of(behaviorSeries(run, task, level, column)!)));
  };
  const differences = pairs.map(({ run, baseline }) => meanOf(run) - meanOf(baseline));
  return bootstrap(differences, mean);
}

/** Frozen arms that v4 has, after its baseline, as they are spelled. */
export const FREEZE_ARMS = [
  'frozen-block:block=last,from=0,until=1000',
  'frozen-block:block=first,from=0,until=1000',
] as const;

/** Steps of acquisition at level 3: baseline, last block frozen, first block frozen. */
export interface FreezeRow {
  readonly task: string;
  /** v4's; null: not acquired. */
  readonly published: readonly (number | null)[];
  /** Ours, one a seed; Infinity: not acquired within the run. */
  readonly ours: readonly (readonly number[])[];
}

/**
 * v4's freeze test beside ours, at nano: a block is frozen over updates 1 to 1,000, and every baseline of the arms.
 *
 * ```ts
 * const { ADD, MOD } = paperTables().freeze_v4;
 * table(freezeTable(pairsOf(studyRuns(ARMS)).pairs, { ADD, MOD }));
 * ```
 * @param published v4's table: three steps a task.
 */
export function freezeTable(
  pairs: readonly Pair[],
  published: Readonly<Record<string, FreezeRow['published']>>,
): FreezeRow[] {
  const nano = pairs.filter(({ run }) => run.info.training.scale === 'nano');
  const frozen = FREEZE_ARMS.map((arm) => nano.filter((pair) => pair.arm === arm));
  const plain = new Set(nano.map(({ baseline }) => baseline));
  const runs = [[...plain], ...frozen.map((own) => own.map(({ run }) => run))];
  const steps = runs.map((own) => own.map(stepsOf));
  return Object.entries(published).map(([task, theirs]) => ({
    task,
    published: theirs,
    ours: steps.map((own) => own.map((step) => step.get(`${task} 3`) ?? Number.POSITIVE_INFINITY)),
  }));
}
