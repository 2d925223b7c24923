import { PREDICTORS, type RunForecast } from '../findings/forecast';
import { type OrderRow, type PairKind, skillOf } from '../findings/prediction';
import { groupBy } from '../findings/series';
import * as say from '../findings/summaries';
import { counted, percent, short, tested } from '../findings/words';
import { chart, dots, type Panel } from './chart';
import { rowBands, rowDots, rowPlot, shareAxis } from './row-plot';
import { ACCENT, axis, logAxis, logTicks, SECOND, taskColor } from './style';

/**
 * What was seen early of each task or task-level against when it was acquired; what never was stands open at the top.
 *
 * ```ts
 * const run = loadRun('nano-s0');
 * show(predictionScatter(forecast(run, 'v4'), run.info.step));
 * ```
 * @param found forecasts of one run. @param lastStep of the run. @param by id of a predictor.
 */
export function predictionScatter(found: RunForecast, lastStep: number, by = 'floor') {
  const predictor = PREDICTORS.find(({ id }) => id === by)!;
  const never = lastStep * 1.3;
  const marks = [...groupBy(found.forecasts, ({ task }) => task)].map(([task, own]) => {
    const steps = own.map(({ step }) => Math.min(step, never));
    const reached = own.map(({ step }) => Number.isFinite(step));
    const scores = own.map((one) => one.scores[by]);
    return dots(scores, steps, {
      ...{ name: task, color: taskColor(task), size: 9 },
      symbol: reached.map((one) => (one ? 'circle' : 'circle-open')),
      text: own.map(({ name, step }, i) => `${name}: ${reached[i] ? short(step) : 'not acquired'}`),
      hover: '%{text}',
    });
  });
  const ends = [never, ...found.forecasts.map(({ step }) => Math.min(Math.max(1, step), never))];
  const cases = counted(found.forecasts.length, 'case');
  return chart({
    title: say.coarse(predictor, skillOf([found], 'coarse', by)),
    of: `${found.run}, seen up to step ${found.until}; ${cases}; open: not acquired`,
    panels: [{ marks }],
    x: axis(predictor.label),
    y: { ...logAxis('step of acquisition', ends), ...logTicks(Math.min(...ends), lastStep) },
  });
}

const LOOKS = {
  states: { name: 'RankMe', color: ACCENT, symbol: 'circle' },
  baseline: { name: 'looks at no states', color: SECOND, symbol: 'circle-open' },
  bound: { name: 'has seen another training', color: '#7d5c34', symbol: 'diamond' },
} as const;
const PANELS: Readonly<Record<PairKind, string>> = {
  across: 'easy and hard',
  easy: 'two easy',
  hard: 'two hard',
  turned: 'swap test',
};

/**
 * Who tells the order of acquisition, pair by pair: a row a predictor, a panel a kind of pair, the dotted line where a coin
 * would be, gray where shuffled scores are.
 *
 * ```ts
 * show(orderBound(orderRows(studyRuns(), 'v4'), 'v4; all runs'));
 * ```
 * @param rows the main predictor first. @param label for example `v4's classes and acquisition; nano, 3 seeds`.
 */
export function orderBound(rows: readonly OrderRow[], label: string) {
  const judged = (kind: PairKind) => rows.some(({ skills }) => skills[kind].estimate);
  const kinds = (Object.keys(PANELS) as PairKind[]).filter(judged);
  const panels = kinds.map((kind): Panel => {
    const points = rows.flatMap((one, row) => {
      const { estimate, chance } = one.skills[kind];
      const hover = say.pairs(kind, one, one.skills[kind]);
      return estimate ? [{ ...estimate, row, kind: one.kind, chance, hover }] : [];
    });
    const bands = points.flatMap(({ row, chance }) => {
      const value = chance?.mean ?? 0;
      return chance ? [{ ...chance, row, value, hover: `shuffled: ${percent(value)}` }] : [];
    });
    const marks = Object.entries(LOOKS).map(([of, look]) => {
      const own = points.filter((point) => point.kind === of);
      return rowDots(own, look);
    });
    return { heading: PANELS[kind], marks: [rowBands(bands, 'shuffled scores, 95 %'), ...marks] };
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
