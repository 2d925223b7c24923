import type { Figure } from '../figures/figure';
import { newPlace, type Place } from './kernel';

/** JupyterLab draws this type with the extension that set-up installs, so a figure stores its data only. */
export const PLOTLY_MIME = 'application/vnd.plotly.v1+json';

/**
 * Shows a figure below the cell: interactive in JupyterLab, without a network. A committed notebook carries
 * a picture of it as well, for places where no script runs.
 * @param place where to show it again while it grows; a new place by default.
 */
export function show(figure: Figure, place: Place = newPlace()): void {
  place.raw(PLOTLY_MIME, { data: figure.data, layout: figure.layout, config: figure.config });
}

/** Shows a sentence made from the data, in Markdown. */
export function note(markdown: string): void {
  newPlace().raw('text/markdown', markdown);
}
