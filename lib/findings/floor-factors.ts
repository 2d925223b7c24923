import { logAverage, mean } from 'simple-statistics';
import { timesAhead } from './definitions';
import { floorOf } from './floors';
import { SETTLED, variantOf } from './runs';
import { during, groupBy, type MeasuredRun, rankSeries, tasksOf } from './series';
import { bootstrap, type Estimate, factorOf } from './statistics';

/** The floors of the runs of one scale that share their settings, against the plain runs of that scale. */
export interface FloorFactor {
  readonly scale: string;
  /** `plain`, or what is changed: `initialStd 0.04`. */
  readonly setting: string;
  readonly seeds: readonly number[];
  /** Mean floor over seeds, by task. */
  readonly floors: Readonly<Record<string, number>>;
  /**
   * Geometric mean over tasks of the floor over the plain one's, with an interval over tasks; of plain runs, how far two
   * seeds are apart (the larger over the smaller). Undefined where there is nothing to compare with.
   */
  readonly floorRatio: Estimate | undefined;
  /** The task whose floor is changed most, and its ratio; undefined as above, and of plain runs. */
  readonly most: { readonly task: string; readonly ratio: number } | undefined;
  /** The same of the floors' steps. */
  readonly stepRatio: Estimate | undefined;
}

/**
 * What floors depend on besides size: seed, start, text format, context and whatever else settings differ in. All are
 * looked at over the steps that all have, so that a longer run has no lower floor for it.
 * @param given plain runs and variants; those under an intervention, or shorter than 1,000 updates, are left out.
 *
 * ```ts
 * table(floorFactors([...studyRuns(), ...studyRuns(VARIANTS)]).map(({ scale, setting, floors }) => ({ scale, setting, ...floors })));
 * ```
 */
export function floorFactors(given: readonly MeasuredRun[]): FloorFactor[] {
  const runs = given.filter(({ info }) => !info.intervention && info.step >= SETTLED);
  const until = Math.min(...runs.map(({ info }) => info.step));
  const found = runs.map((run) => {
    const { scale, seed } = run.info.training;
    const floors = tasksOf(run).flatMap((task) => {
      const series = rankSeries(run, task);
      const floor = series && floorOf(during(series, (step) => step <= until));
      return floor ? [{ task, floor: floor.floor, step: floor.step }] : [];
    });
    return { scale, seed, setting: variantOf(run).join(', ') || 'plain', floors };
  });
  const groups = [...groupBy(found, ({ scale, setting }) => `${scale} ${setting}`).values()];
  return groups.map((own) => {
    const [{ scale, setting }] = own;
    const plain = found.filter((one) => one.scale === scale && one.setting === 'plain');
    const pairs = own.flatMap((run, i) =>
      (setting === 'plain' ? own.slice(0, i) : plain).map((other) => [run, other] as const),
    );
    const compared = pairs.flatMap(([run, other]) =>
      run.floors.flatMap(({ task, floor, step }) => {
        const theirs = other.floors.find((one) => one.task === task);
        if (!theirs) return [];
        return [{ task, floor: floor / theirs.floor, step: timesAhead(theirs.step, step) }];
      }),
    );
    const tasks = groupBy(compared, ({ task }) => task);
    const ratio = (of: 'floor' | 'step') =>
      bootstrap([...tasks.values()], (drawn) => {
        const ratios = drawn.flat().map((one) => one[of]);
        return logAverage(setting === 'plain' ? ratios.map(factorOf) : ratios);
      });
    const ratios = [...tasks].map(([task, of]) => {
      return { task, ratio: logAverage(of.map(({ floor }) => floor)) };
    });
    const apart = ratios.sort((a, b) => factorOf(b.ratio) - factorOf(a.ratio));
    const most = setting === 'plain' ? undefined : apart.at(0);
    const all = own.flatMap(({ floors }) => floors);
    const means = [...groupBy(all, ({ task }) => task)].map(([task, seeds]) => {
      return [task, mean(seeds.map(({ floor }) => floor))] as const;
    });
    const [seeds, floors] = [own.map(({ seed }) => seed), Object.fromEntries(means)];
    const [floorRatio, stepRatio] = [ratio('floor'), ratio('step')];
    return { scale, setting, seeds, floors, floorRatio, stepRatio, most };
  });
}
