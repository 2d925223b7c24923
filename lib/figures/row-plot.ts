import type { Layout } from 'plotly.js';
import { bars, type Chart, chart, dots, type Look, type Mark, type Range } from './chart';
import { panelAxes } from './panels';
import { type Axis, axis, INK } from './style';

export interface RowPoint extends Range {
  /** Place of the row, from the top. */
  readonly row: number;
  readonly hover: string;
}

/** Points of one kind in their rows, with lines for their intervals. */
export function rowDots(points: readonly RowPoint[], look: Look): Mark {
  const places = [points.map(({ value }) => value), points.map(({ row }) => row)] as const;
  const text = points.map(({ hover }) => hover);
  const mark = dots(...places, { size: 8, ...look, text, hover: '%{text}' });
  return { ...mark, error_x: bars(points, look.color) };
}

/** Gray bars from low to high in their rows: what chance gives. */
export function rowBands(points: readonly RowPoint[], name: string): Mark {
  return {
    type: 'bar',
    orientation: 'h',
    ...{ name, width: 0.5 },
    textposition: 'none',
    // plotly.js has it; its types do not.
    ...{ base: points.map(({ low = 0 }) => low) },
    x: points.map(({ low = 0, high = 0 }) => high - low),
    y: points.map(({ row }) => row),
    marker: { color: 'rgba(128,128,128,0.3)' },
    text: points.map(({ hover }) => hover),
    hovertemplate: '%{text}<extra></extra>',
  };
}

/** Shares from 0 to 1, with room for the marks at its ends and few numbers, since panels stand side by side. */
export function shareAxis(title: string): Axis {
  return axis(title, { range: [-0.07, 1.07], tickvals: [0, 0.5, 1], ticktext: ['0', '.5', '1'] });
}

/** A chart whose panels, side by side, share named rows, the first at the top. */
interface RowPlot extends Pick<Chart, 'title' | 'of' | 'panels' | 'x'> {
  readonly rows: readonly string[];
  /** A value that is marked by a line in every panel, such as chance. */
  readonly line?: number;
  readonly shapes?: Layout['shapes'];
}

export function rowPlot({ panels, rows, line, shapes = [], ...rest }: RowPlot) {
  const longest = Math.max(0, ...rows.map(({ length }) => length));
  const rules = panels.map((_, i): Layout['shapes'][number] => ({
    type: 'line',
    ...{ x0: line, x1: line, y0: 0, y1: 1 },
    line: { color: INK, width: 1, dash: 'dot' },
    xref: panelAxes(i).xaxis,
    yref: `${panelAxes(i).yaxis} domain` as 'paper',
  }));
  const ticks = { tickvals: [...rows.keys()], ticktext: [...rows] };
  return chart({
    ...rest,
    panels,
    columns: panels.length,
    y: axis('', { ...ticks, range: [rows.length - 0.4, -0.6], showgrid: false }),
    height: 218 + 34 * Math.max(4, rows.length),
    layout: {
      barmode: 'overlay',
      shapes: line === undefined ? shapes : [...shapes, ...rules],
      margin: { l: 30 + 6.2 * longest, b: 116 },
      legend: { orientation: 'h', y: 0, yref: 'container', yanchor: 'bottom', font: { size: 11 } },
    },
  });
}
