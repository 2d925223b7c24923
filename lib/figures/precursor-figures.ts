import { median } from 'simple-statistics';
import { SYNCHRONY } from '../findings/definitions';
import { PRECURSOR_RULES, type Precedence } from '../findings/precursors';
import { groupBy } from '../findings/series';
import { bootstrap } from '../findings/statistics';
import * as say from '../findings/summaries';
import { of, percent, short, tested } from '../findings/words';
import type { Panel } from './chart';
import { type RowPoint, rowBands, rowDots, rowPlot, shareAxis } from './row-plot';
import { ACCENT, INK, logAxis, SECOND } from './style';

/**
 * How often each measure precedes acquisition: a row a measure, a panel a rule. A dot inside the gray says no more than
 * events at random steps; one that a diamond reaches says nothing of its own task.
 *
 * ```ts
 * const runs = studyRuns();
 * show(precursorRates(signalsOf(runs).map((signal) => precedence(runs, signal, 'v4', 'hard')), 'all runs'));
 * ```
 * @param found one class, any rules and signals. @param label for example `nano, seed 0`.
 */
export function precursorRates(found: readonly Precedence[], label: string) {
  const judged = found.filter(({ rate }) => rate);
  const rows = [...new Set(judged.map((one) => one.label))];
  const panels = [...groupBy(judged, ({ rule }) => rule)].map(([rule, own]): Panel => {
    const points = (pick: (one: Precedence) => Omit<RowPoint, 'row'> | undefined) =>
      own.flatMap((one): RowPoint[] => {
        const point = pick(one);
        return point ? [{ ...point, row: rows.indexOf(one.label) }] : [];
      });
    const events = points(({ randomEvents: of }) => {
      return of && { ...of, value: of.mean, hover: `random events: ${percent(of.mean)}` };
    });
    const rates = points((one) => ({ ...one.rate!, hover: say.precedes(one) }));
    const exchanged = points(({ exchanged: chance }) => {
      return chance && { value: chance.mean, hover: `tasks exchanged: ${percent(chance.mean)}` };
    });
    const untaught = points(({ untaught: twin }) => {
      return twin && { value: twin.value, hover: `taught shuffled answers: ${of(twin)}` };
    });
    return {
      heading: PRECURSOR_RULES[rule].label,
      marks: [
        rowBands(events, 'events at random steps, 95 %'),
        rowDots(rates, { name: 'measured, 95 % interval', color: ACCENT }),
        rowDots(exchanged, { name: 'tasks exchanged', color: SECOND, symbol: 'diamond-open' }),
        rowDots(untaught, { name: 'taught shuffled answers', color: '#cc79a7', symbol: 'x' }),
      ],
    };
  });
  const p = judged.flatMap(({ randomEvents, exchanged }) => [randomEvents!.p, exchanged!.p]);
  const classes = [...new Set(judged.map(({ difficulty }) => difficulty))].join(' and ');
  return rowPlot({
    title: `Precursors beyond chance: ${tested(p)}`,
    of: `${label}; ${classes} tasks; two tests a row and panel, by draws`,
    panels,
    rows,
    x: shareAxis('precursor rate'),
  });
}

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
export function leadLag(found: readonly Precedence[], label: string) {
  const rows = found
    .filter(({ rule, medianLead }) => rule === 'ours' && medianLead !== undefined)
    .sort((a, b) => b.medianLead! - a.medianLead!);
  const medians = rows.flatMap((one, row) => {
    const leads = one.leads.map(({ value }) => value);
    const middle = bootstrap(leads, median);
    return middle ? [{ ...middle, row, hover: say.medianLead(one) }] : [];
  });
  const each = rows.flatMap(({ leads }, place) =>
    leads.map(({ value, name, run }, i) => {
      const row = place + 0.35 * ((i + 0.5) / leads.length - 0.5);
      return { row, value, hover: `${name}, ${run}: × ${short(value)}` };
    }),
  );
  const middle = rowDots(medians, { name: 'median', color: ACCENT, size: 10 });
  const every = rowDots(each, { name: 'each task-level (click)', color: INK, size: 4 });
  const [x0, x1] = [1 / SYNCHRONY, SYNCHRONY];
  const gray = { fillcolor: 'rgba(128,128,128,0.18)', line: { width: 0 } };
  const ends = [0.5, 2, ...[...each, ...medians].map(({ value }) => value)];
  return rowPlot({
    title: rows[0] ? say.leadsOfAll(rows) : 'No measure rises before or after an acquisition',
    of: `${label}; medians with 95 % intervals; gray: within a factor of ${SYNCHRONY}`,
    panels: [{ marks: [middle, { ...every, visible: 'legendonly' }] }],
    rows: rows.map((one) => one.label),
    x: logAxis('step of acquisition over step of the change', ends),
    shapes: [
      { type: 'rect', layer: 'below', xref: 'x', yref: 'paper', x0, x1, y0: 0, y1: 1, ...gray },
    ],
  });
}
