import type { Data, Layout, PlotData } from 'plotly.js';
import { Problem } from '../files/problem';
import { inColumns, withAxes } from './panels';
import { type Plot, titleOf } from './plot';
import type { Axis } from './style';
import { LETTER, setTitle, wrap } from './title';

/** Ink on paper; screens have a gray that reads on both themes. */
const INK = '#222222';
/** Pixels under which a figure stands in one column. */
const COLUMN = 520;
/** Type of one column, in pixels: 7 points, and 7.5 for what is read first. */
const [SMALL, TYPE] = [9.5, 10];
/** Letters of a row's name before it wraps, where the rows have less than half of the column. */
const ROW_LETTERS = 24;
/** Pixels of a legend's symbol with the gaps beside it. */
const SYMBOL = 46;

/**
 * A figure as it is printed: dark ink on white and, at column width, titles and names that wrap, panels in two columns, the
 * legend below, and smaller marks. Type stays at 7 points or more.
 * @param options `width` in CSS pixels, the figure's own by default; `title` false to leave it out.
 */
export function forPaper(
  { layout, data, config }: Plot,
  options: { width?: number; title?: boolean; ink?: string; ground?: string } = {},
): Plot {
  const { width = layout.width ?? 760, ink = INK, ground = '#ffffff' } = options;
  const narrow = width < COLUMN;
  const sizes = narrow ? { finding: TYPE + 1, under: SMALL } : undefined;
  const title = setTitle(options.title === false ? '' : titleOf(layout), width, sizes);
  const top = title.height + (layout.grid ? 16 : 0) + 4;
  const font = { ...layout.font, size: narrow ? TYPE : 12, color: ink };
  const paper = { paper_bgcolor: ground, plot_bgcolor: ground, width, font, title: title.layout };
  const inked = withAxes(layout, (axis) => ({ ...axis, linecolor: ink, tickcolor: ink }));
  const { height: ownHeight = 460, width: ownWidth = 760, margin: own } = layout;
  if (!narrow) {
    const height = ownHeight - (own?.t ?? top) + top;
    return { data, layout: { ...inked, height, margin: { ...own, t: top }, ...paper }, config };
  }
  const panelled = layout.grid ? inColumns(inked, 2) : inked;
  const laid = withAxes(panelled, (axis, name) =>
    inColumn(axis, name, width, Boolean(layout.grid)),
  );
  const plot = plotHeight(laid, width, ownHeight / ownWidth);
  const [left, right, below] = [leftOf(laid), 8, belowPlot(laid)];
  const legend = legendBelow(data, { width, left, right, plot, below });
  return {
    data: data.map(smaller),
    layout: {
      ...laid,
      annotations: layout.annotations?.map((one) => ({ ...one, font: { size: SMALL } })),
      height: Math.round(top + plot + below + legend.height),
      margin: { l: left, r: right, t: top, b: below + legend.height },
      legend: legend.layout,
      ...paper,
    },
    config,
  };
}

/** An axis at column width: names of rows wrap, and powers of ten stay of many ticks. */
function inColumn(axis: Axis, name: string, width: number, panel: boolean): Axis {
  const { tickvals = [], ticktext = [], type } = axis;
  const ticks: Axis = {};
  if (name[0] === 'y' && ticktext.some(isName)) {
    ticks.ticktext = ticktext.map((text) => wrap(text, ROW_LETTERS).join('<br>'));
  }
  if (type === 'log' && tickvals.length > 0 && (name[0] === 'x' || panel)) {
    const kept = tickvals.flatMap((value, i) => {
      // Half a column has room for every second power of ten.
      if (panel && name[0] === 'x') return Math.log10(Number(value)) % 2 === 0 ? [i] : [];
      const plain = /^[125]e/.test(Number(value).toExponential());
      return plain || (tickvals.length <= 7 && !panel) ? [i] : [];
    });
    ticks.tickvals = kept.map((i) => tickvals[i]);
    ticks.ticktext = kept.map((i) => ticktext[i]);
  }
  const most = Math.floor((0.5 * width) / (LETTER * TYPE));
  const text = wrap(wordsOf(axis), most).join('<br>');
  return {
    ...axis,
    ...ticks,
    automargin: true,
    ticklen: 3,
    tickfont: { ...axis.tickfont, size: SMALL },
    title: { text, standoff: 6, font: { size: TYPE } },
  };
}

/** Whether a tick is labeled by a name, not a number. */
const isName = (text: string) => Number.isNaN(Number(text.replace(/[,%]/g, '')));
const linesOf = (text: string) => text.split('<br>');
/** Pixels that text of the small size takes. */
const widthOf = (text: string) =>
  LETTER * SMALL * Math.max(...linesOf(text).map(({ length }) => length));
const wordsOf = ({ title }: Axis = {}) => (typeof title === 'object' ? (title.text ?? '') : '');
/** Lines of an axis' title; 0 where it has none. */
const titleLines = (axis?: Axis) => (wordsOf(axis) === '' ? 0 : linesOf(wordsOf(axis)).length);
/** Labels of an axis' ticks; some numbers where Plotly chooses them. */
const labels = ({ ticktext, tickvals }: Axis = {}) =>
  (ticktext ?? tickvals ?? ['0.000']).map(String);

/** Pixels of the plots alone at column width. */
function plotHeight({ yaxis, grid }: Partial<Layout>, width: number, proportion: number): number {
  const names = labels(yaxis);
  const lines = Math.max(...names.map((name) => linesOf(name).length));
  const named = names.some(isName) ? names.length * (12 * lines + 4) : 0;
  if (grid?.rows && grid.rows > 1) return Math.max(136, named) * grid.rows;
  if (names.length > 5 && named > 0) return named;
  // What is flat by itself stays so.
  return (proportion < 0.5 ? proportion : Math.max(0.62, proportion)) * width;
}

/** Pixels left of the plot, for labels and title. */
function leftOf({ yaxis }: Partial<Layout>): number {
  return Math.ceil(Math.max(...labels(yaxis).map(widthOf)) + 10 + titleLines(yaxis) * (TYPE + 8));
}

/** Pixels below the plot, for labels and title. */
function belowPlot({ xaxis, grid }: Partial<Layout>): number {
  return (xaxis?.type === 'category' ? 48 : 20) + (grid ? 1 : titleLines(xaxis)) * 14 + 6;
}

/** The legend below the plot, in columns as wide as its longest name. */
function legendBelow(
  data: readonly Data[],
  place: Record<'width' | 'left' | 'right' | 'plot' | 'below', number>,
): { height: number; layout: Layout['legend'] } {
  const { width, left, right, plot, below } = place;
  const names = data.flatMap((trace) => {
    const { name, showlegend } = trace as Partial<PlotData>;
    return name && showlegend !== false ? [name] : [];
  });
  const entry = Math.ceil(Math.max(1, ...names.map(widthOf)));
  const columns = Math.max(1, Math.floor((width - right - 10) / (SYMBOL + entry)));
  return {
    height: names.length > 1 ? Math.ceil(names.length / columns) * 15 + 8 : 0,
    layout: {
      ...{ orientation: 'h', entrywidth: entry, font: { size: SMALL }, tracegroupgap: 0 },
      // From the figure's left edge: only what begins left of the plot and below it may be wider than it.
      x: -(left - 2) / (width - left - right),
      xanchor: 'left',
      y: -below / plot,
      yanchor: 'top',
    } as Layout['legend'],
  };
}

/** A trace with marks and lines for a plot of half the size. */
function smaller(trace: Data): Data {
  const { marker, line } = trace as Partial<PlotData>;
  const size = marker?.size;
  const shrunk = Array.isArray(size) ? size.map((one) => 0.7 * Number(one)) : 0.7 * Number(size);
  const thin = line?.width ? { ...line, width: Math.max(0.8, 0.7 * Number(line.width)) } : line;
  return {
    ...trace,
    ...(size === undefined ? {} : { marker: { ...marker, size: shrunk } }),
    ...(thin ? { line: thin } : {}),
  } as Data;
}

/**
 * A width such as `85mm` or `600px` in CSS pixels.
 * @throws Problem where it cannot be read, is under 40 mm, or over 5,000 pixels.
 */
export function pixels(width: string): number {
  const perMm = 96 / 25.4;
  const found = /^(\d+(?:\.\d+)?)(mm|px)$/.exec(width);
  if (!found) throw new Problem(`The width "${width}" cannot be read: write 85mm or 800px.`);
  const size = Math.round(Number(found[1]) * (found[2] === 'mm' ? perMm : 1));
  if (size < Math.floor(40 * perMm)) {
    throw new Problem(`The width "${width}" is too small to read: give 40mm or more.`);
  }
  if (size > 5000) throw new Problem(`The width "${width}" fits no page: give 1300mm or less.`);
  return size;
}
