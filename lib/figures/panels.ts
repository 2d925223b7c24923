import type { Layout, LayoutAxis } from 'plotly.js';

const suffixOf = (panel: number) => (panel === 0 ? '' : String(panel + 1));

/** Ids of the axes of the `panel`-th panel, from 0. */
export function panelAxes(panel: number): { xaxis: 'x'; yaxis: 'y' } {
  return { xaxis: `x${suffixOf(panel)}` as 'x', yaxis: `y${suffixOf(panel)}` as 'y' };
}

/** Layout of panels that share their axes' ranges and titles, each with a heading, in reading order. */
export function inPanels(
  headings: readonly string[],
  columns: number,
  x: Partial<LayoutAxis>,
  y: Partial<LayoutAxis>,
): Partial<Layout> {
  const axes = headings.flatMap((_, i) => [
    [`xaxis${suffixOf(i)}`, { ...x, ...(i > 0 ? { matches: 'x' } : {}) }],
    [`yaxis${suffixOf(i)}`, { ...y, ...(i > 0 ? { matches: 'y' } : {}) }],
  ]);
  const annotations = headings.map((text, i) => ({
    text,
    x: 0,
    xanchor: 'left',
    xref: `${panelAxes(i).xaxis} domain`,
    showarrow: false,
    y: 1,
    yanchor: 'bottom',
    yref: `${panelAxes(i).yaxis} domain`,
    yshift: 1,
  }));
  const layout = { ...Object.fromEntries(axes), annotations } as unknown as Partial<Layout>;
  return inColumns(layout, columns, { x: x.title, y: y.title });
}

/** All axes of a layout by name, changed. */
export function axesOf(
  layout: Partial<Layout>,
  change: (axis: Partial<LayoutAxis>, name: string) => Partial<LayoutAxis>,
): Partial<Layout> {
  const found = Object.entries(layout).filter(([name]) => /^[xy]axis\d*$/.test(name));
  return Object.fromEntries(
    found.map(([name, axis]) => [name, change(axis as Partial<LayoutAxis>, name)]),
  );
}

type Title = LayoutAxis['title'];

/**
 * The same panels in another number of columns. Titles and labels stand at the outer panels only.
 * @param titles of the axes, by default those that the layout has.
 */
export function inColumns(
  layout: Partial<Layout>,
  columns: number,
  titles?: { readonly x?: Title; readonly y?: Title },
): Partial<Layout> {
  const count = Object.keys(axesOf(layout, (axis) => axis)).length / 2;
  const last = layout[`xaxis${suffixOf(count - 1)}` as 'xaxis'];
  const { x, y } = titles ?? { x: last?.title, y: layout.yaxis?.title };
  const placed = axesOf(layout, (axis, name) => {
    const panel = Number(name.slice(5) || 1) - 1;
    const outer = name[0] === 'x' ? panel + columns >= count : panel % columns === 0;
    const title = outer ? (name[0] === 'x' ? x : y) : { text: '' };
    return { ...axis, title, showticklabels: outer };
  });
  return {
    ...layout,
    ...placed,
    grid: {
      rows: Math.ceil(count / columns),
      columns,
      pattern: 'independent',
      xgap: 0.08,
      ygap: 0.22,
    },
  };
}
