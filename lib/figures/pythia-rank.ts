import type { Data } from 'plotly.js';
import { globalPattern, setRank } from '../findings/pythia';
import type { Trajectory } from '../pythia/trajectory-folder';
import type { Figure } from './figure';
import { figure, rankAxis, short, stepAxis, stepPlace } from './style';

/** One color for each model, from light to deep with size; stand-ins in warm colors. */
const MODEL_COLORS: Record<string, string> = {
  'pythia-160m': '#44b557',
  'pythia-410m': '#067969',
  'pythia-2.8b': '#7344b5',
};
const STANDIN_COLORS = ['#e69f00', '#d55e00', '#7d5c34'];

/** Color of a model, the same in every figure. */
export function modelColor({ info }: Trajectory, place: number): string {
  return MODEL_COLORS[info.model] ?? STANDIN_COLORS[place % STANDIN_COLORS.length];
}

/**
 * The global pattern: RankMe of the last layer over the steps of each pre-training, on items of all probe sets
 * together; with the mean taken out dashed. Damaged checkpoints are left out.
 */
export function pythiaRank(trajectories: readonly Trajectory[]): Figure {
  const last = Math.max(
    1,
    ...trajectories.flatMap(({ checkpoints }) => checkpoints.map(({ step }) => step)),
  );
  const data = trajectories.flatMap((trajectory, place): Data[] =>
    [false, true].map((centered) => {
      const { steps, values } = setRank(trajectory, 'all', { centered });
      return {
        type: 'scatter',
        mode: 'lines+markers',
        name: `${trajectory.info.model}${centered ? ', centered' : ''}`,
        x: steps.map(stepPlace),
        y: [...values],
        customdata: [...steps],
        line: {
          color: modelColor(trajectory, place),
          width: 1.8,
          dash: centered ? 'dash' : 'solid',
        },
        marker: { size: 5 },
        hovertemplate: `${trajectory.info.model}<br>step %{customdata}<br>RankMe %{y:.3g}<extra></extra>`,
      };
    }),
  );
  const patterns = trajectories.map((trajectory) => globalPattern(trajectory).at(-1)!);
  const falls = patterns.filter(({ fall }) => fall >= 0.25);
  const back = falls.filter(({ recoveryStep }) => recoveryStep !== undefined);
  const fallen = trajectories.map(({ info }, i) => {
    const pattern = patterns[i];
    const recovery =
      pattern.recoveryStep === undefined
        ? 'no recovery'
        : `half back by step ${pattern.recoveryStep}`;
    return `${info.model} ${short(pattern.start)} → ${short(pattern.floor)} at step ${pattern.floorStep}, ${recovery}`;
  });
  return figure(
    `The last layer loses a quarter of its RankMe in ${falls.length} of ${patterns.length} pre-trainings; ${back.length} regain half<br><sub>${fallen.join('; ')}; some prompts of every probe set</sub>`,
    data,
    {
      xaxis: stepAxis(last),
      yaxis: rankAxis(
        'RankMe, last layer',
        data.flatMap((trace) => (trace as { y: number[] }).y),
      ),
      legend: { font: { size: 10 } },
    },
  );
}
