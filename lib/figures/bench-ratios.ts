import type { Data } from 'plotly.js';
import type { Figure } from './figure';
import { axis, figure, SCALE_COLORS } from './style';

/** One comparison: how long ours takes by how long the other's takes. */
export interface ComparedTime {
  readonly scale: string;
  readonly what: string;
  readonly ratio: number | null;
}

/** Ratios of times as bars, one color a scale, with the line at 1 where both sides are equally fast. */
export function benchRatios(rows: readonly ComparedTime[]): Figure {
  const compared = rows.filter(({ ratio }) => ratio !== null);
  const scales = [...new Set(compared.map(({ scale }) => scale))];
  const data = scales.map((scale): Data => {
    const own = compared.filter((row) => row.scale === scale);
    return {
      type: 'bar',
      name: scale,
      x: own.map(({ what }) => what),
      y: own.map(({ ratio }) => ratio),
      marker: { color: SCALE_COLORS[scale] ?? '#8a8a8a' },
      hovertemplate: `%{x}, ${scale}: %{y:.2f}<extra></extra>`,
    };
  });
  return figure('Time of this engine by PyTorch’s, same cores (below 1: faster)', data, {
    barmode: 'group',
    xaxis: axis(''),
    yaxis: axis('ratio', { rangemode: 'tozero' }),
    shapes: [
      { type: 'line', xref: 'paper', x0: 0, x1: 1, y0: 1, y1: 1, line: { width: 1, dash: 'dot' } },
    ],
  });
}
