import {
  blindLadder,
  distanceSeries,
  type LadderCell,
  RUNG_NAMES,
  rungFits,
  whileClimbing,
} from '../findings/blind-ladder';
import { runName } from '../findings/runs';
import {
  during,
  groupBy,
  lowest,
  type MeasuredRun,
  type RankChoice,
  rankSeries,
  tasksOf,
} from '../findings/series';
import * as say from '../findings/summaries';
import { RUNGS, type Rung } from '../tasks';
import { bars, chart, curve, dots, type Panel } from './chart';
import { axis, INK, logAxis, stepAxis, taskColor } from './style';

/** Last step of the curves that is drawn. */
const UNTIL = 2000;

/** From coarse to fine, light to deep; held apart for any color vision. */
export const RUNG_COLORS: Readonly<Record<Rung, string>> = {
  token: '#e69f00',
  previous: '#56b4e9',
  task: '#009e73',
  level: '#0c57ed',
};

/**
 * How near the outputs of one run come to each blind answer, beside the rank, a panel a task: triangles are the lowest
 * values.
 *
 * ```ts
 * show(ladderCurves(loadRun('nano-s0')));
 * ```
 * @param choice of the rank; the identified convention by default.
 */
export function ladderCurves(run: MeasuredRun, choice: RankChoice = {}) {
  const values: number[] = [];
  const panels = tasksOf(run).map((heading): Panel => {
    const series = rankSeries(run, heading, choice);
    if (!series) return { heading, marks: [] };
    const rank = { series, color: taskColor(heading), width: 2.4 };
    const rungs = RUNGS.map((rung) => {
      const look = { color: RUNG_COLORS[rung], width: 1.4, name: RUNG_NAMES[rung] };
      return { series: distanceSeries(run, heading, rung), ...look };
    });
    const marks = [rank, ...rungs].flatMap(({ series, ...look }) => {
      if (!series) return [];
      const drawn = during(series, (step) => step <= UNTIL);
      const low = lowest(drawn);
      values.push(...drawn.values);
      const mark = { color: look.color, symbol: 'triangle-down', size: 8 };
      return [curve(drawn, look), ...(low ? [dots([low.step], [low.value], mark)] : [])];
    });
    return { heading, marks };
  });
  const fits = rungFits(blindLadder(run, choice));
  return chart({
    title: fits.length > 0 ? say.ladder(fits) : 'Distances to blind answers were not measured.',
    of: `${runName(run)}; thick: effective rank of the task; thin: KL in nats per answer token`,
    panels: panels.filter(({ marks }) => marks.length > 0),
    columns: 4,
    x: stepAxis(Math.min(UNTIL, run.info.step), true),
    y: logAxis('rank; KL, nats', values),
  });
}

type Steps = (cell: LadderCell) => LadderCell['fallen'];
type LadderEvent = [name: string, color: string, symbol: string, steps: Steps];

/**
 * Step of every minimum beside the floor's, a row a task and a panel a size; bars are ranges over seeds.
 *
 * ```ts
 * show(ladderSteps(ladderCells(blindLadder(loadRun('nano-s0'))), 'nano, seed 0'));
 * ```
 */
export function ladderSteps(cells: readonly LadderCell[], of: string) {
  const events: LadderEvent[] = [
    ...RUNGS.map((rung): LadderEvent => {
      return [RUNG_NAMES[rung], RUNG_COLORS[rung], 'circle', ({ minima }) => minima[rung]];
    }),
    ['floor of the rank', INK, 'triangle-down', ({ floor }) => floor],
    ['nine tenths of the fall', INK, 'line-ns-open', ({ fallen }) => fallen],
  ];
  const panels = [...groupBy(cells, ({ scale }) => scale)].map(([heading, own]): Panel => {
    const marks = events.map(([name, color, symbol, steps]) => {
      const seen = own.flatMap((cell) => {
        const found = steps(cell);
        return found ? [{ task: cell.task, value: found.median, ...found }] : [];
      });
      const places = [seen.map(({ value }) => value), seen.map(({ task }) => task)] as const;
      const look = { name, color, symbol, size: 8, hover: `%{y}, ${name}: step %{x}` };
      return { ...dots(...places, look), error_x: bars(seen, color) };
    });
    return { heading, marks };
  });
  const ranges = cells.flatMap(({ floor, minima }) => [floor, ...Object.values(minima)]);
  const steps = ranges.flatMap(({ low, high }) => [low, high]);
  const climbing = whileClimbing(cells);
  return chart({
    ...{ of, panels, columns: 2, rowHeight: 265 },
    title: climbing ? say.ladderCells(climbing) : 'Distances to blind answers were not measured.',
    x: logAxis('training step', steps),
    y: axis('', { type: 'category', autorange: 'reversed' }),
  });
}
