import { mean, median } from 'simple-statistics';
import { acquisitions } from './definitions';
import { paperTables } from './paper';
import { selectRuns } from './runs';
import type { MeasuredRun, Series } from './series';

/** What the paper shows the LLC of. */
const [SHOWN_SCALE, SHOWN_TASK] = ['nano', 'MOD'];

/** The published curve of the LLC, MOD at nano, scaled to its maximum. */
export function publishedLlc(): Series {
  const { points } = paperTables().llc_nano_mod;
  return { steps: points.map(([step]) => step), values: points.map(([, value]) => value) };
}

/**
 * The LLC of MOD at nano, mean over levels and seeds, scaled to its maximum as the published curve is; negative values,
 * which are no estimate, are kept. Undefined where it is not measured.
 * @param measure `llc_paper` with the paper's constants, `llc` calibrated.
 */
export function llcCurve(given: readonly MeasuredRun[], measure: string): Series | undefined {
  const values = new Map<number, number[]>();
  for (const { landscape = [] } of shown(given)) {
    for (const row of landscape) {
      if (row.measure !== measure || row.task !== SHOWN_TASK || row.value === undefined) continue;
      values.set(row.step, [...(values.get(row.step) ?? []), row.value]);
    }
  }
  const steps = [...values.keys()].sort((a, b) => a - b);
  const means = steps.map((step) => mean(values.get(step)!));
  const most = Math.max(...means);
  if (steps.length < 2 || !(most > 0)) return undefined;
  return { steps, values: means.map((value) => value / most) };
}

/** Where the LLC of MOD peaks at nano (C7). */
export interface LlcPeak {
  readonly peak: number;
  readonly published: number;
  /** Median step of acquisition of MOD's levels over the same runs (v4). */
  readonly acquired: number;
}

/** Undefined where the LLC is not measured, or MOD not acquired. */
export function llcPeak(given: readonly MeasuredRun[], measure: string): LlcPeak | undefined {
  const curve = llcCurve(given, measure);
  const steps = shown(given).flatMap((run) =>
    acquisitions(run).flatMap(({ task, step }) => (task === SHOWN_TASK ? (step ?? []) : [])),
  );
  if (!curve || steps.length === 0) return undefined;
  const top = ({ steps, values }: Series) => steps[values.indexOf(Math.max(...values))];
  return { peak: top(curve), published: top(publishedLlc()), acquired: median(steps) };
}

function shown(given: readonly MeasuredRun[]): readonly MeasuredRun[] {
  return selectRuns(given).runs.filter(({ info }) => info.training.scale === SHOWN_SCALE);
}
