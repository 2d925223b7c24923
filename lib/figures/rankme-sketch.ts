import type { RankSeries } from '../findings/floors';
import type { CurvesOptions } from './rankme-curves';
import { INK, LEVEL_DASHES, short, stepPlace, TASK_COLORS } from './style';

const WIDTH = 560;
const HEIGHT = 260;
const MARGIN = { left: 44, right: 64, top: 26, bottom: 34 };
const DASHES = { solid: '', dash: '7 4', dot: '2 3' } as const;
/** Least height between two names at the lines' ends, in pixels. */
const APART = 11;

/**
 * The curves of {@link rankmeCurves} as a small SVG picture, to be shown again and again while they grow:
 * JupyterLab's Plotly extension draws an output once and never again. Both axes are logarithmic.
 * @returns an SVG document; one without lines where there is nothing to draw yet.
 */
export function rankmeSketch(
  series: readonly RankSeries[],
  { label, tasks, lastStep }: CurvesOptions,
): string {
  const drawn = series.filter(
    ({ task, rank }) => rank.length > 0 && (!tasks || tasks.includes(task)),
  );
  const ranks = drawn.flatMap(({ rank }) => rank);
  const latest = Math.max(0, ...drawn.map(({ steps }) => steps[steps.length - 1]));
  const x = scale(
    [stepPlace(0), Math.max(1, lastStep ?? latest)],
    [MARGIN.left, WIDTH - MARGIN.right],
  );
  const [low, high] = [Math.min(...ranks, 2), Math.max(...ranks, 10)];
  const y = scale([low / 1.05, high * 1.05], [HEIGHT - MARGIN.bottom, MARGIN.top]);

  const grid = [1, 2, 5, 10, 20, 50, 100, 200, 500]
    .filter((rank) => rank >= low / 1.05 && rank <= high * 1.05)
    .map(
      (rank) =>
        `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(rank)}" y2="${y(rank)}" ` +
        `stroke="${INK}" stroke-opacity=".25"/>${text(MARGIN.left - 6, y(rank) + 4, short(rank), 'end')}`,
    );
  const steps = [0, 1, 10, 100, 1000, 10_000, 100_000]
    .filter((step) => step <= (lastStep ?? latest))
    .map((step) => text(x(stepPlace(step)), HEIGHT - 18, step.toLocaleString('en-US'), 'middle'));
  const lines = drawn.map(
    ({ task, level, steps, rank }) =>
      `<polyline fill="none" stroke="${TASK_COLORS[task]}" stroke-width="1.6" ` +
      `stroke-dasharray="${DASHES[LEVEL_DASHES[level]]}" ` +
      `points="${steps.map((step, i) => `${x(stepPlace(step))},${y(rank[i])}`).join(' ')}"/>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" ` +
    `viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="Helvetica, Arial, sans-serif" font-size="11" fill="${INK}">` +
    `${text(4, 14, `RankMe, last layer: ${label}, at step ${latest.toLocaleString('en-US')}`, 'start')}` +
    `${grid.join('')}${steps.join('')}${text((WIDTH - MARGIN.right + MARGIN.left) / 2, HEIGHT - 4, 'training step', 'middle')}` +
    `${lines.join('')}${names(drawn, y).join('')}</svg>`
  );
}

/** Names at the right, at the height of their lines' ends, moved apart where they would overlap. */
function names(drawn: readonly RankSeries[], y: (rank: number) => number): string[] {
  const ends = drawn
    .map(({ task, level, rank }) => ({ task, level, at: y(rank[rank.length - 1]) }))
    .sort((a, b) => a.at - b.at);
  let above = Number.NEGATIVE_INFINITY;
  const room = HEIGHT - MARGIN.bottom;
  return ends.map(({ task, level, at }, i) => {
    above = Math.max(above + APART, Math.min(at, room - (ends.length - 1 - i) * APART));
    return text(
      WIDTH - MARGIN.right + 6,
      above + 4,
      `${task} ${level}`,
      'start',
      TASK_COLORS[task],
    );
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
