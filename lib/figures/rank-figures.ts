import { curveFactor, curvePoints } from '../findings/curves';
import { floorCells, floorOf, floorSummaries, floors } from '../findings/floors';
import { FIGURE_TASKS, publishedCurve } from '../findings/paper';
import { byScale, runName, runsName, scalesOf } from '../findings/runs';
import {
  during,
  groupBy,
  type MeasuredRun,
  PRINTED,
  rankSeries,
  tasksOf,
} from '../findings/series';
import * as say from '../findings/summaries';
import { bars, chart, curve, dots, type Look, line, type Panel, stepPlaces } from './chart';
import { axis, INK, rankAxis, stepAxis, taskColor } from './style';

const RANK = 'effective rank, last layer';
const PUBLISHED = { color: INK, symbol: 'circle-open', name: 'published' };

/**
 * The rank of every task over training, a panel a task, with its floor.
 *
 * ```ts
 * show(rankmeCurves(await liveRun({ steps: 1000 })));
 * ```
 */
export function rankmeCurves(run: MeasuredRun) {
  const all = tasksOf(run).flatMap((task) => {
    const series = rankSeries(run, task);
    return series ? [{ task, series, low: floorOf(series) }] : [];
  });
  const panels = all.map(({ task, series, low }): Panel => {
    const look = { color: taskColor(task), hover: `${task}: %{y:.3g} at step %{x}` };
    const mark = { ...look, symbol: 'triangle-down', size: 9, name: 'floor' };
    const floor = low ? [dots([low.step], [low.floor], mark)] : [];
    return { heading: task, marks: [curve(series, look), ...floor] };
  });
  const ranks = all.flatMap(({ series }) => series.values);
  return chart({
    title: all.length > 0 ? say.fall(floors(run)) : 'No rank was measured.',
    of: `${runName(run)}, ${run.info.step.toLocaleString('en-US')} updates; 200 samples a task`,
    ...{ panels, columns: 4 },
    x: stepAxis(Math.max(1, run.info.step), true),
    y: rankAxis(RANK, ranks),
  });
}

/**
 * The published curves over ours, by the identified convention and by the printed formula; a row a size.
 *
 * ```ts
 * show(publishedCurves(studyRuns()));
 * ```
 */
export function publishedCurves(runs: readonly MeasuredRun[]) {
  const ranks: number[] = [];
  const scales = byScale(runs);
  const panels = [...scales].flatMap(([scale, own]) =>
    FIGURE_TASKS.map((task): Panel => {
      const published = publishedCurve(task, scale) ?? [];
      const last = Math.max(1000, ...published.map(([step]) => step).filter((step) => step < 5000));
      const drawn = (look: Look, choice?: typeof PRINTED) =>
        own.flatMap((run) => {
          const series = rankSeries(run, task, choice);
          if (!series) return [];
          const kept = during(series, (step) => step <= last);
          ranks.push(...kept.values);
          return [curve(kept, look)];
        });
      const color = taskColor(task);
      const steps = stepPlaces(published.map(([step]) => step));
      const theirs = published.map(([, rank]) => rank);
      const marks = [
        ...drawn({ color, name: 'ours, covariance rank' }),
        ...drawn({ color, name: 'ours, the printed formula', dash: 'dot', opacity: 0.7 }, PRINTED),
        dots(steps, theirs, { ...PUBLISHED, size: 6 }),
      ];
      return { heading: `${task}, ${scale}`, marks };
    }),
  );
  const factor = curveFactor(curvePoints(runs));
  return chart({
    title: factor ? say.curveFactor(factor) : 'The paper shows no curve of these sizes.',
    of: `${runsName(runs)}; published: Figure 2, read off to about 2 %`,
    ...{ panels, columns: FIGURE_TASKS.length, height: 150 + 170 * scales.size },
    x: stepAxis(3000, true),
    y: rankAxis(RANK, ranks),
  });
}

/**
 * Floors of the paper's four tasks by size: at the paper's steps, beside its own, and at every measured step. Where the
 * two panels differ, the difference is sampling.
 *
 * ```ts
 * show(floorsBySize(studyRuns()));
 * ```
 */
export function floorsBySize(runs: readonly MeasuredRun[]) {
  const views = (['paper', 'all'] as const).map((at) =>
    floorCells(runs, { at }).filter(({ published }) => published !== undefined),
  );
  const mark = { ...PUBLISHED, size: 9 };
  const panels = views.map((cells, i): Panel => {
    const marks = [...groupBy(cells, ({ task }) => task)].flatMap(([task, own]) => {
      const [x, color] = [own.map(({ scale }) => scale), taskColor(task)];
      const means = own.map(({ mean }) => mean);
      const ranges = own.map(({ mean: value, floors }) => {
        return { value, low: Math.min(...floors), high: Math.max(...floors) };
      });
      const ours = dots(x, means, { color, hover: `${task}: %{y:.3g} at %{x}` });
      const published = own.map((cell) => cell.published!);
      return [
        line(x, means, { color, name: task }),
        { ...ours, error_y: bars(ranges, color) },
        dots(x, published, { ...mark, color, name: undefined }),
      ];
    });
    const heading = ['at the paper’s steps', 'at every measured step'][i];
    return { heading, marks: [...marks, dots([], [], mark)] };
  });
  const ranks = views.flat().flatMap(({ floors, published }) => [...floors, published!]);
  const [sampled, dense] = views.map((cells) =>
    floorSummaries(cells).find(({ task }) => task === 'SORT'),
  );
  return chart({
    ...{ panels, columns: 2, height: 360 },
    title: sampled && dense ? say.sampling(sampled, dense) : 'SORT was not measured.',
    of: `mean over seeds, bar: their range; ${runsName(runs)}`,
    x: axis('', { type: 'category', categoryarray: scalesOf(runs) }),
    y: rankAxis('floor of the effective rank', ranks),
  });
}
