import { groupBy, type MeasuredRun } from '../findings/series';
import { landscapeSignal } from '../findings/signals';
import { bars, chart, type Panel, stepPlaces } from './chart';
import type { Figure } from './figure';
import { ACCENT, axis, rankAxis, SECOND, stepAxis, THIRD } from './style';

/**
 * Measures of the landscape over training, a panel a task: for example the rank of the gradients' covariance from all
 * parameters and from the first 50,000, which is what the paper saw. Bars are standard errors, or Ritz residuals.
 *
 * ```ts
 * show(landscapeCurves(loadRun('nano-s0'), ['hessian_top'], 'Largest eigenvalue', 'nano, seed 0'));
 * ```
 * @param measures of landscape.csv, three at most. @param title the finding. @param label for example `nano, seed 0`.
 */
export function landscapeCurves(
  run: MeasuredRun,
  measures: readonly string[],
  title: string,
  label: string,
): Figure {
  const rows = (run.landscape ?? []).flatMap((row) =>
    row.value !== undefined && measures.includes(row.measure) ? [{ ...row, value: row.value }] : [],
  );
  const values = rows.map(({ value }) => value);
  const panels = [...groupBy(rows, ({ task }) => task)].map(([task, own]): Panel => {
    const marks = measures.map((measure, i) => {
      const seen = own.filter((row) => row.measure === measure);
      const [name, color] = [landscapeSignal(measure).label, [ACCENT, SECOND, THIRD][i]];
      const errors = seen.map(({ value, standard_error, residual }) => {
        const error = standard_error ?? residual ?? 0;
        return { value, low: value - error, high: value + error };
      });
      return {
        mode: 'lines+markers' as const,
        name,
        line: { color, width: 1.5 },
        marker: { color, size: 4 },
        error_y: bars(errors, color),
        x: stepPlaces(seen.map(({ step }) => step)),
        y: seen.map(({ value }) => value),
        hovertemplate: `${name}: %{y:.3g}<extra></extra>`,
      };
    });
    return { heading: task || 'all tasks', marks };
  });
  // Panels share a range, so that it must be said.
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const range = [low - 0.05 * (high - low), high + 0.05 * (high - low)];
  return chart({
    title,
    of: `${label}; bars: standard errors, or residuals of an eigenvalue`,
    panels,
    columns: 4,
    x: stepAxis(Math.max(1, ...rows.map(({ step }) => step)), true),
    y: values.every((value) => value > 0) ? rankAxis('', values) : axis('', { range }),
  });
}
