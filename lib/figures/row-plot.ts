import type { Layout, LayoutAxis } from 'plotly.js';
import { type Chart, chart, dots, type Mark } from './chart';
import type { Figure } from './figure';
import { axis, INK, intervals } from './style';

/** A value in a row, with its interval where it has one. */
export interface RowPoint {
  /** Place of the row, from the top. */
  readonly row: number;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly hover?: string;
}

/** How the points of one kind look. */
export interface RowLook {
  readonly name: string;
  readonly color?: string;
  readonly symbol?: string;
  readonly size?: number;
  /** Above (−) or below (+) the middle of the row, in rows. */
  readonly offset?: number;
  /** True to draw them only when the reader clicks their name. */
  readonly onDemand?: boolean;
}

/** Points of one kind, with lines for their intervals. */
export function rowDots(points: readonly RowPoint[], look: RowLook): Mark {
  const { name, color = INK, symbol, size = 8, offset = 0, onDemand } = look;
  const x = points.map(({ value }) => value);
  const y = points.map(({ row }) => row + offset);
  const ranges = points.map(({ value, low = value, high = value }) => ({ value, low, high }));
  return {
    ...dots(x, y, { name, color, symbol, size, hover: '%{text}' }),
    text: points.map(({ hover, value }) => hover ?? String(value)),
    error_x: { ...intervals(ranges), color },
    ...(onDemand ? { visible: 'legendonly' as const } : {}),
  };
}

/** Gray bars from low to high: what chance gives. */
export function rowBands(points: readonly RowPoint[], name: string): Mark {
  return {
    ...{ type: 'bar', orientation: 'h', name, width: 0.5 },
    // plotly.js has it; its types do not.
    ...{ base: points.map(({ low = 0 }) => low) },
    x: points.map(({ low = 0, high = 0 }) => high - low),
    y: points.map(({ row }) => row),
    marker: { color: 'rgba(128,128,128,0.3)' },
    text: points.map(({ hover }) => hover ?? ''),
    textposition: 'none',
    hovertemplate: '%{text}<extra></extra>',
  };
}

/** Shares from 0 to 1, with room for the marks at its ends and few numbers, since panels stand side by side. */
export function shareAxis(title: string): Partial<LayoutAxis> {
  return axis(title, { range: [-0.07, 1.07], tickvals: [0, 0.5, 1], ticktext: ['0', '.5', '1'] });
}

/** A chart whose panels share named rows, the first at the top. */
export interface RowPlot extends Pick<Chart, 'title' | 'of' | 'panels'> {
  readonly rows: readonly string[];
  readonly x: Partial<LayoutAxis>;
  /** A value that is marked by a line in every panel, such as chance. */
  readonly line?: number;
  readonly shapes?: Layout['shapes'];
}

/** Panels side by side. */
export function rowPlot({ title, of, panels, rows, x, line, shapes = [] }: RowPlot): Figure {
  const longest = Math.max(0, ...rows.map(({ length }) => length));
  const rules = line === undefined ? [] : panels.map((_, i) => rule(i, line));
  return chart({
    ...{ title, of, panels, columns: panels.length, x },
    y: axis('', {
      tickvals: rows.map((_, row) => row),
      ticktext: [...rows],
      range: [rows.length - 0.4, -0.6],
      showgrid: false,
    }),
    height: 218 + 34 * Math.max(4, rows.length),
    layout: {
      barmode: 'overlay',
      shapes: [...shapes, ...rules],
      margin: { l: 30 + 6.2 * longest, b: 116 },
      legend: { orientation: 'h', y: 0, yref: 'container', yanchor: 'bottom', font: { size: 11 } },
    },
  });
}

function rule(panel: number, value: number): Layout['shapes'][number] {
  const suffix = panel === 0 ? '' : String(panel + 1);
  return {
    ...{ type: 'line', x0: value, x1: value, y0: 0, y1: 1 },
    ...{ xref: `x${suffix}` as 'x', yref: `y${suffix} domain` as 'paper' },
    line: { color: INK, width: 1, dash: 'dot' },
  };
}
