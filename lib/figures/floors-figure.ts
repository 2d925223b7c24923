import { floorCells, floorSummaries } from '../findings/floors';
import { runName, scalesOf } from '../findings/runs';
import type { MeasuredRun, Sampling } from '../findings/series';
import * as say from '../findings/summaries';
import { chart, dots, line, type Panel, segments } from './chart';
import type { Figure } from './figure';
import { axis, INK, rankAxis, TASK_COLORS } from './style';

/**
 * Floors of the paper's four tasks by size: at the paper's steps, beside its own, and at every measured step. Where the
 * two panels differ, the difference is sampling.
 */
export function floorsBySize(runs: readonly MeasuredRun[]): Figure {
  const ranks: number[] = [];
  const views: [Sampling, string][] = [
    ['paper', 'at the paper’s steps'],
    ['all', 'at every measured step'],
  ];
  const panels = views.map(([at, heading]): Panel => {
    const cells = floorCells(runs, { at }).filter(({ published }) => published !== undefined);
    const marks = [...new Set(cells.map(({ task }) => task))].flatMap((task) => {
      const own = cells.filter((cell) => cell.task === task);
      ranks.push(...own.flatMap(({ floors, published }) => [...floors, published!]));
      const x = own.map(({ scale }) => scale);
      const look = { color: TASK_COLORS[task], name: task };
      const low = own.map(({ scale, floors }) => [scale, Math.min(...floors)] as const);
      const high = own.map(({ scale, floors }) => [scale, Math.max(...floors)] as const);
      const means = own.map(({ mean }) => mean);
      const theirs = own.map(({ published }) => published!);
      return [
        line(x, means, look),
        dots(x, means, { color: look.color, hover: `${task}: %{y:.3g} at %{x}` }),
        segments(low, high, { color: look.color, width: 3, opacity: 0.5 }),
        dots(x, theirs, { color: look.color, symbol: 'circle-open', size: 9 }),
      ];
    });
    return { heading, marks: [...marks, dots([], [], PUBLISHED)] };
  });
  const [sampled, dense] = views.map(([at]) => floorSummaries(floorCells(runs, { at })));
  const sort = sampled.findIndex(({ task }) => task === 'SORT');
  return chart({
    title: sort < 0 ? 'SORT was not measured.' : say.sampling(sampled[sort], dense[sort]),
    of: `mean over seeds, bar: their range; ${runs.map(runName).join('; ')}`,
    panels,
    columns: 2,
    x: axis('', { type: 'category', categoryarray: scalesOf(runs) }),
    y: rankAxis('floor of the effective rank', ranks),
    height: 360,
  });
}

const PUBLISHED = { color: INK, symbol: 'circle-open', size: 9, name: 'published' } as const;
