import { mean } from 'simple-statistics';
import { LANDSCAPE_MEASURES } from '../study/landscape/catalog';
import type { LandscapeRow } from '../study/run/tables';
import { paperSteps } from '../training/schedule';
import {
  during,
  groupBy,
  IDENTIFIED,
  type MeasuredRun,
  PRINTED,
  rankSeries,
  rowsOf,
  type Sampling,
  type Series,
  tasksOf,
} from './series';

/** Something that may move before a capability is acquired: one measure. */
export interface Signal {
  /** For example `covariance_rank_centered` or `llc`. */
  readonly id: string;
  readonly label: string;
  /** Of a level of a task where it was measured by level, else of the task, else of the whole mixture. */
  series(run: MeasuredRun, task: string, level?: number, at?: Sampling): Series | undefined;
}

/** Both readings of RankMe: as the paper's figures have it, and by the formula it prints. */
export const RANKS: readonly Signal[] = [IDENTIFIED, PRINTED].map(
  (choice, i): Signal => ({
    id: choice.reading,
    label: `RankMe as ${['measured', 'printed'][i]}`,
    series: (run, task, _level, at) => rankSeries(run, task, { ...choice, at }),
  }),
);

/**
 * Every signal that the runs have: both readings of RankMe, then their landscape tables' in the catalog's order.
 *
 * ```ts
 * signalsOf(studyRuns()).map(({ label }) => label);
 * ```
 */
export function signalsOf(runs: readonly MeasuredRun[]): Signal[] {
  const rows = runs.flatMap(({ landscape = [] }) => landscape.filter(isEstimate));
  const measures = new Set(rows.map(({ measure }) => measure));
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
      const all = rowsOf(run.landscape ?? [], (row) => row.measure).get(measure);
      const rows = all?.filter(isEstimate) ?? [];
      const own = rows.filter((row) => row.task === task);
      const ofLevel = own.filter((row) => row.level === undefined || row.level === level);
      const whole = level === undefined ? own : [];
      const mixed = rows.filter((row) => row.task === '');
      const found = [ofLevel, whole, mixed].find(({ length }) => length > 1);
      if (!found) return undefined;
      const byStep = groupBy(found, ({ step }) => step);
      const values = [...byStep.values()].map((same) => mean(same.map(({ value }) => value!)));
      const series = { steps: [...byStep.keys()], values };
      const paper = new Set(paperSteps(run.info.step));
      return at === 'paper' ? during(series, (step) => paper.has(step)) : series;
    },
  };
}

/** A calibrated LLC is sound from this acceptance on, up to this drift in standard errors (lib/measures/README.md). */
const SOUND = { acceptance: 0.9, drift: 3 } as const;

/**
 * Whether a row is an estimate of its measure. An LLC below 0, which it cannot be, is none: its chains ended below a start
 * that is no minimum. A calibrated one is none, either, where its chains have not settled.
 *
 * ```ts
 * loadRun('nano-s0').landscape.filter(isEstimate).length;
 * ```
 */
export function isEstimate({ measure, value = Number.NaN, acceptance, drift }: LandscapeRow) {
  if (!Number.isFinite(value)) return false;
  if (!measure.startsWith('llc')) return true;
  const settled = (acceptance ?? 1) >= SOUND.acceptance && Math.abs(drift ?? 0) <= SOUND.drift;
  return value >= 0 && (measure !== 'llc' || settled);
}
