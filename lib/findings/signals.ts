import { LANDSCAPE_MEASURES } from '../study/landscape/catalog';
import type { LandscapeRow } from '../study/run/tables';
import { paperSteps } from '../training/schedule';
import {
  IDENTIFIED,
  type MeasuredRun,
  PRINTED,
  rankSeries,
  type Sampling,
  type Series,
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
  ...{ id: choice.reading, label },
  series: (run, task, _level, at) => rankSeries(run, task, { ...choice, at }),
}));

/** Every signal that the runs have: both readings of RankMe, and what is in their landscape tables, in the catalog's order. */
export function signalsOf(runs: readonly MeasuredRun[]): Signal[] {
  const measures = new Set(runs.flatMap((run) => [...landscapeOf(run).keys()]));
  return [
    ...RANKS.filter(({ series }) =>
      runs.some((run) => run.info.tasks.names.some((task) => series(run, task))),
    ),
    ...[...measures].sort((a, b) => placeOf(a) - placeOf(b)).map(landscapeSignal),
  ];
}

/** Measures of one's own come first. */
const placeOf = (measure: string) => LANDSCAPE_MEASURES.findIndex((one) => one.measure === measure);

/** A measure of landscape.csv as a signal. */
export function landscapeSignal(measure: string): Signal {
  const known = LANDSCAPE_MEASURES.find((one) => one.measure === measure);
  return {
    ...{ id: measure, label: known?.label ?? measure },
    series(run, task, level, at = 'all') {
      const rows = landscapeOf(run).get(measure);
      const of = (wanted: string, at?: number) =>
        rows?.filter((row) => row.task === wanted && (row.level === undefined || row.level === at));
      const [own, any, mixed] = [of(task, level), rows?.filter((row) => row.task === task), of('')];
      const found = [own, level === undefined ? any : undefined, mixed].find(
        (some) => (some?.length ?? 0) > 1,
      );
      if (!found) return undefined;
      const steps = at === 'paper' ? new Set(paperSteps(run.info.step)) : undefined;
      const kept = byStep(found.filter(({ step }) => !steps || steps.has(step)));
      return { steps: [...kept.keys()], values: [...kept.values()] };
    },
  };
}

/** Mean over levels where several were measured. */
function byStep(rows: readonly LandscapeRow[]): Map<number, number> {
  const values = new Map<number, number[]>();
  for (const { step, value } of rows) values.set(step, [...(values.get(step) ?? []), value!]);
  return new Map(
    [...values].map(([step, own]) => [step, own.reduce((a, b) => a + b) / own.length]),
  );
}

const known = new WeakMap<MeasuredRun, Map<string, LandscapeRow[]>>();

/**
 * Rows with a value, by measure. Where chains end below their start the weights are no minimum and the LLC, which cannot
 * be negative, is not estimated: such rows are left out.
 */
function landscapeOf(run: MeasuredRun): Map<string, LandscapeRow[]> {
  let found = known.get(run);
  if (!found) {
    known.set(run, (found = new Map()));
    for (const row of run.landscape ?? []) {
      if (row.value === undefined || !Number.isFinite(row.value)) continue;
      if (row.measure.startsWith('llc') && row.value < 0) continue;
      const own = found.get(row.measure);
      if (own) own.push(row);
      else found.set(row.measure, [row]);
    }
  }
  return found;
}
