import type { Data, Layout } from 'plotly.js';
import { setLeads, setRank } from '../findings/pythia';
import { genuine, type Trajectory } from '../pythia/trajectory-folder';
import type { Figure } from './figure';
import { axis, figure, INK, stepAxis, stepPlace } from './style';

const COLUMNS = 4;
const LINES = {
  rank: { name: 'RankMe, share of its range', color: '#0072b2', dash: 'solid' },
  logProb: { name: 'log-probability, share of its range', color: '#e69f00', dash: 'dash' },
  accuracy: { name: 'accuracy', color: '#009e73', dash: 'dot' },
} as const;

/**
 * One panel for each probe set: RankMe of the last layer and log-probability of the right option, each from its
 * lowest (0) to its highest (1), and accuracy as it is, with chance as a thin line.
 */
export function pythiaProbes(trajectory: Trajectory): Figure {
  const { behavior, info, checkpoints } = genuine(trajectory);
  const leads = setLeads(trajectory, 0);
  const last = Math.max(1, ...checkpoints.map(({ step }) => step));
  const rows = Math.ceil(leads.length / COLUMNS);
  const data: Data[] = [];
  const layout: Record<string, unknown> = {
    grid: { rows, columns: COLUMNS, pattern: 'independent', xgap: 0.12, ygap: 0.32 },
  };
  const annotations: Partial<Layout>['annotations'] = [];
  const shapes: Partial<Layout>['shapes'] = [];
  leads.forEach(({ probe, chance, event }, i) => {
    const suffix = i === 0 ? '' : String(i + 1);
    const own = behavior.filter((row) => row.probe === probe);
    const line = (
      kind: keyof typeof LINES,
      steps: readonly number[],
      values: number[],
      raw = values,
    ) =>
      data.push({
        type: 'scatter',
        mode: 'lines',
        name: LINES[kind].name,
        legendgroup: kind,
        showlegend: i === 0,
        xaxis: `x${suffix}` as 'x',
        yaxis: `y${suffix}` as 'y',
        x: steps.map(stepPlace),
        y: values,
        customdata: steps.map((step, at) => [step, raw[at]]) as never,
        line: { color: LINES[kind].color, dash: LINES[kind].dash, width: 1.6 },
        hovertemplate: `${probe}, step %{customdata[0]}<br>%{customdata[1]:.3g}<extra>${kind}</extra>`,
      });
    const rank = setRank(trajectory, probe);
    line('rank', rank.steps, shares(rank.values), [...rank.values]);
    const steps = own.map(({ step }) => step);
    const logProbs = own.map((row) => row.log_prob);
    line('logProb', steps, shares(logProbs), logProbs);
    line(
      'accuracy',
      steps,
      own.map(({ accuracy }) => accuracy),
    );
    const { tickvals, ticktext, ...stepped } = stepAxis(last);
    // Every second decade: the panels are narrow.
    const decades = [1, 100, 10_000].filter((step) => step <= last);
    layout[`xaxis${suffix}`] = {
      ...stepped,
      title: { text: '' },
      tickvals: decades,
      ticktext: decades.map((step) => step.toLocaleString('en-US')),
    };
    layout[`yaxis${suffix}`] = axis('', { range: [-0.05, 1.05], tickvals: [0, 0.5, 1] });
    annotations.push({
      xref: `x${suffix} domain` as 'x',
      yref: `y${suffix} domain` as 'y',
      ...{ x: 0, y: 1.18, xanchor: 'left', showarrow: false, font: { size: 12 } },
      text: `<b>${probe}</b>${event === undefined ? '' : `, emerges at ${event}`}`,
    });
    shapes.push({
      ...{ type: 'line', x0: 0, x1: 1, y0: chance, y1: chance },
      xref: `x${suffix} domain` as 'x',
      yref: `y${suffix}` as 'y',
      line: { color: INK, width: 0.7 },
    });
  });
  const emerged = leads.filter(({ event }) => event !== undefined).length;
  return figure(
    `${emerged} of ${leads.length} probe sets emerge in ${info.model}<br>` +
      `<sub>${info.kind}; last layer; thin line: chance; 100–160 items a set; horizontal: training step</sub>`,
    data,
    {
      ...layout,
      annotations,
      shapes,
      margin: { l: 40, r: 16, t: 124, b: 72 },
      legend: { orientation: 'h', x: 0, y: -0.12, yanchor: 'top', font: { size: 11 } },
    },
    { width: 900, height: 218 + 210 * rows },
  );
}

/** Values from their lowest (0) to their highest (1). */
function shares(values: readonly number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return values.map((value) => (high > low ? (value - low) / (high - low) : 0));
}
