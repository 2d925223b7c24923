import { floorCells, floorSummaries } from '../findings/floors';
import { runName, scalesOf } from '../findings/runs';
import { groupBy, type MeasuredRun } from '../findings/series';
import * as say from '../findings/summaries';
import { bars, chart, dots, line, type Panel } from './chart';
import { axis, INK, rankAxis, taskColor } from './style';

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
        dots(x, published, { ...PUBLISHED, color, name: undefined }),
      ];
    });
    const heading = ['at the paper’s steps', 'at every measured step'][i];
    return { heading, marks: [...marks, dots([], [], PUBLISHED)] };
  });
  const ranks = views.flat().flatMap(({ floors, published }) => [...floors, published!]);
  const [sampled, dense] = views.map((cells) =>
    floorSummaries(cells).find(({ task }) => task === 'SORT'),
  );
  return chart({
    ...{ panels, columns: 2, height: 360 },
    title: sampled && dense ? say.sampling(sampled, dense) : 'SORT was not measured.',
    of: `mean over seeds, bar: their range; ${runs.map(runName).join('; ')}`,
    x: axis('', { type: 'category', categoryarray: scalesOf(runs) }),
    y: rankAxis('floor of the effective rank', ranks),
  });
}

const PUBLISHED = { color: INK, symbol: 'circle-open', size: 9, name: 'published' };
