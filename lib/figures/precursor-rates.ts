import type { Data } from 'plotly.js';
import type { Precedence } from '../findings/precursors';
import type { Figure } from './figure';
import { axis, figure, INK } from './style';

const COLORS = { easy: '#56b4e9', hard: '#d55e00' } as const;

/**
 * Precursor rates of the easy and the hard class with their 95 % intervals, over the 95 % range of random
 * events (gray): a dot inside the gray says no more than chance.
 * @param scale one of those of the rates, or `all`.
 */
export function precursorRates(rates: readonly Precedence[], scale: string, label: string): Figure {
  const own = rates.filter(
    (one) => one.scale === scale && one.difficulty !== 'all' && one.precursor,
  );
  const names = [...new Set(own.map((one) => one.label))];
  const offset = { easy: -0.17, hard: 0.17 };
  const data = (['easy', 'hard'] as const).flatMap((difficulty): Data[] => {
    const points = own.filter((one) => one.difficulty === difficulty);
    const x = points.map((one) => names.indexOf(one.label) + offset[difficulty]);
    return [
      {
        type: 'bar',
        name: 'random events, 95 %',
        showlegend: difficulty === 'easy',
        x,
        // plotly.js has it; its types do not.
        ...{ base: points.map(({ randomEvents }) => randomEvents?.low ?? 0) },
        y: points.map(({ randomEvents }) => (randomEvents?.high ?? 0) - (randomEvents?.low ?? 0)),
        width: 0.26,
        marker: { color: 'rgba(128,128,128,0.3)' },
        hovertemplate: 'random events from %{base:.0%}<extra></extra>',
      },
      {
        type: 'scatter',
        mode: 'markers',
        name: `${difficulty} (${Math.max(0, ...points.map(({ precursor }) => precursor?.of ?? 0))} events)`,
        x,
        y: points.map(({ precursor }) => precursor?.value ?? 0),
        error_y: {
          type: 'data',
          symmetric: false,
          array: points.map(({ precursor }) => (precursor ? precursor.high - precursor.value : 0)),
          arrayminus: points.map(({ precursor }) =>
            precursor ? precursor.value - precursor.low : 0,
          ),
          thickness: 1.4,
          width: 3,
          color: COLORS[difficulty],
        },
        marker: { size: 9, color: COLORS[difficulty], line: { color: INK, width: 0.5 } },
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
      `<br><sub>${label}; whiskers: 95 % interval (Wilson); gray: where random events on the same steps would be</sub>`,
    data,
    {
      xaxis: axis('', {
        tickvals: names.map((_, i) => i),
        ticktext: names,
        tickangle: -30,
        showgrid: false,
        automargin: true,
      }),
      yaxis: axis('precursor rate', { range: [-0.03, 1.05], tickformat: '.0%' }),
      barmode: 'overlay',
      legend: { font: { size: 10 } },
    },
  );
}
