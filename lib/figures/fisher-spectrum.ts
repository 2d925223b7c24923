import type { FisherRank } from '../measures/fisher';
import type { Figure } from './figure';
import { axis, figure, short } from './style';

/**
 * Eigenvalues of the empirical Fisher in falling order, each as a part of their sum, with its effective rank:
 * where a spectrum of equal values would end that is spread as widely.
 * @param label for example `nano, step 500`.
 */
export function fisherSpectrum(fisher: FisherRank, label: string): Figure {
  const falling = [...fisher.spectrum].reverse();
  const sum = falling.reduce((total, value) => total + value, 0);
  const shares = falling.map((value) => value / sum).filter((share) => share > 1e-12);
  const { value, spread, samples } = fisher;
  return figure(
    `The gradients of ${samples} samples are spread over ${short(value)} directions<br>` +
      `<sub>${label}; effective rank ${short(value)} ± ${short(spread)}, at most ${samples}; ` +
      `the largest eigenvalue holds ${short(100 * shares[0])} %</sub>`,
    [
      {
        type: 'scatter',
        mode: 'lines+markers',
        name: 'eigenvalues',
        x: shares.map((_, i) => i + 1),
        y: shares,
        line: { color: '#0072b2', width: 1.4 },
        marker: { color: '#0072b2', size: 4 },
        hovertemplate: 'eigenvalue %{x}<br>%{y:.3p} of the sum<extra></extra>',
      },
      {
        type: 'scatter',
        mode: 'lines',
        name: 'effective rank',
        x: [value, value],
        y: [shares.at(-1)!, shares[0]],
        line: { color: '#d55e00', dash: 'dash', width: 1.4 },
        hovertemplate: `effective rank ${short(value)}<extra></extra>`,
      },
    ],
    {
      xaxis: axis('eigenvalue, largest first'),
      yaxis: axis('share of the sum', { type: 'log', dtick: 1, exponentformat: 'e' }),
    },
  );
}
