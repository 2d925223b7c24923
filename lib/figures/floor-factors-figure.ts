import type { Data } from 'plotly.js';
import type { FloorFactor } from '../findings/floor-factors';
import type { Figure } from './figure';
import { axis, figure, short } from './style';

/** One color a factor, apart from those of tasks and scales. */
const COLORS: Record<FloorFactor['factor'], string> = {
  reference: '#7a7a7a',
  seed: '#56b4e9',
  scale: '#0072b2',
  'learning rate': '#d55e00',
  'warm-up': '#e69f00',
  initialization: '#cc79a7',
};

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
  const data = [...new Set(own.map(({ factor }) => factor))].map((factor): Data => {
    const points = own.filter((one) => one.factor === factor);
    return {
      type: 'scatter',
      mode: 'markers',
      name: factor,
      x: points.map(({ ratio }) => ratio),
      y: points.map(({ what }) => names.indexOf(what)),
      error_x: {
        type: 'data',
        symmetric: false,
        array: points.map(({ ratio, ratioHigh }) => ratioHigh - ratio),
        arrayminus: points.map(({ ratio, ratioLow }) => ratio - ratioLow),
        thickness: 1.4,
        width: 3,
        color: COLORS[factor],
      },
      marker: { size: 9, color: COLORS[factor] },
      text: points.map(
        ({ what, start, floor, ratio }) =>
          `${what}: median ${short(start)} → ${short(floor)}, ${short(ratio)} of the reference`,
      ),
      hovertemplate: '%{text}<extra></extra>',
    };
  });
  const reference = factors.find((one) => one.view === view && one.factor === 'reference');
  return figure(title(own, view, label, reference), data, {
    xaxis: axis('floor, as a multiple of the reference’s', {
      type: 'log',
      tickvals: TICKS,
      ticktext: TICKS.map(String),
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
        line: { color: COLORS.reference, width: 1, dash: 'dot' },
      },
    ],
    margin: { l: 150, r: 16, t: 64, b: 52 },
    height: 150 + 26 * names.length,
  });
}

const TICKS = [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4];

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
