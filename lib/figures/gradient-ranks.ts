import type { Data } from 'plotly.js';
import { PAPER_PARAMETERS } from '../measures/gradient-covariance';
import type { LandscapeRow } from '../study/tables';
import type { Figure } from './figure';
import { axis, figure, short, stepAxis, stepPlace } from './style';

const SEEN = {
  gradient_rank: { name: 'all parameters', color: '#0072b2' },
  gradient_rank_leading: {
    name: `first ${PAPER_PARAMETERS.toLocaleString('en-US')}`,
    color: '#d55e00',
  },
} as const;

/**
 * Effective rank of the gradient covariance over training steps, from all parameters and from the first
 * 50,000 alone, as the paper has it and names as a limitation: does the part tell the same as the whole?
 * @param label for example `nano, seed 0`.
 */
export function gradientRanks(rows: readonly LandscapeRow[], label: string): Figure {
  const series = (Object.keys(SEEN) as (keyof typeof SEEN)[]).map((measure) => ({
    ...SEEN[measure],
    rows: rows.filter((row) => row.measure === measure && row.value !== undefined),
  }));
  const data = series.map(
    ({ name, color, rows: own }): Data => ({
      type: 'scatter',
      mode: 'lines+markers',
      name,
      x: own.map(({ step }) => stepPlace(step)),
      y: own.map(({ value }) => value!),
      customdata: own.map(({ step }) => step),
      error_y: {
        type: 'data',
        symmetric: false,
        array: own.map(({ spread }) => spread ?? 0),
        // No rank is under 1, however far the jackknife's error reaches.
        arrayminus: own.map(({ value, spread }) => Math.min(spread ?? 0, Math.max(0, value! - 1))),
        thickness: 1,
        width: 0,
      },
      line: { color, width: 1.6 },
      marker: { color, size: 5 },
      hovertemplate: `${name}<br>step %{customdata}<br>effective rank %{y:.3g}<extra></extra>`,
    }),
  );
  const last = Math.max(1, ...rows.map(({ step }) => step));
  return figure(
    title(
      series.map(({ rows: own }) => own),
      label,
    ),
    data,
    {
      xaxis: stepAxis(last),
      yaxis: axis('effective rank of the gradient covariance'),
    },
  );
}

function title([all, leading]: LandscapeRow[][], label: string): string {
  const pairs = all.flatMap((row) => {
    const other = leading.find(({ step }) => step === row.step);
    return other ? [Math.abs(other.value! / row.value! - 1)] : [];
  });
  const under = `<sub>${label}; bars: jackknife standard errors, cut at a rank of 1</sub>`;
  if (pairs.length === 0) return `Gradient covariance<br>${under}`;
  const middle = pairs.sort((a, b) => a - b)[pairs.length >> 1];
  return (
    `The first ${PAPER_PARAMETERS.toLocaleString('en-US')} parameters give the rank of all to within ` +
    `${short(100 * middle)} % at half of the steps, ${short(100 * pairs.at(-1)!)} % at worst<br>${under}`
  );
}
