import type { Data } from 'plotly.js';
import { type FloorScaling, SAME_FLOOR, sameFloors } from '../findings/floor-scaling';
import type { Figure } from './figure';
import { panelAxes, panels } from './panels';
import { axis, figure, logTicks, TASK_COLORS } from './style';

const VIEWS = ['prompt, as is', 'prompt, centered'] as const;

/**
 * The floor of every task over the size of the model, as a multiple of the smallest model's, as it is and with
 * the common mean taken out: within the gray band it counts as the same.
 * @param label what the runs have in common, for example `learning rate 0.001`.
 */
export function floorScalingFigure(scaling: readonly FloorScaling[], label: string): Figure {
  const sizes = new Map(scaling.map(({ scale, parameters }) => [scale, parameters]));
  const tasks = [...new Set(scaling.map(({ task }) => task))];
  const shown = scaling.filter(({ view }) => VIEWS.some((one) => one === view));
  const data = VIEWS.flatMap((view, panel) =>
    tasks.map((task): Data => {
      const own = shown.filter((one) => one.view === view && one.task === task);
      return {
        type: 'scatter',
        mode: 'lines+markers',
        name: task,
        legendgroup: task,
        showlegend: panel === 0,
        ...panelAxes(panel),
        x: own.map(({ parameters }) => parameters),
        y: own.map(({ ratio }) => ratio),
        line: { color: TASK_COLORS[task], width: 1.6 },
        marker: { color: TASK_COLORS[task], size: 7 },
        text: own.map(
          ({ scale, start, floor }) =>
            `${task}, ${scale}: ${start.toFixed(2)} → ${floor.toFixed(2)}`,
        ),
        hovertemplate: '%{text}<br>× %{y:.2f}<extra></extra>',
      };
    }),
  );
  const ratios = [1, ...shown.map(({ ratio }) => ratio)];
  const x = axis('', {
    type: 'log',
    tickvals: [...sizes.values()],
    ticktext: [...sizes.keys()],
    showgrid: false,
  });
  const y = axis('floor, as a multiple', {
    type: 'log',
    ...logTicks(Math.min(1 / SAME_FLOOR, ...ratios), Math.max(SAME_FLOOR, ...ratios)),
  });
  const { from, to, same, levels } = sameFloors(scaling, VIEWS[0]);
  const furthest = shown
    .filter(({ view }) => view === VIEWS[0])
    .reduce((a, b) => (Math.abs(Math.log(b.ratio)) > Math.abs(Math.log(a.ratio)) ? b : a));
  return figure(
    `${same} of ${levels} floors at ${to} are ${from}'s; furthest off is ${furthest.task} at ${furthest.scale}, × ${furthest.ratio.toFixed(1)}` +
      `<br><sub>${label}; means over a task's levels; gray: the same within a factor of ${SAME_FLOOR}</sub>`,
    data,
    {
      ...panels(VIEWS, 2, x, y),
      shapes: VIEWS.map((_, panel) => ({
        type: 'rect',
        layer: 'below',
        ...{ xref: `${panelAxes(panel).xaxis} domain`, x0: 0, x1: 1 },
        ...{ yref: panelAxes(panel).yaxis, y0: 1 / SAME_FLOOR, y1: SAME_FLOOR },
        fillcolor: 'rgba(128,128,128,0.22)',
        line: { width: 0 },
      })) as never,
    },
    { height: 380 },
  );
}
