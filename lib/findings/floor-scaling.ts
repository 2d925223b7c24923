import { mean, sum } from 'simple-statistics';
import { SYNCHRONY } from './definitions';
import { FLOOR_VIEWS, type FloorRun, floorsOf, settingsThatDiffer } from './floor-factors';

/** A floor within this factor of another counts as the same; as for synchrony, a quarter. */
export const SAME_FLOOR = SYNCHRONY.ratio;

/** The floors of one task at one scale, as multiples of those at the reference's. */
export interface FloorScaling {
  readonly task: string;
  readonly scale: string;
  readonly parameters: number;
  /** One of `FLOOR_VIEWS`. */
  readonly view: string;
  /** Geometric means over the levels, of RankMe at the start and at the floor. */
  readonly start: number;
  readonly floor: number;
  /** Geometric mean over the levels of floor / floor of the reference; 1 is "does not depend". */
  readonly ratio: number;
  /** Levels of the task whose floor is within {@link SAME_FLOOR} of the reference's, of how many. */
  readonly same: number;
  readonly levels: number;
}

/**
 * How each task's floor goes with the size of the model, among runs that are trained alike: those that differ from
 * the first in nothing but the scale.
 * @param runs the reference first.
 * @returns for every such run, the reference among them, smallest first, one entry for each view and task; none
 * without runs.
 */
export function floorScaling(runs: readonly FloorRun[]): FloorScaling[] {
  if (runs.length === 0) return [];
  const [reference] = runs;
  const alike = runs
    .filter((run) => settingsThatDiffer(run, reference).every(({ factor }) => factor === 'scale'))
    .sort((a, b) => a.info.parameters - b.info.parameters);
  return FLOOR_VIEWS.flatMap(({ view, ...choice }) => {
    const base = floorsOf(reference, choice);
    return alike.flatMap((run) => {
      const own = floorsOf(run, choice);
      return [...new Set(own.map(({ task }) => task))].map((task): FloorScaling => {
        const levels = own.flatMap((floor, i) =>
          floor.task === task ? [{ ...floor, ratio: floor.floor / base[i].floor }] : [],
        );
        const middle = (values: readonly number[]) => Math.exp(mean(values.map(Math.log)));
        return {
          ...{ task, view, scale: run.info.training.scale, parameters: run.info.parameters },
          start: middle(levels.map(({ start }) => start)),
          floor: middle(levels.map(({ floor }) => floor)),
          ratio: middle(levels.map(({ ratio }) => ratio)),
          same: levels.filter(({ ratio }) => Math.max(ratio, 1 / ratio) <= SAME_FLOOR).length,
          levels: levels.length,
        };
      });
    });
  });
}

/** How many floors are the same at the largest model as at the smallest, and at all between, in one view. */
export interface SameFloors {
  readonly from: string;
  readonly to: string;
  /** Task-levels whose floor at the largest scale is within {@link SAME_FLOOR} of the smallest's, of how many. */
  readonly same: number;
  readonly levels: number;
  /** Tasks of which this holds at every level and every scale. */
  readonly tasks: readonly string[];
  /** It holds for every task. */
  readonly invariant: boolean;
}

/**
 * Counts the floors that stay the same.
 * @param view one of `FLOOR_VIEWS`.
 * @throws RangeError for a view that is not in the scaling.
 */
export function sameFloors(scaling: readonly FloorScaling[], view: string): SameFloors {
  const own = scaling.filter((one) => one.view === view);
  const last = own.at(-1);
  if (!last) throw new RangeError(`There are no floors of the view "${view}".`);
  const atLargest = own.filter(({ scale }) => scale === last.scale);
  const all = [...new Set(own.map(({ task }) => task))];
  const tasks = all.filter((task) =>
    own.every((one) => one.task !== task || one.same === one.levels),
  );
  return {
    ...{ from: own[0].scale, to: last.scale, tasks, invariant: tasks.length === all.length },
    same: sum(atLargest.map(({ same }) => same)),
    levels: sum(atLargest.map(({ levels }) => levels)),
  };
}
