import { globalPattern, setRank } from '../findings/pythia';
import type { Trajectory } from '../pythia/trajectory-folder';
import type { Figure } from './figure';
import { axis, colorKey, figure } from './style';

/** Steps that have their number below them: as many as stand side by side at column width. */
const NAMED = 8;

/** Layer × step: RankMe on items of all probe sets together, as a share of each layer's start; last layer on top. */
export function pythiaLayers(trajectory: Trajectory): Figure {
  const { info } = trajectory;
  const pattern = globalPattern(trajectory);
  const series = pattern.map(({ layer }) => setRank(trajectory, 'all', { layer }));
  const { steps } = series[0];
  const half = pattern.flatMap(({ layer, fallStep }) =>
    fallStep === undefined ? [] : [{ layer, fallStep }],
  );
  const falls = pattern.filter(({ fall }) => fall >= 0.25).length;
  return figure(
    `${falls} of ${pattern.length} layers lose a quarter of their RankMe or more<br>` +
      `<sub>${info.model} (${info.kind}); share of each layer's start; ▼ half of the layer's fall</sub>`,
    [
      {
        type: 'heatmap',
        // Steps stand side by side: their spacing changes too much for cells of true width.
        x: steps.map(String),
        y: pattern.map(({ layer }) => layer),
        z: series.map(({ values }) =>
          values.map((value) => Number((value / values[0]).toFixed(3))),
        ),
        zmin: 0,
        zmax: 1,
        colorscale: 'Viridis',
        colorbar: colorKey('share of<br>the start'),
        hovertemplate: 'layer %{y}, step %{x}<br>%{z:.0%} of its start<extra></extra>',
      },
      {
        type: 'scatter',
        mode: 'markers',
        showlegend: false,
        x: half.map(({ fallStep }) => String(fallStep)),
        y: half.map(({ layer }) => layer),
        marker: {
          symbol: 'triangle-down',
          size: 9,
          color: '#ffffff',
          line: { color: '#333333', width: 1 },
        },
        hovertemplate: 'layer %{y}: half of its fall at step %{x}<extra></extra>',
      },
    ],
    {
      xaxis: axis('training step', {
        type: 'category',
        tickvals: steps.filter((_, i) => i % Math.ceil(steps.length / NAMED) === 0).map(String),
        showgrid: false,
      }),
      yaxis: axis('layer', { dtick: Math.ceil(pattern.length / 12), showgrid: false }),
    },
    { height: Math.max(300, 160 + 18 * pattern.length) },
  );
}
