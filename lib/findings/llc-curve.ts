import { median } from 'simple-statistics';
import { acquisitions } from './definitions';
import { paperTables } from './paper';
import { selectRuns } from './runs';
import type { MeasuredRun, Series } from './series';
import { landscapeSignal } from './signals';

/** What the paper shows the LLC of. */
const [SHOWN_SCALE, SHOWN_TASK] = ['nano', 'MOD'];

/** The published curve of the LLC, MOD at nano, scaled to its maximum. */
export function publishedLlc(): Series {
  const { points } = paperTables().llc_nano_mod;
  return { steps: points.map(([step]) => step), values: points.map(([, value]) => value) };
}

/**
 * The LLC of MOD, mean over levels, scaled to its maximum, in the run of nano that has most checkpoints of it. What is no
 * estimate is left out (`isEstimate`).
 * @param measure `llc_paper` with the paper's constants, `llc` calibrated.
 * @returns `run`, and the curve as `steps` and `values`; undefined where no run has two checkpoints.
 */
export function llcCurve(given: readonly MeasuredRun[], measure: string) {
  const { series } = landscapeSignal(measure);
  const found = selectRuns(given)
    .runs.filter(({ info }) => info.training.scale === SHOWN_SCALE)
    .flatMap((run) => {
      const { steps, values } = series(run, SHOWN_TASK) ?? { steps: [], values: [] };
      const most = Math.max(...values);
      const scaled = values.map((value) => value / most);
      return steps.length > 1 && most > 0 ? [{ run, steps, values: scaled }] : [];
    });
  // Sorting is stable: of equals the first seed.
  return found.sort((a, b) => b.steps.length - a.steps.length).at(0);
}

/**
 * Steps at which the LLC of MOD peaks at nano, as published and in our run, and at which MOD is acquired there: the median
 * of its levels, by v4's rule (C7). Undefined where the LLC is not measured, or MOD not acquired.
 */
export function llcPeak(given: readonly MeasuredRun[], measure: string) {
  const curve = llcCurve(given, measure);
  const steps = curve ? acquisitions(curve.run) : [];
  const acquired = steps.flatMap(({ task, step }) => (task === SHOWN_TASK ? (step ?? []) : []));
  if (!curve || acquired.length === 0) return undefined;
  const top = ({ steps, values }: Series) => steps[values.indexOf(Math.max(...values))];
  return { peak: top(curve), published: top(publishedLlc()), acquired: median(acquired) };
}
export type LlcPeak = NonNullable<ReturnType<typeof llcPeak>>;
