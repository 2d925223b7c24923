import { PRECURSOR_RULES, type Precedence } from '../findings/precursors';
import { groupBy } from '../findings/series';
import * as say from '../findings/summaries';
import { of, percent, tested } from '../findings/words';
import type { Panel } from './chart';
import type { Figure } from './figure';
import { type RowPoint, rowBands, rowDots, rowPlot, shareAxis } from './row-plot';
import { ACCENT, SECOND } from './style';

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
export function precursorRates(found: readonly Precedence[], label: string): Figure {
  const judged = found.filter(({ rate }) => rate);
  const rows = [...new Set(judged.map((one) => one.label))];
  const panels = [...groupBy(judged, ({ rule }) => rule)].map(([rule, own]): Panel => {
    const points = (pick: (one: Precedence) => Omit<RowPoint, 'row'> | undefined) =>
      own.flatMap((one): RowPoint[] => {
        const point = pick(one);
        return point ? [{ ...point, row: rows.indexOf(one.label) }] : [];
      });
    const events = points(({ randomEvents: chance }) => {
      if (!chance) return undefined;
      return { ...chance, value: chance.mean, hover: `random events: ${percent(chance.mean)}` };
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
