import type { Data } from 'plotly.js';
import type { Llc } from '../measures/llc';
import type { Figure } from './figure';
import { axis, figure, INK, short } from './style';

const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/**
 * Traces of the SGLD chains behind an LLC: rise of each draw's loss above the start's, times nβ, so that a
 * chain's height is its λ̂. A sound trace rises, then is flat; draws left of the line are burn-in. Chains
 * that diverged are drawn up to where they did.
 * @param label for example `nano, step 500`.
 */
export function sgldTraces(llc: Llc, label: string): Figure {
  const { chains, settings, value, standardError, stepSize } = llc;
  const diverged = chains.filter((chain) => chain.diverged).length;
  const smooth = Math.max(1, Math.round((settings.burnIn + settings.draws) / 40));
  const lines = chains.map(
    (chain, i): Data => ({
      type: 'scatter',
      mode: 'lines',
      name: `chain ${i + 1}${chain.diverged ? ', diverged' : ''}`,
      x: Array.from(chain.trace, (_, draw) => draw),
      y: moving(chain.trace, smooth).map((rise) => settings.nBeta * rise),
      line: {
        color: COLORS[i % COLORS.length],
        width: 1.3,
        dash: chain.diverged ? 'dot' : 'solid',
      },
      hovertemplate: `chain ${i + 1}, draw %{x}<br>nβ × rise %{y:.3g}<extra></extra>`,
    }),
  );
  const flat = { line: { color: INK, dash: 'dash' as const, width: 1 }, type: 'line' as const };
  return figure(
    `λ̂ = ${short(value)} ± ${short(standardError)} from ${chains.length - diverged} chains` +
      `${diverged > 0 ? `, ${diverged} diverged` : ''}<br>` +
      `<sub>${label}; ε = ${short(stepSize)}, γ = ${settings.localization}, nβ = ${short(settings.nBeta)}; ` +
      `moving mean of ${smooth} draws; dashed: end of the burn-in, and λ̂</sub>`,
    lines,
    {
      xaxis: axis('draw'),
      yaxis: axis('nβ × (loss − loss at the start)'),
      shapes: [
        { ...flat, x0: settings.burnIn, x1: settings.burnIn, y0: 0, y1: 1, yref: 'paper' },
        { ...flat, x0: 0, x1: settings.burnIn + settings.draws, y0: value, y1: value },
      ],
    },
  );
}

/** Mean of each value and up to `count` − 1 before it. */
function moving(values: Float64Array, count: number): number[] {
  return Array.from(values, (_, i) => {
    const part = values.subarray(Math.max(0, i + 1 - count), i + 1);
    return part.reduce((sum, value) => sum + value / part.length, 0);
  });
}
