import { curveFactor, curvePoints } from '../findings/curves';
import { floorOf, floors } from '../findings/floors';
import { FIGURE_TASKS, publishedCurve } from '../findings/paper';
import { runName, scalesOf } from '../findings/runs';
import {
  type MeasuredRun,
  PRINTED,
  type RankChoice,
  rankSeries,
  tasksOf,
} from '../findings/series';
import * as say from '../findings/summaries';
import { chart, dots, line, type Panel, stepPlaces } from './chart';
import type { Figure } from './figure';
import { INK, rankAxis, stepAxis, TASK_COLORS } from './style';

/** What the paper's figures show, on an axis. */
const RANK = 'effective rank, last layer';

/**
 * The rank of every task over training, a panel a task, with its floor.
 *
 * ```ts
 * show(rankmeCurves(await liveRun({ steps: 1000 })));
 * ```
 * @param choice the identified convention by default.
 */
export function rankmeCurves(run: MeasuredRun, choice: RankChoice = {}): Figure {
  const all = tasksOf(run).flatMap((task) => {
    const series = rankSeries(run, task, choice);
    return series ? [{ task, series, low: floorOf(series) }] : [];
  });
  const panels = all.map(({ task, series, low }): Panel => {
    const look = { color: TASK_COLORS[task] ?? INK, hover: `${task}: %{y:.3g} at step %{x}` };
    const floor = low ? [dots([low.step], [low.floor], { ...look, ...FLOOR })] : [];
    return {
      heading: task,
      marks: [line(stepPlaces(series.steps), series.values, look), ...floor],
    };
  });
  const ranks = all.flatMap(({ series }) => series.values);
  return chart({
    title: all.length > 0 ? say.fall(floors(run, choice)) : 'No rank was measured.',
    of: `${runName(run)}, ${run.info.step.toLocaleString('en-US')} updates; 200 samples a task`,
    panels,
    columns: Math.min(4, panels.length),
    x: stepAxis(Math.max(1, run.info.step), true),
    y: rankAxis(RANK, ranks),
  });
}

const FLOOR = { symbol: 'triangle-down', size: 9, name: 'floor' } as const;

/** The published curves over ours, a row a size: by the identified convention, and by the formula that is printed. */
export function publishedCurves(runs: readonly MeasuredRun[]): Figure {
  const scales = scalesOf(runs);
  const ranks: number[] = [];
  const panels = scales.flatMap((scale) =>
    FIGURE_TASKS.map((task): Panel => {
      const published = publishedCurve(task, scale) ?? [];
      const last = Math.max(1000, ...published.map(([step]) => step).filter((step) => step < 5000));
      const own = runs.filter(({ info }) => info.training.scale === scale);
      const drawn = (choice: RankChoice, dash: 'solid' | 'dot', name: string) =>
        own.flatMap((run) => {
          const series = rankSeries(run, task, choice);
          if (!series) return [];
          const kept = series.steps.filter((step) => step <= last).length;
          const values = series.values.slice(0, kept);
          ranks.push(...values);
          const look = { color: TASK_COLORS[task], dash, name, opacity: dash === 'dot' ? 0.7 : 1 };
          return [line(stepPlaces(series.steps.slice(0, kept)), values, look)];
        });
      const marks = [
        ...drawn({}, 'solid', 'ours, covariance rank'),
        ...drawn(PRINTED, 'dot', 'ours, the printed formula'),
        dots(
          stepPlaces(published.map(([step]) => step)),
          published.map(([, rank]) => rank),
          { color: INK, symbol: 'circle-open', size: 6, name: 'published' },
        ),
      ];
      return { heading: `${task}, ${scale}`, marks };
    }),
  );
  const factor = curveFactor(curvePoints(runs));
  return chart({
    title: factor ? say.curveFactor(factor) : 'The paper shows no curve of these sizes.',
    of: `${runs.map(runName).join('; ')}; published: Figure 2, read off to about 2 %`,
    panels,
    columns: FIGURE_TASKS.length,
    x: stepAxis(3000, true),
    y: rankAxis(RANK, ranks),
    height: 150 + 170 * scales.length,
  });
}
