import { tested } from '../findings/multiplicity';
import { PRECURSOR_RULES, type Precedence, type PrecursorName } from '../findings/precursors';
import * as say from '../findings/summaries-hierarchy';
import { of, percent } from '../findings/words';
import type { Figure } from './figure';
import { type RowPoint, rowBands, rowDots, rowPlot, shareAxis } from './row-plot';
import { ACCENT } from './style';

/**
 * How often each measure precedes acquisition: a row a measure, a panel a rule. A dot inside the gray says no more than
 * events at random steps; one that a diamond reaches says nothing of its own task.
 * @param found one class, any rules and signals. @param label for example `nano, seed 0`.
 */
export function precursorRates(found: readonly Precedence[], label: string): Figure {
  const judged = found.filter(({ rate }) => rate);
  const rows = [...new Set(judged.map((one) => one.label))];
  const rules = (Object.keys(PRECURSOR_RULES) as PrecursorName[]).filter((rule) =>
    judged.some((one) => one.rule === rule),
  );
  const panels = rules.map((rule) => {
    const own = judged.filter((one) => one.rule === rule);
    const points = (pick: (one: Precedence) => Omit<RowPoint, 'row'> | undefined) =>
      own.flatMap((one): RowPoint[] => {
        const point = pick(one);
        return point ? [{ ...point, row: rows.indexOf(one.label) }] : [];
      });
    return {
      heading: PRECURSOR_RULES[rule].label,
      marks: [
        rowBands(
          points(
            ({ randomEvents: chance }) =>
              chance && {
                ...chance,
                value: chance.mean,
                hover: `random events: ${percent(chance.mean)}`,
              },
          ),
          'events at random steps, 95 %',
        ),
        rowDots(
          points((one) => ({ ...one.rate!, hover: say.precedes(one) })),
          { name: 'measured, 95 % interval', color: ACCENT },
        ),
        rowDots(
          points(
            ({ exchanged: chance }) =>
              chance && { value: chance.mean, hover: `tasks exchanged: ${percent(chance.mean)}` },
          ),
          { name: 'tasks exchanged', color: '#d55e00', symbol: 'diamond-open' },
        ),
        rowDots(
          points(
            ({ untaught }) =>
              untaught && {
                value: untaught.value,
                hover: `taught shuffled answers: ${of(untaught)}`,
              },
          ),
          { name: 'taught shuffled answers', color: '#cc79a7', symbol: 'x' },
        ),
      ],
    };
  });
  const p = judged.flatMap(({ randomEvents, exchanged }) => [randomEvents!.p, exchanged!.p]);
  const words = tested(p);
  const classes = [...new Set(judged.map(({ difficulty }) => difficulty))].join(' and ');
  return rowPlot({
    title: `Precursors beyond chance: ${words}`,
    of: `${label}; ${classes} tasks; two tests a row and panel, by draws`,
    panels,
    rows,
    x: shareAxis('precursor rate'),
  });
}
