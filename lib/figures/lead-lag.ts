import type { Data } from 'plotly.js';
import { median } from 'simple-statistics';
import { SYNCHRONY } from '../findings/definitions';
import type { Lead, Precedence } from '../findings/precursors';
import type { Figure } from './figure';
import { axis, figure, INK, legendEntry, logTicks, TASK_COLORS } from './style';

const ALPHA = 0.05;
/** Rows spread their dots over this part of their height. */
const SPREAD = 0.5;

/**
 * The hierarchy at a glance: one row for each signal, one dot for each emergence event, at the factor of
 * steps by which the signal is ahead of it (right of the band: precursor; left: it lags). Rows are sorted
 * by their median; at the right stand the precursor rate and what random events give, in percent. Signals
 * that never make their change have no row; the title counts them.
 *
 * @param leads of one run or several.
 * @param rates of class `all`, for the rates at the right.
 */
export function leadLag(
  leads: readonly Lead[],
  rates: readonly Precedence[],
  label: string,
): Figure {
  const all = rates.filter(({ difficulty, precursor }) => difficulty === 'all' && precursor);
  const scale = all.some((one) => one.scale === 'all') ? 'all' : all[0]?.scale;
  const judged = all.filter((one) => one.scale === scale);
  const rows = judged
    .map((rate) => {
      const own = leads.filter(
        ({ signal, factor }) => signal === rate.signal && factor !== undefined,
      );
      const factors = own.map(({ factor }) => factor as number);
      return { rate, own, middle: factors.length > 0 ? median(factors) : undefined };
    })
    .filter(({ middle }) => middle !== undefined)
    .sort((a, b) => (a.middle as number) - (b.middle as number));
  const still = judged.length - rows.length;
  const place = (row: number, i: number, of: number) =>
    row + (of > 1 ? (i / (of - 1) - 0.5) * SPREAD : 0);
  const dots: Data[] = (['easy', 'hard'] as const).map((difficulty) => {
    const points = rows.flatMap(({ own }, row) =>
      own
        .map((lead, i) => ({ lead, y: place(row, i, own.length) }))
        .filter(({ lead }) => lead.difficulty === difficulty),
    );
    return {
      type: 'scatter',
      mode: 'markers',
      showlegend: false,
      x: points.map(({ lead }) => lead.factor as number),
      y: points.map(({ y }) => y),
      text: points.map(
        ({ lead }) =>
          `${lead.task} ${lead.level}, ${lead.run}<br>onset ${lead.onset}, emergence ${lead.event}`,
      ),
      hovertemplate: '%{text}<br>factor %{x:.2f}<extra></extra>',
      marker: {
        size: 7,
        symbol: difficulty === 'easy' ? 'circle-open' : 'circle',
        color: points.map(({ lead }) => TASK_COLORS[lead.task]),
        line: { width: 1.4, color: points.map(({ lead }) => TASK_COLORS[lead.task]) },
      },
    };
  });
  const medians: Data = {
    type: 'scatter',
    mode: 'markers',
    name: 'median',
    x: rows.map(({ middle }) => middle as number),
    y: rows.map((_, row) => row),
    marker: { symbol: 'line-ns', size: 18, line: { color: INK, width: 2.5 } },
    hovertemplate: 'median factor %{x:.2f}<extra></extra>',
  };
  const factors = rows.flatMap(({ own }) => own.map(({ factor }) => factor as number));
  const [low, high] = [Math.min(0.5, ...factors) / 1.3, Math.max(2, ...factors) * 1.3];
  const percent = (value = 0) => (100 * value).toFixed(0);
  const seen = new Set(rows.flatMap(({ own }) => own.map(({ task }) => task)));
  const tasks = Object.keys(TASK_COLORS).filter((task) => seen.has(task));
  const beaten = judged.filter(({ randomEvents }) => (randomEvents?.p ?? 1) < ALPHA).length;
  return figure(
    `${beaten} of ${judged.length} changes come before emergence more often than before random events` +
      `<br><sub>${label}; band: within a factor of ${SYNCHRONY.ratio}; right: precursor rate in % (and that of random events)` +
      `${still > 0 ? `; ${still} changes never occur and have no row` : ''}</sub>`,
    [
      ...dots,
      ...tasks.map((task) =>
        legendEntry(task, { mode: 'markers', marker: { color: TASK_COLORS[task], size: 8 } }),
      ),
      ...(['easy', 'hard'] as const).map((difficulty) =>
        legendEntry(difficulty, {
          mode: 'markers',
          marker: { symbol: difficulty === 'easy' ? 'circle-open' : 'circle', color: INK, size: 8 },
        }),
      ),
      medians,
    ],
    {
      xaxis: axis('times more steps to emergence than to the change', {
        type: 'log',
        range: [Math.log10(low), Math.log10(high)],
        ...logTicks(low, high),
      }),
      yaxis: axis('', {
        tickvals: rows.map((_, row) => row),
        ticktext: rows.map(({ rate }) => rate.label),
        range: [-0.7, rows.length - 0.3],
        showgrid: false,
        automargin: true,
      }),
      shapes: [
        {
          type: 'rect',
          layer: 'below',
          ...{ xref: 'x', yref: 'paper', y0: 0, y1: 1 },
          ...{ x0: 1 / SYNCHRONY.ratio, x1: SYNCHRONY.ratio },
          fillcolor: 'rgba(128,128,128,0.18)',
          line: { width: 0 },
        },
      ],
      annotations: rows.map(({ rate }, row) => ({
        text: `${percent(rate.precursor?.value)} (${percent(rate.randomEvents?.mean)})`,
        ...{ xref: 'paper', x: 1.01, xanchor: 'left', yref: 'y', y: row, showarrow: false },
        font: { size: 10 },
      })),
      margin: { l: 160, r: 72, b: 122 },
      legend: { orientation: 'h', y: 0, yref: 'container', yanchor: 'bottom', font: { size: 11 } },
    },
    { height: 220 + 30 * Math.max(4, rows.length) },
  );
}
