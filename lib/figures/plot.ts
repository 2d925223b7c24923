import type { Config, Data, Layout } from 'plotly.js';

/** What Plotly draws: plain data, so that JupyterLab, a browser or an exporter can take it. */
export interface Plot {
  readonly data: Data[];
  readonly layout: Partial<Layout>;
  readonly config?: Partial<Config>;
}

/** No toolbar: it covers titles and offers to upload the data. Dragging zooms, a double click goes back. */
export const QUIET: Partial<Config> = { displayModeBar: false, responsive: false };

/** The words of a figure's title; empty where it has none. */
export function titleOf({ title }: Partial<Layout>): string {
  return (typeof title === 'string' ? title : title?.text) ?? '';
}

/** What a figure finds: its title without what it is of. */
export function findingOf({ layout }: Plot): string {
  const [finding] = titleOf(layout).split(/<br>(?=<(?:sub|span)\b)/);
  return finding.replaceAll('<br>', ' ');
}

/** A figure's name for files: its own, `layout.meta.name`, or the first six words of its title. */
export function nameOf(figure: Plot): string {
  const { meta } = figure.layout as { meta?: { name?: string } };
  const words = (meta?.name ?? findingOf(figure)).toLowerCase().match(/[a-z0-9]+/g) ?? ['figure'];
  return words.slice(0, meta?.name ? undefined : 6).join('-');
}
