import { short } from '../findings/words';
import type { Llc } from '../measures/llc';
import { chart, line } from './chart';
import type { Figure } from './figure';
import { axis, INK } from './style';

const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/**
 * Traces of the SGLD chains behind an LLC: rise of each draw's loss above the start's, times nβ, so that a
 * chain's height is its λ̂. A sound trace rises, then is flat; draws left of the line are burn-in. Chains
 * that diverged are drawn up to where they did.
 * @param label for example `nano, step 500`.
 */
export function sgldTraces(llc: Llc, label: string): Figure {
  const { chains, settings, value, standardError, stepSize } = llc;
  const { burnIn, draws, nBeta, localization } = settings;
  const diverged = chains.filter((chain) => chain.diverged).length;
  const smooth = Math.max(1, Math.round((burnIn + draws) / 40));
  const marks = chains.map((chain, i) => {
    const name = `chain ${i + 1}${chain.diverged ? ', diverged' : ''}`;
    const rises = moving(chain.trace, smooth).map((rise) => nBeta * rise);
    return line([...rises.keys()], rises, {
      ...{ name, color: COLORS[i % COLORS.length], width: 1.3 },
      dash: chain.diverged ? 'dot' : 'solid',
      hover: `chain ${i + 1}, draw %{x}<br>nβ × rise %{y:.3g}`,
    });
  });
  const flat = { line: { color: INK, dash: 'dash' as const, width: 1 }, type: 'line' as const };
  return chart({
    title:
      `λ̂ = ${short(value)} ± ${short(standardError)} from ${chains.length - diverged} chains` +
      `${diverged > 0 ? `, ${diverged} diverged` : ''}`,
    of:
      `${label}; ε = ${short(stepSize)}, γ = ${localization}, nβ = ${short(nBeta)}; ` +
      `moving mean of ${smooth} draws; dashed: end of the burn-in, and λ̂`,
    panels: [{ marks }],
    x: axis('draw'),
    y: axis('nβ × (loss − loss at the start)'),
    layout: {
      shapes: [
        { ...flat, x0: burnIn, x1: burnIn, y0: 0, y1: 1, yref: 'paper' },
        { ...flat, x0: 0, x1: burnIn + draws, y0: value, y1: value },
      ],
    },
  });
}

/** Mean of each value and up to `count` − 1 before it. */
function moving(values: Float64Array, count: number): number[] {
  return Array.from(values, (_, i) => {
    const part = values.subarray(Math.max(0, i + 1 - count), i + 1);
    return part.reduce((sum, value) => sum + value / part.length, 0);
  });
}
