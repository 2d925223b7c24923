import type { Data, Layout, LayoutAxis, PlotData } from 'plotly.js';
import { Problem } from '../files/problem';
import { inColumns } from './panels';
import { type Plot, titleOf } from './plot';
import { setTitle, wrap } from './title';

/** Ink on paper; screens have a gray that reads on both themes. */
const INK = '#222222';
/** Pixels under which a figure stands in one column. */
const COLUMN = 520;
/** Type of one column, in pixels: 7 points, and 7.5 for what is read first. */
const SMALL = 9.5;
const TYPE = 10;
/** Mean width of a letter, as a part of the type's size. */
const LETTER = 0.53;
/** Letters of a row's name before it wraps, where the rows have less than half of the column. */
const ROW_LETTERS = 24;
/** Pixels of a legend's symbol with the gaps beside it. */
const SYMBOL = 46;

/** How a figure is fitted to a page. */
export interface PaperOptions {
  /** In CSS pixels (96 to the inch); the figure's own by default. */
  readonly width?: number;
  /** False to leave the title out. */
  readonly title?: boolean;
  /** Colors of text and ground; dark on white by default. */
  readonly ink?: string;
  readonly ground?: string;
}

/**
 * A figure as it is printed: dark ink on white and, at column width, titles and names that wrap, panels in
 * two columns, the legend below, and smaller marks. Type stays at 7 points or more.
 */
export function forPaper(figure: Plot, options: PaperOptions = {}): Plot {
  const { layout } = figure;
  const { width = layout.width ?? 760, ink = INK, ground = '#ffffff' } = options;
  const narrow = width < COLUMN;
  const { height: ownHeight = 460, width: ownWidth = 760, margin: own } = layout;
  const title = setTitle(
    options.title === false ? '' : titleOf(layout),
    width,
    narrow ? { finding: TYPE + 1, under: SMALL } : { finding: 15, under: 11.5 },
  );
  const paper = { paper_bgcolor: ground, plot_bgcolor: ground, width };
  const printed = (more: Partial<Layout>, data: Data[], size: number): Plot => ({
    data,
    layout: {
      ...more,
      ...paper,
      font: { ...layout.font, size, color: ink },
      title: title.layout,
    },
    config: figure.config,
  });
  const inInk = (axis: AnyAxis): AnyAxis => ({ ...axis, linecolor: ink, tickcolor: ink });
  const headings = layout.grid ? 16 : 0;
  const top = title.height + headings + 4;
  if (!narrow) {
    const height = ownHeight - (own?.t ?? top) + top;
    const inked = { ...layout, ...axes(layout, inInk), height };
    return printed({ ...inked, margin: { ...own, t: top } }, figure.data, 12);
  }
  const panelled = layout.grid ? inColumns(layout, 2) : layout;
  const laid: Partial<Layout> = {
    ...panelled,
    ...axes(panelled, (axis, name) => inColumn(inInk(axis), name, width, Boolean(layout.grid))),
  };
  const plot = plotHeight(laid, width, ownHeight / ownWidth);
  const [left, right, below] = [leftOf(laid), Math.max(8, beside(layout)), belowPlot(laid)];
  const legend = legendBelow(figure.data, { width, left, right, plot, below });
  return printed(
    {
      ...laid,
      annotations: layout.annotations?.map((one) => ({ ...one, font: { size: SMALL } })),
      height: Math.round(top + plot + below + legend.height),
      margin: { l: left, r: right, t: top, b: below + legend.height },
      legend: legend.layout,
    },
    figure.data.map(smaller),
    TYPE,
  );
}

type AnyAxis = Partial<LayoutAxis>;

/** All axes of a layout, changed. */
function axes(
  layout: Partial<Layout>,
  change: (axis: AnyAxis, name: string) => AnyAxis,
): Partial<Layout> {
  const found = Object.entries(layout).filter(([name]) => /^[xy]axis\d*$/.test(name));
  return Object.fromEntries(found.map(([name, axis]) => [name, change(axis as AnyAxis, name)]));
}

/** An axis at column width: names of rows wrap, and powers of ten stay of many ticks. */
function inColumn(axis: AnyAxis, name: string, width: number, panel: boolean): AnyAxis {
  const { tickvals = [], ticktext = [], title } = axis;
  const rows = name[0] === 'y' && ticktext.some(isName);
  const ticks: AnyAxis = {};
  if (rows) ticks.ticktext = ticktext.map((text) => rowName(text).join('<br>'));
  if (axis.type === 'log' && tickvals.length > 0 && (name[0] === 'x' || panel)) {
    const kept = tickvals.flatMap((value, i) => {
      // Half a column has room for every second power of ten.
      if (panel && name[0] === 'x') return Math.log10(Number(value)) % 2 === 0 ? [i] : [];
      const plain = /^[125]e/.test(Number(value).toExponential());
      return plain || (tickvals.length <= 7 && !panel) ? [i] : [];
    });
    ticks.tickvals = kept.map((i) => tickvals[i]);
    ticks.ticktext = kept.map((i) => ticktext[i]);
  }
  const words = typeof title === 'object' ? (title.text ?? '') : '';
  const most = Math.floor((0.5 * width) / (LETTER * TYPE));
  return {
    ...axis,
    ...ticks,
    automargin: true,
    ticklen: 3,
    tickfont: { ...axis.tickfont, size: SMALL },
    title: { text: wrap(words, most).join('<br>'), standoff: 6, font: { size: TYPE } },
  };
}

/** Whether a tick is labeled by a name, not a number. */
function isName(text: string): boolean {
  return Number.isNaN(Number(text.replace(/[,%]/g, '')));
}

/** Lines of a row's name. */
function rowName(text: string): string[] {
  return wrap(text, ROW_LETTERS);
}

/** Pixels of the plots alone at column width. */
function plotHeight(layout: Partial<Layout>, width: number, proportion: number): number {
  const { yaxis, grid } = layout;
  const names = labels(yaxis);
  const lines = Math.max(...names.map((name) => linesOf(name).length));
  const named = names.some(isName) ? names.length * (12 * lines + 4) : 0;
  if (grid?.rows && grid.rows > 1) return Math.max(136, named) * grid.rows;
  if (names.length > 5 && named > 0) return named;
  // What is flat by itself stays so.
  return (proportion < 0.5 ? proportion : Math.max(0.62, proportion)) * width;
}

/** Labels of an axis' ticks; some numbers where Plotly chooses them. */
function labels({ ticktext, tickvals }: AnyAxis = {}): string[] {
  return (ticktext ?? tickvals ?? ['0.000']).map(String);
}

/** Lines of a text that has been wrapped. */
function linesOf(text: string): string[] {
  return text.split('<br>');
}

/** Pixels that text of that size takes. */
function widthOf(text: string, size: number): number {
  return LETTER * size * Math.max(...linesOf(text).map(({ length }) => length));
}

/** Whether an axis has a title, and of how many lines. */
function titleLines({ title }: AnyAxis = {}): number {
  const text = typeof title === 'object' ? (title.text ?? '') : '';
  return text === '' ? 0 : linesOf(text).length;
}

/** Pixels left of the plot, for labels and title. */
function leftOf({ yaxis }: Partial<Layout>): number {
  const widest = Math.max(...labels(yaxis).map((text) => widthOf(text, SMALL)));
  return Math.ceil(widest + 10 + titleLines(yaxis) * (TYPE + 8));
}

/** Pixels below the plot, for labels and title. */
function belowPlot(layout: Partial<Layout>): number {
  const { xaxis, grid } = layout;
  const lowest = grid ? inColumns(layout, 2).xaxis : xaxis;
  const upright = lowest?.tickangle === -90 || lowest?.type === 'category';
  return (upright ? 48 : 20) + (grid ? 1 : titleLines(lowest)) * 14 + 6;
}

/** Pixels right of the plot for notes that stand there. */
function beside({ annotations = [] }: Partial<Layout>): number {
  const outside = annotations.filter(({ xref, x }) => xref === 'paper' && Number(x) > 1);
  return Math.max(0, ...outside.map(({ text = '' }) => LETTER * SMALL * text.length + 8));
}

/** The legend below the plot, in columns as wide as its longest name. */
function legendBelow(
  data: readonly Data[],
  place: Record<'width' | 'left' | 'right' | 'plot' | 'below', number>,
): { height: number; layout: Layout['legend'] } {
  const { width, left, right, plot, below } = place;
  const names = data
    .map((trace) => trace as Partial<PlotData>)
    .filter(({ name, showlegend }) => name && showlegend !== false)
    .map(({ name = '' }) => name);
  const entry = Math.ceil(Math.max(1, ...names.map((name) => widthOf(name, SMALL))));
  const columns = Math.max(1, Math.floor((width - right - 10) / (SYMBOL + entry)));
  return {
    height: names.length > 1 ? Math.ceil(names.length / columns) * 15 + 8 : 0,
    layout: {
      ...{ orientation: 'h', entrywidth: entry, font: { size: SMALL }, tracegroupgap: 0 },
      // From the figure's left edge: only what begins left of the plot and below it may be wider than it.
      ...{ x: -(left - 2) / (width - left - right), xanchor: 'left' },
      ...{ y: -below / plot, yanchor: 'top' },
    } as Layout['legend'],
  };
}

/** A trace with marks, lines and keys for a plot of half the size. */
function smaller(trace: Data): Data {
  const { marker, line, colorbar } = trace as Partial<PlotData> & { colorbar?: object };
  const size = marker?.size;
  const shrunk = Array.isArray(size)
    ? size.map((one) => 0.7 * Number(one))
    : size === undefined
      ? undefined
      : 0.7 * Number(size);
  return {
    ...trace,
    ...(marker ? { marker: shrunk === undefined ? marker : { ...marker, size: shrunk } } : {}),
    ...(line?.width ? { line: { ...line, width: Math.max(0.8, 0.7 * Number(line.width)) } } : {}),
    ...(colorbar
      ? {
          colorbar: {
            ...colorbar,
            thickness: 8,
            tickfont: { size: SMALL },
            title: { ...(colorbar as { title?: object }).title, font: { size: SMALL } },
          },
        }
      : {}),
  } as Data;
}

/** CSS pixels in a millimeter. */
const PIXELS_PER_MM = 96 / 25.4;

/**
 * A width such as `85mm` or `600px` in CSS pixels.
 * @throws Problem where it cannot be read, or is under 40 mm.
 */
export function pixels(width: string): number {
  const found = /^(\d+(?:\.\d+)?)(mm|px)$/.exec(width);
  if (!found) throw new Problem(`The width "${width}" cannot be read: write 85mm or 800px.`);
  const size = Math.round(Number(found[1]) * (found[2] === 'mm' ? PIXELS_PER_MM : 1));
  if (size < Math.floor(40 * PIXELS_PER_MM)) {
    throw new Problem(`The width "${width}" is too small to read: give 40mm or more.`);
  }
  if (size > 5000) throw new Problem(`The width "${width}" fits no page: give 1300mm or less.`);
  return size;
}
