import { median } from 'simple-statistics';
import { SYNCHRONY } from '../findings/definitions';
import type { Precedence } from '../findings/precursors';
import { bootstrap } from '../findings/statistics';
import * as say from '../findings/summaries';
import { short } from '../findings/words';
import type { Figure } from './figure';
import { rowDots, rowPlot } from './row-plot';
import { ACCENT, INK, logAxis } from './style';

/**
 * Which measure moves first: the median factor by which acquisition comes later than half of each measure's rise, with
 * its interval; every task-level on demand. Right of the gray: a precursor.
 *
 * ```ts
 * const runs = studyRuns();
 * show(leadLag(signalsOf(runs).map((signal) => precedence(runs, signal, 'ours', 'hard')), 'all runs'));
 * ```
 * @param found precedences by our rule; a measure that never rises has no row. @param label for example `nano, seed 0`.
 */
export function leadLag(found: readonly Precedence[], label: string): Figure {
  const rows = found
    .filter(({ rule, medianLead }) => rule === 'ours' && medianLead !== undefined)
    .sort((a, b) => b.medianLead! - a.medianLead!);
  const medians = rows.flatMap((one, row) => {
    const leads = one.leads.map(({ value }) => value);
    const middle = bootstrap(leads, (drawn) => median([...drawn]));
    return middle ? [{ ...middle, row, hover: say.medianLead(one) }] : [];
  });
  const each = rows.flatMap(({ leads }, row) =>
    leads.map(({ value, name, run }, i) => ({
      value,
      hover: `${name}, ${run}: × ${short(value)}`,
      row: row + 0.35 * ((i + 0.5) / leads.length - 0.5),
    })),
  );
  const middle = rowDots(medians, { name: 'median', color: ACCENT, size: 10 });
  const every = rowDots(each, { name: 'each task-level (click)', color: INK, size: 4 });
  const ends = [0.5, 2, ...[...each, ...medians].map(({ value }) => value)];
  return rowPlot({
    title: rows[0] ? say.medianLead(rows[0]) : 'No measure rises before or after an acquisition',
    of: `${label}; medians with 95 % intervals; gray: within a factor of ${SYNCHRONY}`,
    panels: [{ marks: [middle, { ...every, visible: 'legendonly' }] }],
    rows: rows.map((one) => one.label),
    x: logAxis('step of acquisition over step of the change', ends),
    shapes: [
      {
        type: 'rect',
        layer: 'below',
        xref: 'x',
        yref: 'paper',
        x0: 1 / SYNCHRONY,
        x1: SYNCHRONY,
        y0: 0,
        y1: 1,
        fillcolor: 'rgba(128,128,128,0.18)',
        line: { width: 0 },
      },
    ],
  });
}
