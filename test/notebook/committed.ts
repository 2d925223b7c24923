import { type CellOutput, type Notebook, textOf } from '../../lib/notebook/files/notebook-file';
import { PLOTLY_MIME } from '../../lib/notebook/show';

/** What a live run shows of itself, which differs by its seed: its progress, its growing curves, and how it ended. */
const OF_LIVE_RUN =
  /^<div style="font-variant-numeric:tabular-nums">[^<]*: \d+ of \d+ |^(Trained here|Reused): /;

/** Numbers may differ by this much, relatively: another processor adds up in another order. */
const TOLERANCE = 1e-4;

/**
 * Where a notebook, executed again, shows something else than it did: texts, tables and figures of all cells
 * but those tagged `live` or `parameters`. Left out are what a live run shows of itself, and pictures, which are drawn
 * from the figures.
 * @returns a line for each difference, with the cell's first line.
 */
export function differences(committed: Notebook, executed: Notebook): string[] {
  return committed.cells.flatMap((cell, i) => {
    const again = executed.cells[i];
    const tags = cell.metadata.tags ?? [];
    if (cell.cell_type !== 'code' || tags.includes('live') || tags.includes('parameters'))
      return [];
    const where = `cell ${i + 1} (${textOf(cell.source).split('\n')[0].slice(0, 60)})`;
    if (textOf(cell.source) !== textOf(again.source)) return [`${where}: another source`];
    const [then, now] = [shown(cell.outputs ?? []), shown(again.outputs ?? [])];
    const place = firstDifference(then, now, '');
    return place === undefined ? [] : [`${where}: ${place}`];
  });
}

function shown(outputs: readonly CellOutput[]): unknown[] {
  return outputs
    .map(({ output_type, data, text }) => ({
      output_type,
      text: textOf(text),
      // How tables look may change without what they say.
      html: textOf(data?.['text/html']).replace(/<style>.*?<\/style>/gs, ''),
      markdown: textOf(data?.['text/markdown']),
      figure: data?.[PLOTLY_MIME],
    }))
    .filter(
      ({ text, html, markdown, figure }) =>
        (text || html || markdown || figure) && !OF_LIVE_RUN.test(html || markdown),
    );
}

function firstDifference(then: unknown, now: unknown, path: string): string | undefined {
  if (typeof then === 'number' && typeof now === 'number') {
    const scale = Math.max(Math.abs(then), Math.abs(now), 1e-12);
    return Math.abs(then - now) <= TOLERANCE * scale ? undefined : `${path} is ${now}, was ${then}`;
  }
  if (typeof then === 'string' && typeof now === 'string' && then !== now) {
    let at = 0;
    while (then[at] === now[at]) at++;
    const near = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 30), at + 30));
    return `${path} has ${near(now)}, had ${near(then)}`;
  }
  if (then === null || now === null || typeof then !== 'object' || typeof now !== 'object') {
    return then === now ? undefined : `${path} is ${now}, was ${then}`;
  }
  for (const key of new Set([...Object.keys(then), ...Object.keys(now)])) {
    const found = firstDifference(
      (then as Record<string, unknown>)[key],
      (now as Record<string, unknown>)[key],
      `${path}/${key}`,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}
