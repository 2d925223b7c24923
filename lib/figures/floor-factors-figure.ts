import type { Data } from 'plotly.js';
import type { FloorFactor } from '../findings/floor-factors';
import type { Figure } from './figure';
import { ACCENT, axis, figure, INK, intervals, logTicks, short } from './style';

/**
 * How much the floors change with each setting, one at a time: the median over the task-levels of floor over
 * the reference's floor, with the middle 80 %. A dot at 1 with a short line says that it does not matter.
 * @param view one of `FLOOR_VIEWS`.
 */
export function floorFactorsFigure(
  factors: readonly FloorFactor[],
  view: string,
  label: string,
): Figure {
  const own = factors.filter((one) => one.view === view && one.factor !== 'reference');
  const names = own.map(({ what }) => what);
  const data: Data = {
    type: 'scatter',
    mode: 'markers',
    x: own.map(({ ratio }) => ratio),
    y: names.map((_, i) => i),
    error_x: {
      ...intervals(
        own.map(({ ratio, ratioLow, ratioHigh }) => ({
          value: ratio,
          low: ratioLow,
          high: ratioHigh,
        })),
      ),
      thickness: 1.4,
      width: 3,
    },
    marker: { size: 9, color: ACCENT },
    text: own.map(
      ({ what, start, floor, ratio }) =>
        `${what}: median ${short(start)} → ${short(floor)}, ${short(ratio)} of the reference`,
    ),
    hovertemplate: '%{text}<extra></extra>',
  };
  const reference = factors.find((one) => one.view === view && one.factor === 'reference');
  return figure(title(own, view, label, reference), [data], {
    xaxis: axis('floor, as a multiple of the reference’s', {
      type: 'log',
      ...logTicks(
        Math.min(...own.map(({ ratioLow }) => ratioLow)),
        Math.max(...own.map(({ ratioHigh }) => ratioHigh)),
      ),
    }),
    yaxis: axis('', {
      tickvals: names.map((_, i) => i),
      ticktext: names,
      autorange: 'reversed',
      showgrid: false,
    }),
    shapes: [
      {
        type: 'line',
        ...{ x0: 1, x1: 1, y0: 0, y1: 1, yref: 'paper' },
        line: { color: INK, width: 1, dash: 'dot' },
      },
    ],
    margin: { l: 150 },
    height: 150 + 26 * names.length,
  });
}

function title(
  own: readonly FloorFactor[],
  view: string,
  label: string,
  reference?: FloorFactor,
): string {
  if (own.length === 0 || !reference) return `Floors: nothing to compare<br><sub>${label}</sub>`;
  const most = own.reduce((a, b) =>
    Math.abs(Math.log(b.ratio)) > Math.abs(Math.log(a.ratio)) ? b : a,
  );
  return (
    `Floors change most with ${most.what}: × ${short(most.ratio)}<br>` +
    `<sub>${view}; reference ${short(reference.start)} → ${short(reference.floor)}; dot: median task-level, ` +
    `line: middle 80 %; ${label}</sub>`
  );
}
