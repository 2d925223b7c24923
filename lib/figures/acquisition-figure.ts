import { type AcquisitionCell, tableAgreement } from '../findings/acquisition';
import { groupBy, nameOf } from '../findings/series';
import * as say from '../findings/summaries';
import { chart, dots, line, type Panel } from './chart';
import { INK, logAxis, taskColor } from './style';

/** Symbols of the levels, easy to hard. */
const SYMBOLS = ['circle', 'diamond', 'square'];

/**
 * Published step of acquisition against ours, a panel a size: on the line they agree, within the dots by a factor of two.
 *
 * ```ts
 * show(acquisitionFigure(acquisitionCells(studyRuns(), 'v4'), 'v4'));
 * ```
 */
export function acquisitionFigure(cells: readonly AcquisitionCell[], version: 'v1' | 'v4') {
  const compared = cells.filter(({ ratio }) => ratio !== undefined && Number.isFinite(ratio));
  const steps = compared.flatMap(({ published, ours }) => [published!, Math.max(ours, 100)]);
  const ends = [Math.min(100, ...steps), Math.max(1000, ...steps)];
  const along = (factor: number) => {
    const [from, to] = ends;
    const dash = factor === 1 ? 'solid' : 'dot';
    return line(ends, [from * factor, to * factor], { color: INK, dash, width: 1 });
  };
  const panels = [...groupBy(compared, ({ scale }) => scale)].map(([heading, own]): Panel => {
    const marks = own.map(({ task, level, published, ours }) => {
      const hover = `${nameOf({ task, level })}: published %{x}, ours ${ours}`;
      const look = { color: taskColor(task), symbol: SYMBOLS[level - 1], name: task, hover };
      return dots([published], [Math.max(ours, 100)], look);
    });
    return { heading, marks: [...[1, 2, 0.5].map(along), ...marks] };
  });
  const agreement = tableAgreement(cells);
  return chart({
    title: agreement ? say.within(agreement) : 'No published step lies within these runs.',
    of: `${version}’s rule at the paper’s checkpoints; circle, diamond, square: levels 1, 2, 3; median over seeds`,
    ...{ panels, columns: 2, rowHeight: 285 },
    x: logAxis('published step', ends, 1.3),
    y: logAxis('our step', ends, 1.3),
  });
}
