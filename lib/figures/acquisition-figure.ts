import { type AcquisitionCell, tableAgreement } from '../findings/acquisition';
import { nameOf } from '../findings/definitions';
import * as say from '../findings/summaries';
import { chart, dots, line, type Panel } from './chart';
import type { Figure } from './figure';
import { axis, INK, LEVEL_SYMBOLS, logTicks, TASK_COLORS } from './style';

/** Published step of acquisition against ours, a panel a size: on the line they agree, within the dots by a factor of two. */
export function acquisitionFigure(cells: readonly AcquisitionCell[], version: 'v1' | 'v4'): Figure {
  const compared = cells.filter(({ ratio }) => ratio !== undefined && Number.isFinite(ratio));
  const steps = compared.flatMap(({ published, ours }) => [published!, Math.max(ours, 100)]);
  const [low, high] = [Math.min(100, ...steps), Math.max(1000, ...steps)];
  const panels = [...new Set(compared.map(({ scale }) => scale))].map((scale): Panel => {
    const own = compared.filter((cell) => cell.scale === scale);
    const along = (factor: number, dash: 'solid' | 'dot') =>
      line([low, high], [low * factor, high * factor], { color: INK, dash, width: 1 });
    const marks = own.map((cell) =>
      dots([cell.published], [Math.max(cell.ours, 100)], {
        ...{ color: TASK_COLORS[cell.task] ?? INK, symbol: LEVEL_SYMBOLS[cell.level - 1] },
        ...{ name: cell.task, hover: `${nameOf(cell)}: published %{x}, ours ${cell.ours}` },
      }),
    );
    return {
      heading: scale,
      marks: [along(1, 'solid'), along(2, 'dot'), along(0.5, 'dot'), ...marks],
    };
  });
  const agreement = tableAgreement(cells);
  const range = [Math.log10(low / 1.3), Math.log10(high * 1.3)];
  const scaled = { type: 'log', range, ...logTicks(low, high) } as const;
  return chart({
    title: agreement ? say.within(agreement) : 'No published step lies within these runs.',
    of: `${version}’s rule at the paper’s checkpoints; circle, diamond, square: levels 1, 2, 3; median over seeds`,
    panels: panels.length > 0 ? panels : [{ marks: [] }],
    columns: Math.min(3, Math.max(1, panels.length)),
    x: axis('published step', scaled),
    y: axis('our step', scaled),
    height: 400,
  });
}
