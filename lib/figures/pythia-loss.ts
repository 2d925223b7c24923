import type { Data } from 'plotly.js';
import type { Trajectory } from '../pythia/trajectory-folder';
import type { Figure } from './figure';
import { modelColor } from './pythia-rank';
import { axis, figure, short, stepAxis, stepPlace } from './style';

/**
 * What the stand-ins learn: loss on text that they never train on, solid, and on what they train on, dotted (the
 * mean since the checkpoint before). Models without a table of losses, which Pythia's are, are left out.
 */
export function pythiaLoss(trajectories: readonly Trajectory[]): Figure {
  const trained = trajectories.filter(({ training }) => training.length > 0);
  const last = Math.max(1, ...trained.flatMap(({ training }) => training.map(({ step }) => step)));
  const data = trained.flatMap((trajectory): Data[] =>
    (['held_out', 'loss'] as const).map((kind) => ({
      type: 'scatter',
      mode: kind === 'held_out' ? 'lines+markers' : 'lines',
      name: `${trajectory.info.model}, ${kind === 'held_out' ? 'held out' : 'training'}`,
      x: trajectory.training.map(({ step }) => stepPlace(step)),
      y: trajectory.training.map((row) => row[kind]),
      customdata: trajectory.training.map(({ step }) => step),
      line: {
        color: modelColor(trajectory, trajectories.indexOf(trajectory)),
        width: kind === 'held_out' ? 1.8 : 1.2,
        dash: kind === 'held_out' ? 'solid' : 'dot',
      },
      marker: { size: 5 },
      hovertemplate: `${trajectory.info.model}, step %{customdata}<br>%{y:.3f} nats per token<extra></extra>`,
    })),
  );
  const ends = trained.map(({ info, training }) => {
    const [first, end] = [training[0], training[training.length - 1]];
    return `${info.model} ${short(first.held_out)} → ${short(end.held_out)}`;
  });
  return figure(
    `Loss while pre-training<br><sub>held out, nats per token: ${ends.join('; ')}</sub>`,
    data,
    {
      xaxis: stepAxis(last),
      yaxis: axis('nats per token'),
      legend: { font: { size: 10 } },
    },
  );
}
