import { mean } from 'simple-statistics';
import { LANDSCAPE_MEASURES } from '../study/landscape/catalog';
import type { LandscapeRow } from '../study/run/tables';
import { paperSteps } from '../training/schedule';
import {
  groupBy,
  IDENTIFIED,
  type MeasuredRun,
  PRINTED,
  rankSeries,
  type Sampling,
  type Series,
  tasksOf,
} from './series';

/** Something that may move before a capability is acquired: one measure. */
export interface Signal {
  /** For example `covariance_rank_centered` or `llc`. */
  readonly id: string;
  readonly label: string;
  /**
   * Its series for a task of a run, levels pooled, or where it was measured by level, for that level; for the whole
   * mixture where it was only measured there. Undefined where the run has none.
   */
  series(run: MeasuredRun, task: string, level?: number, at?: Sampling): Series | undefined;
}

/** Both readings of RankMe: as the paper's figures have it, and by the formula it prints. */
export const RANKS: readonly Signal[] = [
  { choice: IDENTIFIED, label: 'RankMe as measured' },
  { choice: PRINTED, label: 'RankMe as printed' },
].map(({ choice, label }) => ({
  id: choice.reading,
  label,
  series: (run, task, _level, at) => rankSeries(run, task, { ...choice, at }),
}));

/**
 * Every signal that the runs have: both readings of RankMe, and what is in their landscape tables, in the catalog's order.
 *
 * ```ts
 * signalsOf(studyRuns()).map(({ label }) => label);
 * ```
 */
export function signalsOf(runs: readonly MeasuredRun[]): Signal[] {
  const measures = new Set(runs.flatMap((run) => [...landscapeOf(run).keys()]));
  const known = LANDSCAPE_MEASURES.map(({ measure }) => measure);
  const has = ({ series }: Signal) =>
    runs.some((run) => tasksOf(run).some((task) => series(run, task)));
  // Measures of one's own come first.
  const sorted = [...measures].sort((a, b) => known.indexOf(a) - known.indexOf(b));
  return [...RANKS.filter(has), ...sorted.map(landscapeSignal)];
}

/** A measure of landscape.csv as a signal: the mean over levels where several were measured. */
export function landscapeSignal(measure: string): Signal {
  const known = LANDSCAPE_MEASURES.find((one) => one.measure === measure);
  return {
    id: measure,
    label: known?.label ?? measure,
    series(run, task, level, at = 'all') {
      const rows = landscapeOf(run).get(measure) ?? [];
      const own = rows.filter((row) => row.task === task);
      const ofLevel = own.filter((row) => row.level === undefined || row.level === level);
      const whole = level === undefined ? own : [];
      const mixed = rows.filter((row) => row.task === '');
      const found = [ofLevel, whole, mixed].find(({ length }) => length > 1);
      if (!found) return undefined;
      const steps = at === 'paper' ? new Set(paperSteps(run.info.step)) : undefined;
      const kept = groupBy(
        found.filter(({ step }) => !steps || steps.has(step)),
        ({ step }) => step,
      );
      const values = [...kept.values()].map((same) => mean(same.map(({ value }) => value!)));
      return { steps: [...kept.keys()], values };
    },
  };
}

const known = new WeakMap<MeasuredRun, Map<string, LandscapeRow[]>>();

/**
 * Rows with a value, by measure. Where chains end below their start the weights are no minimum and the LLC, which cannot
 * be negative, is not estimated: such rows are left out.
 */
function landscapeOf(run: MeasuredRun): Map<string, LandscapeRow[]> {
  if (!known.has(run)) {
    const rows = (run.landscape ?? []).filter(
      ({ measure, value }) =>
        value !== undefined && Number.isFinite(value) && !(measure.startsWith('llc') && value < 0),
    );
    known.set(
      run,
      groupBy(rows, ({ measure }) => measure),
    );
  }
  return known.get(run)!;
}
