import type { Series } from '../findings/series';
import { short } from '../findings/words';
import { stepPlaces } from './chart';
import { INK, STEP_ZERO, taskColor } from './style';

const [WIDTH, HEIGHT] = [560, 260];
const [LEFT, RIGHT, TOP, BOTTOM] = [44, WIDTH - 64, 26, HEIGHT - 34];
/** Least height between two names at the lines' ends, in pixels. */
const APART = 11;

type OfTask = Series & { readonly task: string };

/**
 * Rank curves as a small SVG picture, to be shown again and again while they grow: JupyterLab's Plotly extension draws
 * an output once and never again. Both axes are logarithmic.
 * @param lastStep of the training, so that the axis stays put.
 * @returns an SVG document; one without lines where there is nothing to draw yet.
 */
export function rankmeSketch(curves: readonly OfTask[], label: string, lastStep: number): string {
  const drawn = curves.filter(({ values }) => values.length > 0);
  const ranks = drawn.flatMap(({ values }) => values);
  const latest = Math.max(0, ...drawn.map(({ steps }) => steps.at(-1)!));
  const x = scale([STEP_ZERO, Math.max(1, lastStep)], [LEFT, RIGHT]);
  const [low, high] = [Math.min(...ranks, 2), Math.max(...ranks, 10)];
  const y = scale([low / 1.05, high * 1.05], [BOTTOM, TOP]);
  const grid = [1, 2, 5, 10, 20, 50, 100, 200, 500]
    .filter((rank) => rank >= low / 1.05 && rank <= high * 1.05)
    .map((rank) => {
      const line = `<line x1="${LEFT}" x2="${RIGHT}" y1="${y(rank)}" y2="${y(rank)}" stroke="${INK}" stroke-opacity=".25"/>`;
      return line + text(LEFT - 6, y(rank) + 4, short(rank), 'end');
    });
  const steps = [0, 1, 10, 100, 1000, 10_000, 100_000]
    .filter((step) => step <= lastStep)
    .map((step) => text(x(step || STEP_ZERO), HEIGHT - 18, step.toLocaleString('en-US'), 'middle'));
  const lines = drawn.map(({ task, steps, values }) => {
    const points = stepPlaces(steps)
      .map((place, i) => `${x(place)},${y(values[i])}`)
      .join(' ');
    return `<polyline fill="none" stroke="${taskColor(task)}" stroke-width="1.6" points="${points}"/>`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" ` +
    `viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="Helvetica, Arial, sans-serif" font-size="11" fill="${INK}">` +
    `${text(4, 14, `Effective rank, last layer: ${label}, at step ${latest.toLocaleString('en-US')}`, 'start')}` +
    `${grid.join('')}${steps.join('')}${text((RIGHT + LEFT) / 2, HEIGHT - 4, 'training step', 'middle')}` +
    `${lines.join('')}${names(drawn, y).join('')}</svg>`
  );
}

/** Names at the right, at the height of their lines' ends, moved apart where they would overlap. */
function names(drawn: readonly OfTask[], y: (rank: number) => number): string[] {
  const ends = drawn
    .map(({ task, values }) => ({ task, at: y(values.at(-1)!) }))
    .sort((a, b) => a.at - b.at);
  let above = Number.NEGATIVE_INFINITY;
  return ends.map(({ task, at }, i) => {
    above = Math.max(above + APART, Math.min(at, BOTTOM - (ends.length - 1 - i) * APART));
    return text(RIGHT + 6, above + 4, task, 'start', taskColor(task));
  });
}

/** A logarithmic scale from `domain` to `range`, rounded to a tenth of a pixel. */
function scale([from, to]: [number, number], [start, end]: [number, number]) {
  const span = Math.log(to / from) || 1;
  return (value: number): number =>
    Math.round(10 * (start + (Math.log(value / from) / span) * (end - start))) / 10;
}

function text(x: number, y: number, words: string, anchor: string, fill?: string): string {
  const safe = words.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<text x="${x}" y="${y}" text-anchor="${anchor}"${fill ? ` fill="${fill}"` : ''}>${safe}</text>`;
}
