import type { OrderRow, PairKind } from '../findings/prediction';
import * as say from '../findings/summaries';
import { percent, tested } from '../findings/words';
import type { Panel } from './chart';
import type { Figure } from './figure';
import { rowBands, rowDots, rowPlot, shareAxis } from './row-plot';
import { ACCENT, SECOND } from './style';

const LOOKS = {
  states: { name: 'RankMe', color: ACCENT, symbol: 'circle' },
  baseline: { name: 'looks at no states', color: SECOND, symbol: 'circle-open' },
  bound: { name: 'has seen another training', color: '#7d5c34', symbol: 'diamond' },
} as const;
const PANELS: Readonly<Record<PairKind, string>> = {
  across: 'an easy and a hard',
  easy: 'two easy',
  hard: 'two hard',
  turned: 'order turns with size',
};

/**
 * Who tells the order of acquisition, pair by pair: a row a predictor, a panel a kind of pair, the dotted line where a coin
 * would be, gray where scores dealt anew are.
 *
 * ```ts
 * show(orderBound(orderRows(studyRuns(), 'v4'), 'v4; all runs'));
 * ```
 * @param rows the main predictor first. @param label for example `v4's classes and acquisition; nano, 3 seeds`.
 */
export function orderBound(rows: readonly OrderRow[], label: string): Figure {
  const kinds = (Object.keys(PANELS) as PairKind[]).filter((kind) =>
    rows.some(({ skills }) => skills[kind].estimate),
  );
  const panels = kinds.map((kind): Panel => {
    const points = rows.flatMap((one, row) => {
      const { estimate, chance } = one.skills[kind];
      const hover = say.pairs(kind, one, one.skills[kind]);
      return estimate ? [{ ...estimate, row, kind: one.kind, chance, hover }] : [];
    });
    const bands = points.flatMap(({ row, chance }) => {
      const value = chance?.mean ?? 0;
      return chance ? [{ ...chance, row, value, hover: `dealt anew: ${percent(value)}` }] : [];
    });
    const marks = Object.entries(LOOKS).map(([kind, look]) =>
      rowDots(
        points.filter((point) => point.kind === kind),
        look,
      ),
    );
    return { heading: PANELS[kind], marks: [rowBands(bands, 'scores dealt anew, 95 %'), ...marks] };
  });
  const p = kinds.flatMap((kind) => rows.flatMap(({ skills }) => skills[kind].chance?.p ?? []));
  const [first, kind] = [rows[0], kinds[0]];
  return rowPlot({
    title: kind
      ? say.pairs(kind, first, first.skills[kind])
      : 'No pair of tasks is acquired at different steps',
    of: `${label}; pairs in the right order; lines: 95 % intervals; ${tested(p)}`,
    panels,
    rows: rows.map((one) => one.label),
    x: shareAxis('right order'),
    line: 0.5,
  });
}
