import { mean, median } from 'simple-statistics';
import { acquisitions } from './definitions';
import { paperTables } from './paper';
import { selectRuns } from './runs';
import { groupBy, type MeasuredRun, type Series } from './series';

/** What the paper shows the LLC of. */
const [SHOWN_SCALE, SHOWN_TASK] = ['nano', 'MOD'];

/** The published curve of the LLC, MOD at nano, scaled to its maximum. */
export function publishedLlc(): Series {
  const { points } = paperTables().llc_nano_mod;
  return { steps: points.map(([step]) => step), values: points.map(([, value]) => value) };
}

/**
 * The LLC of MOD at nano in our runs, mean over levels and seeds, scaled to its maximum; negative values, which are no
 * estimate, are kept. Undefined where it is not measured.
 * @param measure `llc_paper` with the paper's constants, `llc` calibrated.
 */
export function llcCurve(given: readonly MeasuredRun[], measure: string): Series | undefined {
  const rows = shown(given)
    .flatMap(({ landscape = [] }) => landscape)
    .filter((row) => row.measure === measure && row.task === SHOWN_TASK && row.value !== undefined)
    .sort((a, b) => a.step - b.step);
  const steps = groupBy(rows, ({ step }) => step);
  const means = [...steps.values()].map((own) => mean(own.map(({ value }) => value!)));
  const most = Math.max(...means);
  if (steps.size < 2 || !(most > 0)) return undefined;
  return { steps: [...steps.keys()], values: means.map((value) => value / most) };
}

/**
 * Steps at which the LLC of MOD peaks at nano, as published and in our runs, and at which MOD is acquired: the median of
 * its levels over the same runs, by v4's rule (C7). Undefined where the LLC is not measured, or MOD not acquired.
 */
export function llcPeak(given: readonly MeasuredRun[], measure: string) {
  const curve = llcCurve(given, measure);
  const steps = shown(given).flatMap((run) =>
    acquisitions(run).flatMap(({ task, step }) => (task === SHOWN_TASK ? (step ?? []) : [])),
  );
  if (!curve || steps.length === 0) return undefined;
  const top = ({ steps, values }: Series) => steps[values.indexOf(Math.max(...values))];
  return { peak: top(curve), published: top(publishedLlc()), acquired: median(steps) };
}
export type LlcPeak = NonNullable<ReturnType<typeof llcPeak>>;

function shown(given: readonly MeasuredRun[]) {
  return selectRuns(given).runs.filter(({ info }) => info.training.scale === SHOWN_SCALE);
}
