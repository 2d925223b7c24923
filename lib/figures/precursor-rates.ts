import type { Data } from 'plotly.js';
import type { Precedence } from '../findings/precursors';
import type { Figure } from './figure';
import { ACCENT, axis, figure, intervals } from './style';

/** Places of both classes about the middle of their row, and symbols, as in the figure of leads. */
const CLASSES = {
  easy: { offset: -0.2, symbol: 'circle-open' },
  hard: { offset: 0.2, symbol: 'circle' },
} as const;

/**
 * Precursor rates of the easy and the hard class with their 95 % intervals, a row for each signal, over the
 * 95 % range of random events (gray): a dot inside the gray says no more than chance. Signals that never
 * make their change have no row; the title counts them.
 * @param scale one of those of the rates, or `all`.
 */
export function precursorRates(rates: readonly Precedence[], scale: string, label: string): Figure {
  const judged = rates.filter((one) => one.scale === scale && one.precursor);
  const own = judged.filter(({ difficulty }) => difficulty !== 'all');
  const rows = judged
    .filter(({ difficulty, medianFactor }) => difficulty === 'all' && medianFactor !== undefined)
    .sort((a, b) => (b.precursor?.value ?? 0) - (a.precursor?.value ?? 0));
  const still = new Set(own.map(({ signal }) => signal)).size - rows.length;
  const row = ({ signal }: Precedence) => rows.findIndex((one) => one.signal === signal);
  const data = (Object.keys(CLASSES) as (keyof typeof CLASSES)[]).flatMap((difficulty): Data[] => {
    const points = own.filter((one) => one.difficulty === difficulty && row(one) >= 0);
    const { offset, symbol } = CLASSES[difficulty];
    const y = points.map((one) => row(one) + offset);
    return [
      {
        type: 'bar',
        orientation: 'h',
        name: 'random events, 95 %',
        showlegend: difficulty === 'easy',
        y,
        // plotly.js has it; its types do not.
        ...{ base: points.map(({ randomEvents }) => randomEvents?.low ?? 0) },
        x: points.map(({ randomEvents }) => (randomEvents?.high ?? 0) - (randomEvents?.low ?? 0)),
        width: 0.32,
        marker: { color: 'rgba(128,128,128,0.35)' },
        customdata: points.map(({ randomEvents }) => randomEvents?.high ?? 0),
        hovertemplate: 'random events: %{base:.0%} to %{customdata:.0%}<extra></extra>',
      },
      {
        type: 'scatter',
        mode: 'markers',
        name: `${difficulty} (${Math.max(0, ...points.map(({ precursor }) => precursor?.of ?? 0))} events)`,
        x: points.map(({ precursor }) => precursor?.value ?? 0),
        y,
        error_x: intervals(
          points.map(({ precursor }) => precursor ?? { value: 0, low: 0, high: 0 }),
        ),
        marker: { size: 8, symbol, color: ACCENT, line: { color: ACCENT, width: 1.6 } },
        text: points.map(
          (one) => `${one.label}, ${difficulty}: ${one.precursor?.count} of ${one.precursor?.of}`,
        ),
        hovertemplate: '%{text}<extra></extra>',
      },
    ];
  });
  const above = own.filter(({ randomEvents }) => (randomEvents?.p ?? 1) < 0.05).length;
  return figure(
    `${above} of ${own.length} precursor rates are beyond chance` +
      `<br><sub>${label}; lines: 95 % interval (Wilson); gray: where random events on the same steps would be` +
      `${still > 0 ? `; ${still} changes never occur and have no row` : ''}</sub>`,
    data,
    {
      xaxis: axis('precursor rate', { range: [-0.03, 1.03], tickformat: '.0%' }),
      yaxis: axis('', {
        tickvals: rows.map((_, i) => i),
        ticktext: rows.map((one) => one.label),
        range: [rows.length - 0.4, -0.6],
        showgrid: false,
        automargin: true,
      }),
      barmode: 'overlay',
      margin: { l: 160, b: 88 },
      legend: { orientation: 'h', y: 0, yref: 'container', yanchor: 'bottom', font: { size: 11 } },
    },
    { height: 190 + 26 * Math.max(4, rows.length) },
  );
}
