import type { MeasuredRun } from '../findings/series';
import { landscapeSignal } from '../findings/signals';
import { chart, type Mark } from './chart';
import type { Figure } from './figure';
import { axis, rankAxis, stepAxis, stepPlace } from './style';

const COLORS = ['#0072b2', '#d55e00', '#009e73'];

/**
 * Measures of the landscape over training, a panel a task: for example the rank of the gradients' covariance from all
 * parameters and from the first 50,000, which is what the paper saw. Bars are standard errors, or Ritz residuals.
 * @param measures of landscape.csv, three at most. @param title the finding. @param label for example `nano, seed 0`.
 */
export function landscapeCurves(
  run: MeasuredRun,
  measures: readonly string[],
  title: string,
  label: string,
): Figure {
  const own = (run.landscape ?? []).filter(
    ({ measure, value }) => measures.includes(measure) && value !== undefined,
  );
  const values = own.map(({ value }) => value!);
  const tasks = [...new Set(own.map(({ task }) => task))];
  const panels = tasks.map((task) => ({
    heading: task || 'all tasks',
    marks: measures.map((measure, i): Mark => {
      const rows = own.filter((row) => row.task === task && row.measure === measure);
      const name = landscapeSignal(measure).label;
      return {
        ...{ mode: 'lines+markers', name, line: { color: COLORS[i], width: 1.5 } },
        x: rows.map(({ step }) => stepPlace(step)),
        y: rows.map(({ value }) => value!),
        marker: { color: COLORS[i], size: 4 },
        error_y: {
          ...{ type: 'data', thickness: 1, width: 0 },
          array: rows.map(({ standard_error, residual }) => standard_error ?? residual ?? 0),
        },
        hovertemplate: `${name}: %{y:.3g}<extra></extra>`,
      };
    }),
  }));
  return chart({
    ...{ title, of: `${label}; bars: standard errors, or residuals of an eigenvalue`, panels },
    columns: Math.min(4, panels.length),
    x: stepAxis(Math.max(1, ...own.map(({ step }) => step)), true),
    y: values.every((value) => value > 0)
      ? rankAxis('', values)
      : axis('', { range: ends(values) }),
  });
}

/** Panels share a range, so that it must be said. */
function ends(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  return [low - 0.05 * (high - low), high + 0.05 * (high - low)];
}
