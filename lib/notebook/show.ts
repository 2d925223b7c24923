import { type Plot, QUIET } from '../figures/plot';
import { GROUND, INK } from '../figures/style';
import { Problem } from '../files/problem';

/** One place in a cell's output that can be shown again with other content. */
export interface Place {
  html(html: string): void;
  /** @param type any MIME type. */
  raw(type: string, data: unknown): void;
}

/** True where this code runs in a tslab kernel, false in a plain Node process. */
export function inNotebook(): boolean {
  try {
    // tslab can be loaded anywhere; only a kernel that is executing a cell has this function.
    return require('tslab/dist/jupyter').lastWriteDisplayData != null;
  } catch {
    return false;
  }
}

/** A new place in the output of the cell that is running. @throws Problem outside a notebook. */
export function newPlace(): Place {
  if (!inNotebook())
    throw new Problem('Nothing can be displayed here: this needs a notebook on the tslab kernel.');
  return require('tslab').newDisplay();
}

/** JupyterLab draws this type with the extension that set-up installs, so a figure stores its data only. */
export const PLOTLY_MIME = 'application/vnd.plotly.v1+json';

/**
 * Shows a figure below the cell: interactive in JupyterLab, without a network. A committed notebook carries a picture of
 * it as well, for places where no script runs.
 *
 * ```ts
 * const run = loadRun('nano-s0');
 * const steps = run.training.map(({ step }) => step);
 * const losses = run.training.map(({ loss }) => loss);
 * show({ data: [{ x: steps, y: losses }], layout: { title: { text: 'Loss' } } });
 * ```
 */
export function show({ data, layout, config }: Pick<Plot, 'data'> & Partial<Plot>): void {
  if (!Array.isArray(data)) {
    throw new RangeError('This is no figure: give { data: [...], layout: {...} } as Plotly does.');
  }
  // A figure of one's own reads on light and dark pages, too.
  const look = { ...GROUND, font: { color: INK }, ...layout };
  const spec = { data, layout: look, config: { ...QUIET, ...config } };
  newPlace().raw(PLOTLY_MIME, JSON.parse(JSON.stringify(spec, plain)));
}

/** Plain arrays in the place of typed ones, which JSON would write as objects. */
function plain(_: string, value: unknown): unknown {
  return ArrayBuffer.isView(value) ? Array.from(value as never) : value;
}

/**
 * Shows a sentence made from the data, in Markdown.
 *
 * ```ts
 * note(`${studyRuns().length} runs`);
 * ```
 */
export function note(markdown: string): void {
  newPlace().raw('text/markdown', markdown);
}
