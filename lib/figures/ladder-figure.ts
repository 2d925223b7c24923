import {
  blindLadder,
  distanceSeries,
  type LadderCell,
  RUNG_NAMES,
  rungFits,
} from '../findings/blind-ladder';
import { runName } from '../findings/runs';
import { lowest, type MeasuredRun, type RankChoice, rankSeries, tasksOf } from '../findings/series';
import * as say from '../findings/summaries';
import { RUNGS, type Rung } from '../tasks';
import { chart, dots, line, type Panel, segments, stepPlaces } from './chart';
import type { Figure } from './figure';
import { axis, INK, logTicks, stepAxis, TASK_COLORS } from './style';

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
 * @param choice of the rank; the identified convention by default.
 * @param until last step that is drawn.
 */
export function ladderCurves(run: MeasuredRun, choice: RankChoice = {}, until = 2000): Figure {
  const values: number[] = [];
  const panels = tasksOf(run).flatMap((task): Panel[] => {
    const rank = rankSeries(run, task, choice);
    if (!rank) return [];
    const drawn = [
      { series: rank, color: TASK_COLORS[task] ?? INK, name: undefined, width: 2.4 },
      ...RUNGS.map((rung) => ({
        series: distanceSeries(run, task, rung),
        color: RUNG_COLORS[rung],
        name: RUNG_NAMES[rung],
        width: 1.4,
      })),
    ];
    const marks = drawn.flatMap(({ series, color, name, width }) => {
      if (!series) return [];
      const kept = series.steps.filter((step) => step <= until).length;
      const [x, y] = [stepPlaces(series.steps.slice(0, kept)), series.values.slice(0, kept)];
      const low = lowest({ steps: series.steps.slice(0, kept), values: y });
      values.push(...y);
      return [
        line(x, y, { color, width, name }),
        ...(low
          ? [dots([low.step], [low.value], { color, symbol: 'triangle-down', size: 8 })]
          : []),
      ];
    });
    return [{ heading: task, marks }];
  });
  const fits = rungFits(blindLadder(run, choice));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return chart({
    title: fits.length > 0 ? say.ladder(fits) : 'Distances to blind answers were not measured.',
    of: `${runName(run)}; thick: effective rank of the task; thin: KL in nats per answer token`,
    panels,
    columns: 4,
    x: stepAxis(Math.min(until, run.info.step), true),
    y: logAxis('rank; KL, nats', low, high),
  });
}

/** Step of every minimum beside the floor's, a row a task and a panel a size; bars are ranges over seeds. */
export function ladderSteps(cells: readonly LadderCell[], of: string): Figure {
  const scales = [...new Set(cells.map(({ scale }) => scale))];
  const panels = scales.map((scale): Panel => {
    const own = cells.filter((cell) => cell.scale === scale);
    const events = [
      ...RUNGS.map((rung) => ({
        ...{ name: RUNG_NAMES[rung], color: RUNG_COLORS[rung], symbol: 'circle' },
        ranges: own.map(({ minima }) => minima[rung]),
      })),
      {
        name: 'floor of the rank',
        color: INK,
        symbol: 'triangle-down',
        ranges: own.map(({ floor }) => floor),
      },
      {
        name: 'nine tenths of the fall',
        color: INK,
        symbol: 'line-ns-open',
        ranges: own.map(({ fallen }) => fallen),
      },
    ];
    const marks = events.flatMap(({ name, color, symbol, ranges }) => {
      const seen = own.flatMap(({ task }, i) => (ranges[i] ? [{ task, ...ranges[i]! }] : []));
      const ends = (end: 'low' | 'high') => seen.map((one) => [one[end], one.task]) as never;
      return [
        dots(
          seen.map(({ median }) => median),
          seen.map(({ task }) => task),
          { color, symbol, name, size: 8, hover: `%{y}, ${name}: step %{x}` },
        ),
        segments(ends('low'), ends('high'), { color, width: 2, opacity: 0.5 }),
      ];
    });
    return { heading: scale, marks };
  });
  const steps = cells.flatMap(({ floor, minima }) => [floor, ...Object.values(minima)]);
  const [low, high] = [
    Math.min(...steps.map((range) => range.low)),
    Math.max(...steps.map((range) => range.high)),
  ];
  return chart({
    title: say.ladderCells(cells),
    of,
    panels,
    columns: Math.min(3, panels.length),
    x: logAxis('training step', low, high),
    y: axis('', { type: 'category', autorange: 'reversed' }),
    height: 380,
  });
}

/** A log axis over a range, with 1, 2 and 5 of each power of ten named. */
function logAxis(title: string, low: number, high: number) {
  const range = [Math.log10(low / 1.2), Math.log10(high * 1.2)];
  return axis(title, { type: 'log', range, ...logTicks(low, Math.max(high, 20 * low)) });
}
