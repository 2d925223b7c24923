import type { Data, Layout, PlotData } from 'plotly.js';
import type { Series } from '../findings/series';
import type { Estimate } from '../findings/statistics';
import { Figure } from './figure';
import { inPanels, panelAxes } from './panels';
import { type Axis, GROUND, INK, STEP_ZERO } from './style';
import { setTitle } from './title';

const WIDTH = 760;

/** Something drawn in a panel. Marks of one name share one entry of the legend. */
export type Mark = Partial<PlotData>;

/** One set of axes with a heading. */
export interface Panel {
  readonly heading?: string;
  readonly marks: readonly Mark[];
}

export interface Chart {
  /** The finding in a sentence. */
  readonly title: string;
  /** What it is of, in small type below. */
  readonly of: string;
  /** One panel, or several of the same axes. Where there is none, an empty one is drawn. */
  readonly panels: readonly Panel[];
  /** At most; 1 by default. */
  readonly columns?: number;
  readonly x: Axis;
  readonly y: Axis;
  /** Pixels of the whole, or of a row of panels; by default they follow from the panels. */
  readonly height?: number;
  readonly rowHeight?: number;
  readonly layout?: Partial<Layout>;
}

export interface Look {
  readonly color: string;
  /** Entry of the legend; none where left out. */
  readonly name?: string;
  readonly dash?: 'solid' | 'dash' | 'dot';
  /** Of a line, or of a point's outline, in pixels. */
  readonly width?: number;
  /** Of all points, or of each; `text` is of each. */
  readonly symbol?: string | string[];
  readonly size?: number;
  readonly text?: string[];
  /** `%{x}`, `%{y}` and `%{text}` stand for a point's place and text. */
  readonly hover?: string;
  readonly opacity?: number;
}

type Values = readonly (number | string | null)[];

/** A line through points. */
export function line(x: Values, y: Values, look: Look): Mark {
  const { color, dash = 'solid', width = 1.6 } = look;
  return { ...shared(x, y, look), mode: 'lines', line: { color, dash, width } };
}

/** Points by themselves. */
export function dots(x: Values, y: Values, look: Look): Mark {
  const { color, symbol = 'circle', size = 7, width = 1, text } = look;
  const marker = { color, symbol, size, line: { color, width } } as PlotData['marker'];
  return { ...shared(x, y, look), mode: 'markers', marker, ...(text && { text }) };
}

/**
 * A series over training steps, as a line on {@link stepAxis}.
 *
 * ```ts
 * curve(rankSeries(loadRun('nano-s0'), 'MOD')!, { name: 'MOD', color: taskColor('MOD') });
 * ```
 */
export function curve({ steps, values }: Series, look: Look): Mark {
  return line(stepPlaces(steps), values, look);
}

/** A value with its interval or range, if any. */
export type Range = Pick<Estimate, 'value'> & Partial<Estimate>;

/** Bars from `low` to `high` about values, such as intervals or a range over seeds. */
export function bars(ranges: readonly Range[], color: string): PlotData['error_x'] {
  return {
    type: 'data',
    ...{ symmetric: false, thickness: 1.2, width: 0, color },
    array: ranges.map(({ value, high = value }) => high - value),
    arrayminus: ranges.map(({ value, low = value }) => value - low),
  };
}

function shared(x: Values, y: Values, { name, hover, opacity }: Look): Mark {
  return {
    x: [...x] as number[],
    y: [...y] as number[],
    ...(name !== undefined && { name }),
    ...(opacity !== undefined && { opacity }),
    hovertemplate: hover === undefined ? undefined : `${hover}<extra></extra>`,
  };
}

/** Steps as places on a log axis, where step 0 stands at one half. */
export function stepPlaces(steps: readonly number[]): number[] {
  return steps.map((step) => (step === 0 ? STEP_ZERO : step));
}

/**
 * A chart in the house style: panels in columns, one legend, the finding as its title, a transparent ground.
 *
 * ```ts
 * const marks = [curve(rankSeries(loadRun('nano-s0'), 'MOD')!, { color: taskColor('MOD') })];
 * show(chart({ title: 'MOD', of: 'nano', x: stepAxis(2000), y: rankAxis('rank', [1, 9]), panels: [{ marks }] }));
 * ```
 */
export function chart({ title, of, x, y, layout, ...given }: Chart): Figure {
  const panels: readonly Panel[] = given.panels.length > 0 ? given.panels : [{ marks: [] }];
  const columns = Math.min(given.columns ?? 1, panels.length);
  const named = new Set<string>();
  const data = panels.flatMap(({ marks }, panel) =>
    marks.map((mark): Data => {
      const first = mark.name !== undefined && !named.has(mark.name);
      if (mark.name !== undefined) named.add(mark.name);
      const axes = panels.length > 1 ? panelAxes(panel) : {};
      const legend = { showlegend: first, legendgroup: mark.name };
      return { type: 'scatter', ...mark, ...axes, ...legend } as Data;
    }),
  );
  const rows = Math.ceil(panels.length / columns);
  const { rowHeight = rows > 1 ? 195 : 310, height = 110 + rowHeight * rows } = given;
  const headings = panels.map(({ heading = '' }) => heading);
  const grid =
    panels.length > 1 ? inPanels(headings, columns, x, y) : { xaxis: { ...x }, yaxis: { ...y } };
  const set = setTitle(`${title}<br><sub>${of}</sub>`, WIDTH);
  // Headings stand above their panels.
  const top = set.height + (panels.length > 1 ? 20 : 0) + 6;
  return new Figure(data, {
    ...GROUND,
    width: WIDTH,
    height,
    font: { family: 'Helvetica, Arial, sans-serif', size: 12, color: INK },
    hoverlabel: { font: { size: 12 } },
    ...grid,
    legend: { font: { size: 11 } },
    ...layout,
    title: set.layout,
    margin: { l: 68, r: 16, b: 52, ...layout?.margin, t: top },
  });
}
