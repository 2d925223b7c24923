import { mean } from 'simple-statistics';
import { storedParts } from '../interventions/intervention';
import { RUNGS, type Rung } from '../tasks';
import { armName, type Pair } from './causal-arms';
import { type Effect, effectOf, type PairedRatio } from './causal-effect';
import { acquisitions, difficulty } from './definitions';
import { floors } from './floors';
import {
  behaviorSeries,
  groupBy,
  IDENTIFIED,
  lowest,
  type MeasuredRun,
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
  readonly scale: string;
  /** The arm in words, with its size where that is not nano. */
  readonly name: string;
  readonly pairs: readonly Pair[];
  /** Lowest rank over tasks, in the identified convention: did the intervention change the floor? */
  readonly floor: Effect;
  /** The same by the formula that the paper prints. */
  readonly floorPrinted: Effect;
  /** Step of the floor (identified convention). */
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
    /** Computing time over the baseline's; runs share processors with others, so only about. */
    readonly seconds: number;
  };
}

/**
 * What each arm did, by rules that were set before any arm was looked at ({@link effectOf}). Arms stand size by
 * size, in the order in which their first pair comes.
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
  // Of hard tasks, by v4's class.
  const levels = taskLevelsOf(pairs[0].baseline)
    .filter(({ task }) => difficulty(task) === 'hard')
    .map(nameOf);
  const steps = pairs.map(({ run, baseline }) => [stepsOf(run), stepsOf(baseline)] as const);
  const acquisitionEffect = (names: readonly string[]) => {
    const ratios = pairs.map((pair, i) => acquisitionRatio(pair, steps[i], names));
    return effectOf(ratios.filter(({ cases }) => cases > 0));
  };
  const leastDistance = (run: MeasuredRun, rung: Rung) =>
    mean(seriesOver(run, `kl_${rung}`).map((series) => lowest(series)!.value));
  const { intervention, step: end } = pairs[0].run.info;
  const closings = storedParts(intervention!).map(({ until }) => Number(until ?? end));
  const closes = Math.min(end, Math.max(...closings));
  return {
    arm,
    scale,
    pairs,
    name: `${armName(arm)}${scale === 'nano' ? '' : `, ${scale}`}`,
    floor: floorEffect(IDENTIFIED, 'floor'),
    floorPrinted: floorEffect(PRINTED, 'floor'),
    floorStep: floorEffect(IDENTIFIED, 'step'),
    recovered: {
      arm: recoveredShare(pairs.map(({ run }) => run)),
      baseline: recoveredShare(pairs.map(({ baseline }) => baseline)),
    },
    rungs: Object.fromEntries(
      RUNGS.map((rung) => [rung, difference(pairs, (run) => leastDistance(run, rung))]),
    ) as Record<Rung, Estimate | undefined>,
    acquisition: acquisitionEffect(levels),
    byLevel: levels.flatMap((name) => {
      const effect = acquisitionEffect([name]);
      return effect.bySeed.length > 0 ? [{ name, effect }] : [];
    }),
    accuracy: difference(pairs, (run) =>
      mean(seriesOver(run, 'accuracy', levels).map(({ values }) => values.at(-1)!)),
    ),
    cost: {
      step: closes,
      nats: difference(pairs, (run) => -meanLogProb(run, closes)),
      seconds: mean(pairs.map(({ run, baseline }) => run.info.seconds / baseline.info.seconds)),
    },
  };
}

/** Log-ratio of what floors say, mean over the tasks of one pair. */
function floorRatio(
  { seed, baseline, run }: Pair,
  choice: RankChoice,
  of: 'floor' | 'step',
): PairedRatio {
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
  [ours, plain]: readonly [ReturnType<typeof stepsOf>, ReturnType<typeof stepsOf>],
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

/** Arm minus baseline, mean over seeds with a bootstrap interval. */
function difference(pairs: readonly Pair[], of: (run: MeasuredRun) => number) {
  const differences = pairs.map(({ run, baseline }) => of(run) - of(baseline));
  return bootstrap(differences, (drawn) => mean([...drawn]));
}

function recoveredShare(runs: readonly MeasuredRun[]): number {
  const all = runs.flatMap((run) => floors(run));
  return all.filter(({ recovery }) => recovery !== undefined).length / all.length;
}

/** One column of behavior for all task-levels of a run, or for those of some names. */
function seriesOver(
  run: MeasuredRun,
  column: Parameters<typeof behaviorSeries>[3],
  names?: readonly string[],
): Series[] {
  const levels = taskLevelsOf(run).filter((one) => names?.includes(nameOf(one)) ?? true);
  return levels.map(({ task, level }) => behaviorSeries(run, task, level, column)!);
}

/** Mean log-probability of the answers over all task-levels, at the last measured step up to `until`. */
function meanLogProb(run: MeasuredRun, until: number): number {
  const at = ({ steps }: Series) => steps.findLastIndex((step) => step <= until);
  return mean(seriesOver(run, 'log_prob').map((series) => series.values[at(series)]));
}

/** Frozen arms that v4 has, after its baseline, as they are spelled. */
export const FREEZE_ARMS = [
  'frozen-block:block=last,from=0,until=1000',
  'frozen-block:block=first,from=0,until=1000',
] as const;

/** v4's freeze test beside ours: steps of acquisition at level 3. */
export interface FreezeRow {
  readonly task: string;
  /** v4's baseline, last block and first block frozen over updates 1 to 1,000; null: not acquired. */
  readonly published: readonly (number | null)[];
  /** Ours in the same order, one a seed; Infinity: not acquired within the run. */
  readonly ours: readonly (readonly number[])[];
}

/**
 * v4's freeze test beside ours: steps of acquisition at level 3, without and with a block frozen over updates 1 to 1,000.
 *
 * ```ts
 * const { ADD, MOD } = paperTables().freeze_v4;
 * table(freezeTable(pairsOf(studyRuns(ARMS)).pairs, { ADD, MOD }));
 * ```
 * @param published v4's table: three steps a task.
 */
export function freezeTable(
  pairs: readonly Pair[],
  published: Readonly<Record<string, readonly (number | null)[]>>,
): FreezeRow[] {
  const frozen = FREEZE_ARMS.map((arm) => pairs.filter((pair) => pair.arm === arm));
  const plain = new Set(frozen.flat().map(({ baseline }) => baseline));
  const runs = [[...plain], ...frozen.map((own) => own.map(({ run }) => run))];
  const steps = runs.map((own) => own.map(stepsOf));
  return Object.entries(published).map(([task, theirs]) => ({
    task,
    published: theirs,
    ours: steps.map((own) => own.map((step) => step.get(`${task} 3`) ?? Number.POSITIVE_INFINITY)),
  }));
}
