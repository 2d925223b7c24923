import type { Data } from 'plotly.js';
import type { Floor, RankSeries } from '../findings/floors';
import type { Figure } from './figure';
import { panelAxes, panels } from './panels';
import {
  figure,
  INK,
  LEVEL_DASHES,
  legendEntry,
  rankAxis,
  short,
  stepAxis,
  stepPlace,
  TASK_COLORS,
} from './style';

/** What the curves are of. */
export interface CurvesOptions {
  /** For example `nano, seed 0`. */
  readonly label: string;
  /** Tasks to draw, all by default. */
  readonly tasks?: readonly string[];
  /** Last step of the training, so that the axis stays put while curves grow. */
  readonly lastStep?: number;
}

/** Columns of panels, one panel a task; a single task has the whole figure. */
const columnsOf = (tasks: number) => (tasks > 4 ? 4 : Math.min(2, tasks));

/**
 * RankMe over training steps, a panel for each task and in it one line for each level, with its floor
 * (triangle) and the step at which the capability emerges (star) where those are known.
 */
export function rankmeCurves(
  series: readonly RankSeries[],
  found: readonly Floor[],
  { label, tasks, lastStep }: CurvesOptions,
): Figure {
  const drawn = series.filter(({ task }) => !tasks || tasks.includes(task));
  const last = lastStep ?? Math.max(1, ...drawn.map(({ steps }) => steps[steps.length - 1]));
  const shown = [...new Set(drawn.map(({ task }) => task))];
  const lines: Data[] = drawn.map(({ task, level, steps, rank }) => ({
    type: 'scatter',
    mode: 'lines',
    ...panelAxes(shown.indexOf(task)),
    showlegend: false,
    x: steps.map(stepPlace),
    y: [...rank],
    customdata: [...steps],
    line: { color: TASK_COLORS[task], dash: LEVEL_DASHES[level], width: 1.5 },
    hovertemplate: `${task} ${level}<br>step %{customdata}<br>RankMe %{y:.3g}<extra></extra>`,
  }));
  const marks = drawn.flatMap((own): Data[] => {
    const floor = found.find(({ task, level }) => task === own.task && level === own.level);
    if (!floor) return [];
    const at = (step: number) => own.rank[own.steps.indexOf(step)];
    const mark = (step: number, { symbol, what }: (typeof MARKS)[keyof typeof MARKS]): Data => ({
      type: 'scatter',
      mode: 'markers',
      ...panelAxes(shown.indexOf(own.task)),
      showlegend: false,
      x: [stepPlace(step)],
      y: [at(step)],
      marker: { symbol, size: 10, color: TASK_COLORS[own.task], line: RIM },
      hovertemplate: `${own.task} ${own.level}: ${what} at step ${step}<br>RankMe %{y:.3g}<extra></extra>`,
    });
    const emerged = floor.emergenceStep;
    return [
      mark(floor.floorStep, MARKS.floor),
      ...(emerged === undefined ? [] : [mark(emerged, MARKS.emergence)]),
    ];
  });
  const columns = columnsOf(shown.length);
  const x = stepAxis(last, columns > 2);
  const y = rankAxis(
    'RankMe, last layer',
    drawn.flatMap(({ rank }) => rank),
  );
  const rows = Math.ceil(shown.length / columns);
  return figure(
    curvesTitle(drawn, found, label),
    [...lines, ...marks, ...legend(drawn, marks.length > 0)],
    {
      ...(shown.length > 1 ? panels(shown, columns, x, y) : { xaxis: x, yaxis: y }),
      legend: { font: { size: 11 } },
    },
    { height: rows > 1 ? 110 + 195 * rows : 460 },
  );
}

const MARKS = {
  floor: { symbol: 'triangle-down', what: 'floor' },
  emergence: { symbol: 'star', what: 'emergence' },
} as const;
/** What lifts a mark off its line. */
const RIM = { color: '#ffffff', width: 1 };

function legend(drawn: readonly RankSeries[], marked: boolean): Data[] {
  const levels = [...new Set(drawn.map(({ level }) => level))].sort();
  return [
    ...levels.map((level) =>
      legendEntry(`level ${level}`, {
        mode: 'lines',
        line: { color: INK, dash: LEVEL_DASHES[level], width: 1.5 },
      }),
    ),
    ...(marked ? Object.values(MARKS) : []).map(({ symbol, what }) =>
      legendEntry(what, { mode: 'markers', marker: { symbol, size: 10, color: INK } }),
    ),
  ];
}

function curvesTitle(drawn: readonly RankSeries[], found: readonly Floor[], label: string): string {
  const own = found.filter(({ task }) => drawn.some((series) => series.task === task));
  if (own.length === 0) return `RankMe while training<br><sub>${label}</sub>`;
  const fallen = own.filter(({ fall }) => fall >= 0.25).length;
  const recovered = own.filter(({ recoveryStep }) => recoveryStep !== undefined).length;
  return (
    `RankMe falls by a quarter or more in ${fallen} of ${own.length} task-levels; ${recovered} regain half of it<br>` +
    `<sub>${label}; 200 samples a task-level; ` +
    `lowest floor ${short(Math.min(...own.map(({ floor }) => floor)))}</sub>`
  );
}
