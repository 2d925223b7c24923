import type { Layout, LayoutAxis } from 'plotly.js';
import { Problem } from '../environment/problem';
import { Figure } from './figure';

/** Ink on paper; screens have a gray that reads on both themes. */
const INK = '#222222';
/** Pixels under which a figure stands in one column: its legend goes below and its type gets smaller. */
const COLUMN = 520;

/**
 * A figure as it is printed: dark ink on white and, at column width, a title that wraps and the legend
 * below. Type stays at 7 points or more.
 * @param width in CSS pixels (96 to the inch); the figure's own by default.
 */
export function forPaper(figure: Figure, width = figure.layout.width ?? 760): Figure {
  const { layout } = figure;
  const narrow = width < COLUMN;
  const size = narrow ? 10 : 12;
  const title = layout.title as { text: string };
  const [finding, rest] = title.text.split('<br>');
  const perLine = Math.floor(width / (0.56 * (size + (narrow ? 1 : 3))));
  const lines = wrap(finding, perLine);
  const under = wrap((rest ?? '').replace(/<\/?sub>/g, ''), Math.floor(width / (0.52 * 9.5)));
  const text = [...lines, ...under.map((line) => `<span style="font-size:9.5px">${line}</span>`)];
  const top = 16 + lines.length * (size + 6) + under.length * 14;
  const entries = figure.data.filter(
    (trace) => trace.name && (trace as { showlegend?: boolean }).showlegend !== false,
  ).length;
  const perRow = Math.max(1, Math.floor(width / 88));
  const legendHeight = entries > 1 ? Math.ceil(entries / perRow) * 15 + 8 : 0;
  const { width: ownWidth = 760, height: ownHeight = 460, margin: { b: below = 52 } = {} } = layout;
  const plot = narrow ? Math.max(0.62, ownHeight / ownWidth) * width : ownHeight - 116;
  const height = Math.round(top + plot + below + (narrow ? legendHeight : 0));
  return new Figure(
    figure.data,
    {
      ...layout,
      width,
      height,
      font: { ...layout.font, size, color: INK },
      title: {
        ...title,
        text: text.join('<br>'),
        // Plotly hangs a title of several lines by the baseline of its first.
        y: 1 - (size + 8) / height,
        yref: 'container',
        yanchor: 'top',
        font: { size: size + (narrow ? 1 : 3) },
      } as Layout['title'],
      paper_bgcolor: '#ffffff',
      plot_bgcolor: '#ffffff',
      ...axes(layout, size),
      margin: narrow
        ? { l: 44, r: 8, t: top, b: below + legendHeight }
        : { ...layout.margin, t: Math.max(top, layout.margin?.t ?? 0) },
      ...(narrow
        ? {
            legend: {
              ...layout.legend,
              orientation: 'h',
              font: { size: 9 },
              x: 0,
              xanchor: 'left',
              y: 0,
              yref: 'container',
              yanchor: 'bottom',
            } as Layout['legend'],
          }
        : {}),
    },
    figure.config,
  );
}

/** All axes of a figure in ink, their titles no larger than the rest. */
function axes(layout: Partial<Layout>, size: number): Partial<Layout> {
  const found = Object.entries(layout).filter(([name]) => /^[xy]axis\d*$/.test(name));
  return Object.fromEntries(
    found.map(([name, value]) => {
      const axis = value as Partial<LayoutAxis>;
      const title = typeof axis.title === 'object' ? { ...axis.title, font: { size } } : axis.title;
      return [name, { ...axis, title, linecolor: INK, tickcolor: INK }];
    }),
  );
}

/** Words in lines of at most `most` characters. */
function wrap(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter(Boolean)) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + 1 + word.length <= most) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
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
  return size;
}
