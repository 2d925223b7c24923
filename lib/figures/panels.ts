import type { Layout } from 'plotly.js';
import type { Axis } from './style';

const suffixOf = (panel: number) => (panel === 0 ? '' : String(panel + 1));

/** Ids of the axes of the `panel`-th panel, from 0. */
export function panelAxes(panel: number): { xaxis: 'x'; yaxis: 'y' } {
  return { xaxis: `x${suffixOf(panel)}` as 'x', yaxis: `y${suffixOf(panel)}` as 'y' };
}

/** Layout of panels that share their axes' ranges and titles, each with a heading, in reading order. */
export function inPanels(headings: readonly string[], columns: number, x: Axis, y: Axis) {
  const axes = headings.flatMap((_, i) => [
    [`xaxis${suffixOf(i)}`, { ...x, ...(i > 0 ? { matches: 'x' } : {}) }],
    [`yaxis${suffixOf(i)}`, { ...y, ...(i > 0 ? { matches: 'y' } : {}) }],
  ]);
  const annotations = headings.map((text, i) => ({
    ...{ text, showarrow: false },
    ...{ x: 0, xanchor: 'left', xref: `${panelAxes(i).xaxis} domain` },
    ...{ y: 1, yanchor: 'bottom', yref: `${panelAxes(i).yaxis} domain`, yshift: 1 },
  }));
  const layout = { ...Object.fromEntries(axes), annotations } as unknown as Partial<Layout>;
  return inColumns(layout, columns);
}

/** A layout with each of its axes changed. */
export function withAxes(
  layout: Partial<Layout>,
  change: (axis: Axis, name: string) => Axis,
): Partial<Layout> {
  const all = Object.entries(layout).map(([name, value]) => {
    return [name, isAxis(name) ? change(value as Axis, name) : value];
  });
  return Object.fromEntries(all);
}
const isAxis = (name: string) => /^[xy]axis\d*$/.test(name);

/** The same panels in another number of columns. Titles and labels stand at the outer panels only. */
export function inColumns(layout: Partial<Layout>, columns: number): Partial<Layout> {
  const count = Object.keys(layout).filter(isAxis).length / 2;
  const last = layout[`xaxis${suffixOf(count - 1)}` as 'xaxis'];
  const rows = Math.ceil(count / columns);
  const placed = withAxes(layout, (axis, name) => {
    const panel = Number(name.slice(5) || 1) - 1;
    const outer = name[0] === 'x' ? panel + columns >= count : panel % columns === 0;
    const title = name[0] === 'x' ? last?.title : layout.yaxis?.title;
    return { ...axis, title: outer ? title : { text: '' }, showticklabels: outer };
  });
  return { ...placed, grid: { rows, columns, pattern: 'independent', xgap: 0.08, ygap: 0.22 } };
}
