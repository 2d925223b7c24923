import type { Data } from 'plotly.js';
import type { Floor, RankSeries } from '../findings/floors';
import type { Figure } from './figure';
import { figure, LEVEL_DASHES, rankAxis, short, stepAxis, stepPlace, TASK_COLORS } from './style';

/** What the curves are of. */
export interface CurvesOptions {
  /** For example `nano, seed 0`. */
  readonly label: string;
  /** Tasks to draw, all by default. */
  readonly tasks?: readonly string[];
  /** Last step of the training, so that the axis stays put while curves grow. */
  readonly lastStep?: number;
}

/**
 * RankMe over training steps, one line for each task-level, with its floor (triangle) and the step at which
 * the capability emerges (star) where those are known.
 */
export function rankmeCurves(
  series: readonly RankSeries[],
  found: readonly Floor[],
  { label, tasks, lastStep }: CurvesOptions,
): Figure {
  const drawn = series.filter(({ task }) => !tasks || tasks.includes(task));
  const last = lastStep ?? Math.max(1, ...drawn.map(({ steps }) => steps[steps.length - 1]));
  const lines: Data[] = drawn.map(({ task, level, steps, rank }) => ({
    type: 'scatter',
    mode: 'lines',
    name: `${task} ${level}`,
    legendgroup: `${task} ${level}`,
    x: steps.map(stepPlace),
    y: [...rank],
    customdata: [...steps],
    line: { color: TASK_COLORS[task], dash: LEVEL_DASHES[level], width: 1.6 },
    hovertemplate: `${task} ${level}<br>step %{customdata}<br>RankMe %{y:.3g}<extra></extra>`,
  }));
  const marks = drawn.flatMap((own): Data[] => {
    const floor = found.find(({ task, level }) => task === own.task && level === own.level);
    if (!floor) return [];
    const at = (step: number) => own.rank[own.steps.indexOf(step)];
    const mark = (step: number, symbol: string, what: string): Data => ({
      type: 'scatter',
      mode: 'markers',
      showlegend: false,
      legendgroup: `${own.task} ${own.level}`,
      x: [stepPlace(step)],
      y: [at(step)],
      marker: {
        symbol,
        size: 10,
        color: TASK_COLORS[own.task],
        line: { color: '#ffffff', width: 1 },
      },
      hovertemplate: `${own.task} ${own.level}: ${what} at step ${step}<br>RankMe %{y:.3g}<extra></extra>`,
    });
    const emerged = floor.emergenceStep;
    return [
      mark(floor.floorStep, 'triangle-down', 'floor'),
      ...(emerged === undefined ? [] : [mark(emerged, 'star', 'emergence')]),
    ];
  });
  return figure(curvesTitle(drawn, found, label), [...lines, ...marks], {
    xaxis: stepAxis(last),
    yaxis: rankAxis('RankMe, last layer'),
    legend: { font: { size: 10 }, tracegroupgap: 0 },
  });
}

function curvesTitle(drawn: readonly RankSeries[], found: readonly Floor[], label: string): string {
  const own = found.filter(({ task }) => drawn.some((series) => series.task === task));
  if (own.length === 0) return `RankMe while training<br><sub>${label}</sub>`;
  const fallen = own.filter(({ fall }) => fall >= 0.25).length;
  const recovered = own.filter(({ recoveryStep }) => recoveryStep !== undefined).length;
  return (
    `RankMe falls by a quarter or more in ${fallen} of ${own.length} task-levels; ${recovered} regain half of it<br>` +
    `<sub>${label}; 200 samples a task-level; ▼ floor, ★ emergence; ` +
    `lowest floor ${short(Math.min(...own.map(({ floor }) => floor)))}</sub>`
  );
}
