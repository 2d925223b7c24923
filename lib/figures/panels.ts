import type { Layout, LayoutAxis } from 'plotly.js';

/** Ids of the axes of the `panel`-th panel, from 0. */
export function panelAxes(panel: number): { xaxis: 'x'; yaxis: 'y' } {
  const suffix = panel === 0 ? '' : String(panel + 1);
  return { xaxis: `x${suffix}` as 'x', yaxis: `y${suffix}` as 'y' };
}

/**
 * Layout of panels that share their axes' ranges and titles, each with a heading.
 * @param headings one for each panel, in reading order.
 */
export function panels(
  headings: readonly string[],
  columns: number,
  x: Partial<LayoutAxis>,
  y: Partial<LayoutAxis>,
): Partial<Layout> {
  const layout: Record<string, unknown> = {
    annotations: headings.map((heading, i) => {
      const { xaxis, yaxis } = panelAxes(i);
      return {
        ...{ xref: `${xaxis} domain`, x: 0, xanchor: 'left', showarrow: false },
        ...{ yref: `${yaxis} domain`, y: 1, yanchor: 'bottom', yshift: 1 },
        text: heading,
      };
    }),
  };
  headings.forEach((_, i) => {
    const suffix = i === 0 ? '' : String(i + 1);
    layout[`xaxis${suffix}`] = { ...x, ...(i > 0 ? { matches: 'x' } : {}) };
    layout[`yaxis${suffix}`] = { ...y, ...(i > 0 ? { matches: 'y' } : {}) };
  });
  return inColumns(layout as Partial<Layout>, columns, { x: x.title, y: y.title });
}

type Title = LayoutAxis['title'];

/**
 * The same panels in another number of columns. Titles and labels stand at the outer panels only.
 * @param titles of the axes, by default those that the layout has.
 */
export function inColumns(
  layout: Partial<Layout>,
  columns: number,
  titles: { readonly x?: Title; readonly y?: Title } = {
    x: layout[`xaxis${lastOf(layout)}` as 'xaxis']?.title,
    y: layout.yaxis?.title,
  },
): Partial<Layout> {
  const axes = Object.entries(layout).filter(([name]) => /^[xy]axis\d*$/.test(name));
  const count = axes.length / 2;
  const rows = Math.ceil(count / columns);
  const placed = axes.map(([name, value]) => {
    const panel = Number(name.slice(5) || 1) - 1;
    const outer = name[0] === 'x' ? panel + columns >= count : panel % columns === 0;
    const title = outer ? (name[0] === 'x' ? titles.x : titles.y) : { text: '' };
    return [name, { ...(value as object), title, showticklabels: outer }];
  });
  return {
    ...layout,
    ...Object.fromEntries(placed),
    grid: { rows, columns, pattern: 'independent', xgap: 0.08, ygap: 0.22 },
  };
}

/** Suffix of the last panel's axes. */
function lastOf(layout: Partial<Layout>): string {
  const count = Object.keys(layout).filter((name) => /^xaxis\d*$/.test(name)).length;
  return count > 1 ? String(count) : '';
}
