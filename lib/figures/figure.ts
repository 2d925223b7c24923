import type { Config, Data, Layout } from 'plotly.js';

/** A Plotly figure: plain data that JupyterLab, a browser or an exporter draws. */
export interface Figure {
  readonly data: Data[];
  readonly layout: Partial<Layout>;
  readonly config: Partial<Config>;
}
