import { type SpectralDensity, smoothed } from '../measures/algorithms/spectral-density';
import type { Figure } from './figure';
import { axis, figure, short } from './style';

/** Points of the curve, and its smoothing as a part of the spectrum's range. */
const POINTS = 600;
const WIDTH = 0.005;
/** Density below this is not drawn. */
const FLOOR = 1e-7;

/**
 * Spectral density of a Hessian from stochastic Lanczos quadrature, on a log scale: nearly all eigenvalues
 * about 0, few far out. Each node is smoothed by a Gaussian of 0.5 % of the range.
 * @param label for example `nano, step 500`.
 */
export function hessianDensityCurve(density: SpectralDensity, label: string): Figure {
  const { nodes, weights, probes, steps, trace, traceError } = density;
  const [low, high] = [nodes[0], nodes[nodes.length - 1]];
  const width = WIDTH * (high - low || 1);
  const [from, to] = [low - 6 * width, high + 6 * width];
  const grid = Array.from({ length: POINTS }, (_, i) => from + (i / (POINTS - 1)) * (to - from));
  const curve = smoothed(density, grid, width);
  const bulk = nodes.reduce(
    (sum, node, i) => sum + (Math.abs(node) < 0.01 * high ? weights[i] : 0),
    0,
  );
  return figure(
    `${short(100 * bulk)} % of the eigenvalues lie within 1 % of the largest, ${short(high)}, about 0<br>` +
      `<sub>${label}; ${probes} probes of ${steps} Lanczos steps; smallest node ${short(low)}; ` +
      `trace ${short(trace)} ± ${short(traceError)}</sub>`,
    [
      {
        type: 'scatter',
        mode: 'lines',
        x: grid,
        y: Array.from(curve, (value) => (value > FLOOR ? value : null)) as number[],
        line: { color: '#0072b2', width: 1.6 },
        hovertemplate: 'eigenvalue %{x:.3g}<br>density %{y:.2g}<extra></extra>',
      },
    ],
    {
      xaxis: axis('eigenvalue'),
      yaxis: axis('density', { type: 'log', dtick: 1, exponentformat: 'e' }),
      showlegend: false,
    },
  );
}
