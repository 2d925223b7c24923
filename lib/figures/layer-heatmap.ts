import type { Data } from 'plotly.js';
import { nameOf } from '../findings/definitions';
import { runName } from '../findings/emergence';
import { type GeometryChoice, rankSeries } from '../findings/floors';
import { layerOrders } from '../findings/layer-order';
import type { MeasuredRun } from '../findings/signals';
import type { Figure } from './figure';
import { axis, colorKey, figure } from './style';

/** What the heat map shows. */
export interface HeatmapOptions extends Omit<GeometryChoice, 'layer'> {
  /** Names such as `MOD 1`; level 1 of every task by default. */
  readonly taskLevels?: readonly string[];
  /** Last step shown; twice the latest half-way mark by default, and 60 at least. */
  readonly lastStep?: number;
}

/** Pixels of a row. */
const ROW = 15;

/**
 * Layer × step: how much of its own fall each layer has done, a block of rows for each task-level with the
 * last layer on top. The mark is the first step with half of it; marks that lean to the right downwards
 * say top-down.
 */
export function layerHeatmap(run: MeasuredRun, options: HeatmapOptions = {}): Figure {
  const { taskLevels, lastStep, ...choice } = options;
  const orders = layerOrders(run, { ...choice, least: 0 }).filter((order) =>
    taskLevels ? taskLevels.includes(nameOf(order)) : order.level === 1,
  );
  const marks = orders.flatMap(({ steps }) => steps.flatMap((step) => step ?? []));
  const layers = orders[0]?.steps.length ?? 0;
  const series = Array.from({ length: layers }, (_, i) =>
    rankSeries(run.geometry, { ...choice, layer: i + 1 }),
  );
  const measured = series[0]?.[0]?.steps ?? [];
  const wanted = lastStep ?? Math.max(60, 2 * Math.max(0, ...marks));
  const steps = measured.filter((step) => step <= wanted);
  const last = Math.min(wanted, measured.at(-1) ?? wanted);
  const rows = orders.flatMap((order) => [
    ...Array.from({ length: layers }, (_, i) => ({ order, layer: layers - i })),
    undefined,
  ]);
  const names = rows.map((row, i) =>
    row ? `${nameOf(row.order)}, layer ${row.layer}` : ' '.repeat(i + 1),
  );
  const values = rows.map((row) => {
    const own = row && series[row.layer - 1].find((each) => nameOf(each) === nameOf(row.order));
    if (!own) return steps.map(() => null);
    const floor = Math.min(...own.rank);
    const fall = own.rank[0] - floor;
    return steps.map((_, i) =>
      fall > 0 ? Number(Math.max(0, (own.rank[0] - own.rank[i]) / fall).toFixed(3)) : null,
    );
  });
  const half = rows.flatMap((row, i) => {
    const step = row?.order.steps[row.layer - 1];
    return step === undefined || step > last ? [] : [{ step, name: names[i] }];
  });
  const map: Data = {
    type: 'heatmap',
    x: steps,
    y: names,
    z: values as number[][],
    zmin: 0,
    zmax: 1,
    colorscale: 'Viridis',
    hoverongaps: false,
    colorbar: colorKey('share of<br>the fall'),
    hovertemplate: '%{y}<br>step %{x}<br>%{z:.0%} of the fall<extra></extra>',
  };
  const dots: Data = {
    type: 'scatter',
    mode: 'markers',
    x: half.map(({ step }) => step),
    y: half.map(({ name }) => name),
    marker: { symbol: 'line-ns', size: 11, line: { color: '#ffffff', width: 2.5 } },
    hovertemplate: '%{y}<br>half at step %{x}<extra></extra>',
    showlegend: false,
  };
  const topDown = orders.filter(({ correlation }) => correlation !== undefined && correlation < 0);
  const described = `${choice.centered ? 'centered' : 'as is'}, ${choice.position ?? 'prompt'} position`;
  return figure(
    `The upper layers fall first in ${topDown.length} of ${orders.length} task-levels shown<br>` +
      `<sub>${runName(run)}; RankMe ${described}; each row from its start (0) to its floor (1); bar: half of the fall</sub>`,
    [map, dots],
    {
      // Not on a log scale: the collapse is measured at every update.
      xaxis: axis('training step', { range: [-0.5, last + 0.5], showgrid: false }),
      yaxis: axis('', {
        autorange: 'reversed',
        showgrid: false,
        tickvals: names.filter((name) => name.trim() !== ''),
        tickfont: { size: 10 },
      }),
      margin: { l: 112 },
    },
    { height: Math.max(320, 130 + ROW * rows.length) },
  );
}
