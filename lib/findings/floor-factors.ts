import { median } from 'simple-statistics';
import type { RunInfo } from '../study/run-folder';
import type { Tables } from '../study/tables';
import { taskLevel } from '../tasks';
import { type Floor, floors, type GeometryChoice } from './floors';

/** What a run must have to tell its floors. */
export type FloorRun = Pick<Tables, 'geometry' | 'behavior'> & {
  readonly info: Pick<RunInfo, 'training' | 'parameters' | 'step'>;
};

/** A way to look at the rank: the paper's text does not say which one it took. */
export const FLOOR_VIEWS: readonly (GeometryChoice & { readonly view: string })[] = [
  { view: 'prompt, as is', position: 'prompt', centered: false },
  { view: 'prompt, centered', position: 'prompt', centered: true },
  { view: 'answer, as is', position: 'answer', centered: false },
  { view: 'answer, centered', position: 'answer', centered: true },
];

/** How the floors of one run compare with those of the reference run, task-level by task-level. */
export interface FloorFactor {
  /** What differs from the reference, such as `learning rate 3e-3`; `reference` for itself. */
  readonly what: string;
  readonly factor: 'reference' | 'seed' | 'scale' | 'learning rate' | 'warm-up' | 'initialization';
  readonly view: string;
  /** Medians over the task-levels, of RankMe at the start and at the floor. */
  readonly start: number;
  readonly floor: number;
  /** Median over the task-levels of floor / floor of the reference; 1 is "does not depend". */
  readonly ratio: number;
  /** Smallest and largest of these ratios over the middle 80 % of the task-levels. */
  readonly ratioLow: number;
  readonly ratioHigh: number;
}

/**
 * What the floors depend on: each run against a reference run that differs in one setting. The collapse is over
 * long before a full training ends, so short runs tell this; a run in which a floor is still falling at its end
 * would tell an upper bound only.
 *
 * @param runs the reference first. Runs that differ from it in more than one setting are left out.
 * @returns for every run and view one entry, reference first.
 * @throws RangeError where there is no run.
 */
export function floorFactors(runs: readonly FloorRun[]): FloorFactor[] {
  if (runs.length === 0) throw new RangeError('There is no run to compare floors of.');
  const [reference] = runs;
  return FLOOR_VIEWS.flatMap(({ view, ...choice }) => {
    const base = floorsOf(reference, choice);
    return runs.flatMap((run): FloorFactor[] => {
      const differs = run === reference ? [REFERENCE] : settingsThatDiffer(run, reference);
      if (differs.length !== 1) return [];
      const own = floorsOf(run, choice);
      const ratios = own.map(({ floor }, i) => floor / base[i].floor).sort((a, b) => a - b);
      const tenth = Math.floor(ratios.length / 10);
      return [
        {
          ...differs[0],
          view,
          start: median(own.map(({ start }) => start)),
          floor: median(own.map(({ floor }) => floor)),
          ratio: median(ratios),
          ratioLow: ratios[tenth],
          ratioHigh: ratios[ratios.length - 1 - tenth],
        },
      ];
    });
  });
}

const REFERENCE = { what: 'reference', factor: 'reference' } as const;

/** Floors of a run in one view. */
export function floorsOf(run: FloorRun, choice: GeometryChoice): Floor[] {
  return floors(run, (task, level) => taskLevel(task, level).chance, choice);
}

/** In which settings a run differs from another: scale, seed, learning rate, warm-up, initialization. */
export function settingsThatDiffer(
  { info: { training: own } }: FloorRun,
  { info: { training: base } }: FloorRun,
): Pick<FloorFactor, 'what' | 'factor'>[] {
  const found: Pick<FloorFactor, 'what' | 'factor'>[] = [];
  if (own.scale !== base.scale) found.push({ factor: 'scale', what: own.scale });
  if (own.seed !== base.seed) found.push({ factor: 'seed', what: `seed ${own.seed}` });
  if (own.learningRate !== base.learningRate) {
    found.push({ factor: 'learning rate', what: `learning rate ${own.learningRate}` });
  }
  if (own.warmup !== base.warmup) {
    found.push({ factor: 'warm-up', what: `warm-up ${own.warmup} updates` });
  }
  if (own.initialStd !== base.initialStd) {
    found.push({ factor: 'initialization', what: `initial std ${own.initialStd}` });
  }
  return found;
}
