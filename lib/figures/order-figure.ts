import type { Data } from 'plotly.js';
import { nameOf } from '../findings/definitions';
import type { LayerOrder } from '../findings/layer-order';
import type { Figure } from './figure';
import { axis, figure, INK, logTicks } from './style';

/** Colors of layers from first (light) to last (dark), of one blue. */
function depthColor(layer: number, layers: number): string {
  const [from, to] = [
    [158, 202, 225],
    [8, 48, 107],
  ];
  const part = layers > 1 ? (layer - 1) / (layers - 1) : 1;
  const mixed = from.map((value, i) => Math.round(value + part * (to[i] - value)));
  return `rgb(${mixed.join(',')})`;
}

/**
 * The step at which each layer has done its share of the fall, one column for each task-level: top-down
 * where the dark dot, the last layer, is the lowest.
 * @param orders of one run.
 * @param label for example `nano, seed 0; half of the fall`.
 */
export function orderFigure(orders: readonly LayerOrder[], label: string): Figure {
  const names = orders.map(nameOf);
  const layers = Math.max(0, ...orders.map(({ steps }) => steps.length));
  const lines: Data = {
    type: 'scatter',
    mode: 'lines',
    showlegend: false,
    hoverinfo: 'skip',
    x: orders.flatMap((order) => [...order.steps.map(() => nameOf(order)), null]) as string[],
    y: orders.flatMap(({ steps }) => [...steps.map((step) => step ?? null), null]) as number[],
    connectgaps: false,
    line: { color: 'rgba(128,128,128,0.5)', width: 1 },
  };
  const dots = Array.from({ length: layers }, (_, i): Data => {
    const has = orders.filter(({ steps }) => steps[i] !== undefined);
    return {
      type: 'scatter',
      mode: 'markers',
      name: `layer ${i + 1}`,
      x: has.map(nameOf),
      y: has.map(({ steps }) => steps[i] as number),
      marker: {
        // Where layers fall at the same step, the earlier shows around the later.
        size: 8 + (8 * (layers - 1 - i)) / Math.max(1, layers - 1),
        color: depthColor(i + 1, layers),
        line: { color: INK, width: 0.6 },
      },
      hovertemplate: `%{x}, layer ${i + 1}<br>step %{y}<extra></extra>`,
    };
  });
  const judged = orders.filter(({ correlation }) => correlation !== undefined);
  const down = judged.filter(({ correlation }) => (correlation as number) < 0).length;
  const left = orders.length - judged.length;
  const reached = orders.flatMap(({ steps }) => steps.flatMap((step) => step ?? []));
  return figure(
    `Layers fall from the last to the first in ${down} of ${judged.length} task-levels` +
      `<br><sub>${label}${left > 0 ? `; ${left} without two layers that collapse have no order` : ''}</sub>`,
    [lines, ...dots],
    {
      xaxis: axis('', {
        tickangle: -90,
        showgrid: false,
        dtick: 1,
        categoryorder: 'array',
        categoryarray: names,
      }),
      yaxis: axis('training step', {
        type: 'log',
        ...logTicks(Math.min(...reached) / 1.3, Math.max(...reached) * 1.3),
      }),
      margin: { b: 78 },
      legend: { font: { size: 10 } },
    },
    { height: 400 },
  );
}
