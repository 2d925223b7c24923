import type { Data } from 'plotly.js';
import type { CalibrationRow } from '../measures/calibration';
import type { Figure } from './figure';
import { axis, figure, logTicks, SCALE_COLORS, short } from './style';

/** From light to deep with the localization. */
const COLORS = Object.values(SCALE_COLORS);
/** Change from the first half of a chain's draws to the second that counts as settled, of the rise. */
const SETTLED = 0.2;

/**
 * The sweep behind the LLC's settings: λ̂ over step sizes, one line for each localization. Filled where the
 * chains had settled and none diverged; the choice is ringed. Wherever a line is flat and filled, λ̂ does not
 * depend on the step size.
 * @param label for example `nano, step 2846`.
 */
export function llcCalibration(
  rows: readonly CalibrationRow[],
  choice: { readonly stepSize: number; readonly localization: number },
  label: string,
): Figure {
  const known = rows.filter(({ llc }) => Number.isFinite(llc));
  const localizations = [...new Set(known.map(({ localization }) => localization))].sort(
    (a, b) => a - b,
  );
  const lines = localizations.map((localization, i): Data => {
    const own = known.filter((row) => row.localization === localization);
    const color =
      COLORS[Math.round((i * (COLORS.length - 1)) / Math.max(1, localizations.length - 1))];
    return {
      type: 'scatter',
      mode: 'lines+markers',
      name: `γ = ${localization.toLocaleString('en-US')}`,
      x: own.map(({ stepSize }) => stepSize),
      y: own.map(({ llc }) => llc),
      error_y: {
        type: 'data',
        array: own.map(({ spread }) => spread || 0),
        thickness: 1,
        width: 3,
      },
      customdata: own.map(({ drift, acceptance, diverged }) => [
        drift,
        acceptance,
        diverged,
      ]) as never,
      line: { color, width: 1.6 },
      marker: {
        color,
        size: 8,
        symbol: own.map((row) => (settled(row) ? 'circle' : 'circle-open')),
      },
      hovertemplate:
        `γ = ${localization}, ε = %{x}<br>λ̂ %{y:.3g}<br>drift %{customdata[0]:.2f}, ` +
        'acceptance %{customdata[1]:.2f}, %{customdata[2]} diverged<extra></extra>',
    };
  });
  const stepSizes = [...new Set(known.map(({ stepSize }) => stepSize))].sort((a, b) => a - b);
  const chosen = known.find(
    ({ stepSize, localization }) =>
      stepSize === choice.stepSize && localization === choice.localization,
  );
  const ring: Data[] = chosen
    ? [
        {
          type: 'scatter',
          mode: 'markers',
          name: 'choice',
          x: [chosen.stepSize],
          y: [chosen.llc],
          marker: { symbol: 'circle-open', size: 18, color: '#d55e00', line: { width: 2 } },
          hoverinfo: 'skip',
        },
      ]
    : [];
  return figure(title(known, choice, label), [...lines, ...ring], {
    xaxis: axis('step size ε', {
      type: 'log',
      tickvals: stepSizes,
      ticktext: stepSizes.map((size) => size.toExponential()),
    }),
    yaxis: axis('λ̂', {
      type: 'log',
      ...logTicks(
        Math.min(...known.map(({ llc, spread }) => Math.max(llc - (spread || 0), llc / 10))),
        Math.max(...known.map(({ llc, spread }) => llc + (spread || 0))),
      ),
    }),
  });
}

function settled({ drift, diverged }: CalibrationRow): boolean {
  return diverged === 0 && Math.abs(drift) < SETTLED;
}

function title(
  rows: readonly CalibrationRow[],
  choice: { readonly localization: number },
  label: string,
): string {
  const own = rows.filter((row) => row.localization === choice.localization && settled(row));
  const values = own.map(({ llc }) => llc);
  const under = `<sub>${label}; filled: settled, none diverged; bars: standard errors over chains</sub>`;
  if (values.length === 0) return `Calibration of the LLC<br>${under}`;
  const γ = choice.localization.toLocaleString('en-US');
  return (
    `At γ = ${γ}, settled chains give λ̂ from ${short(Math.min(...values))} to ` +
    `${short(Math.max(...values))} over ${values.length} step sizes<br>${under}`
  );
}
