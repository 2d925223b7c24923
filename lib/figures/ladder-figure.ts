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
import type { Figure } from './figure';
import { axis, INK, logAxis, stepAxis, taskColor } from './style';

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
 * @param until last step that is drawn.
 */
export function ladderCurves(run: MeasuredRun, choice: RankChoice = {}, until = 2000): Figure {
  const values: number[] = [];
  const panels = tasksOf(run).map((heading): Panel => {
    const rank = {
      series: rankSeries(run, heading, choice),
      color: taskColor(heading),
      width: 2.4,
    };
    const rungs = RUNGS.map((rung) => ({
      series: distanceSeries(run, heading, rung),
      color: RUNG_COLORS[rung],
      width: 1.4,
      name: RUNG_NAMES[rung],
    }));
    const marks = [rank, ...rungs].flatMap(({ series, ...look }) => {
      if (!series || !rank.series) return [];
      const drawn = during(series, (step) => step <= until);
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
    x: stepAxis(Math.min(until, run.info.step), true),
    y: logAxis('rank; KL, nats', values),
  });
}

/**
 * Step of every minimum beside the floor's, a row a task and a panel a size; bars are ranges over seeds.
 *
 * ```ts
 * show(ladderSteps(ladderCells(blindLadder(loadRun('nano-s0'))), 'nano, seed 0'));
 * ```
 */
export function ladderSteps(cells: readonly LadderCell[], of: string): Figure {
  const events = [
    ...RUNGS.map((rung) => ({
      look: { name: RUNG_NAMES[rung], color: RUNG_COLORS[rung], symbol: 'circle' },
      range: ({ minima }: LadderCell) => minima[rung] as LadderCell['fallen'],
    })),
    {
      look: { name: 'floor of the rank', color: INK, symbol: 'triangle-down' },
      range: ({ floor }: LadderCell) => floor,
    },
    {
      look: { name: 'nine tenths of the fall', color: INK, symbol: 'line-ns-open' },
      range: ({ fallen }: LadderCell) => fallen,
    },
  ];
  const panels = [...groupBy(cells, ({ scale }) => scale)].map(([heading, own]): Panel => {
    const marks = events.map(({ look, range }) => {
      const seen = own.flatMap((cell) => {
        const found = range(cell);
        return found ? [{ task: cell.task, value: found.median, ...found }] : [];
      });
      const places = [seen.map(({ value }) => value), seen.map(({ task }) => task)] as const;
      const hover = `%{y}, ${look.name}: step %{x}`;
      return { ...dots(...places, { ...look, size: 8, hover }), error_x: bars(seen, look.color) };
    });
    return { heading, marks };
  });
  const steps = cells.flatMap(({ floor, minima }) => [floor, ...Object.values(minima)]);
  const climbing = whileClimbing(cells);
  return chart({
    title: climbing ? say.ladderCells(climbing) : 'Distances to blind answers were not measured.',
    of,
    panels,
    columns: 2,
    x: logAxis(
      'training step',
      steps.flatMap(({ low, high }) => [low, high]),
    ),
    y: axis('', { type: 'category', autorange: 'reversed' }),
    rowHeight: 265,
  });
}
