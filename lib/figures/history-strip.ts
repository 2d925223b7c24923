import type { Data } from 'plotly.js';
import type { CheckpointRow } from '../pythia/tables';
import type { Trajectory } from '../pythia/trajectory-folder';
import type { Figure } from './figure';
import { axis, figure, stepAxis, stepPlace } from './style';

const LOOKS: Record<CheckpointRow['verdict'], { color: string; symbol: string }> = {
  genuine: { color: '#0072b2', symbol: 'square' },
  duplicate: { color: '#d55e00', symbol: 'x' },
  inconsistent: { color: '#cc79a7', symbol: 'diamond' },
  missing: { color: '#999999', symbol: 'square-open' },
};

/** A strip for each model: which of its checkpoints are what they claim to be. */
export function historyStrip(
  trajectories: readonly Pick<Trajectory, 'info' | 'checkpoints'>[],
): Figure {
  const all = trajectories.flatMap(({ checkpoints }) => checkpoints);
  const bad = all.filter(({ verdict }) => verdict !== 'genuine').length;
  const last = Math.max(1, ...all.map(({ step }) => step));
  const data = (Object.keys(LOOKS) as CheckpointRow['verdict'][]).flatMap((verdict): Data[] => {
    const own = trajectories.flatMap(({ info, checkpoints }) =>
      checkpoints
        .filter((row) => row.verdict === verdict)
        .map((row) => ({ ...row, model: info.model })),
    );
    if (own.length === 0) return [];
    return [
      {
        type: 'scatter',
        mode: 'markers',
        name: `${verdict} (${own.length})`,
        x: own.map(({ step }) => stepPlace(step)),
        y: own.map(({ model }) => model),
        customdata: own.map(({ step, of, distance }) => [
          step,
          of >= 0 ? `, repeats step ${of}` : '',
          distance,
        ]) as never,
        marker: { ...LOOKS[verdict], size: 9 },
        hovertemplate: `%{y}, step %{customdata[0]}: ${verdict}%{customdata[1]}<br>distance to the end %{customdata[2]:.3f}<extra></extra>`,
      },
    ];
  });
  return figure(
    `${bad === 0 ? `None of ${all.length} checkpoints is damaged` : `${bad} of ${all.length} checkpoints are damaged and left out`}<br>` +
      '<sub>by fingerprints of the weights and their distance to the last checkpoint</sub>',
    data,
    {
      xaxis: stepAxis(last),
      yaxis: axis('', { type: 'category', showgrid: false, automargin: true }),
      legend: { orientation: 'h', y: -0.35, yanchor: 'top' },
    },
    { height: 190 + 40 * trajectories.length },
  );
}
