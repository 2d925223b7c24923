import type { Data, Layout } from 'plotly.js';
import { setLeads, setRank } from '../findings/pythia';
import { genuine, type Trajectory } from '../pythia/trajectory-folder';
import type { Figure } from './figure';
import { panelAxes, panels } from './panels';
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
  const { behavior, geometry, info, checkpoints } = genuine(trajectory);
  const leads = setLeads(trajectory, 0);
  const last = Math.max(1, ...checkpoints.map(({ step }) => step));
  const rows = Math.ceil(leads.length / COLUMNS);
  const data: Data[] = [];
  const shapes: Partial<Layout>['shapes'] = [];
  leads.forEach(({ probe, chance }, i) => {
    const place = panelAxes(i);
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
        ...place,
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
    shapes.push({
      ...{ type: 'line', x0: 0, x1: 1, y0: chance, y1: chance },
      xref: `${place.xaxis} domain` as 'x',
      yref: place.yaxis,
      line: { color: INK, width: 0.7 },
    });
  });
  const headings = leads.map(
    ({ probe, event }) =>
      `<b>${probe}</b>${event === undefined ? '' : `, emerges at ${event.toLocaleString('en-US')}`}`,
  );
  const samples = geometry.filter(({ probe }) => probe !== 'all').map((row) => row.samples);
  const [fewest, most] = [Math.min(...samples), Math.max(...samples)];
  const emerged = leads.filter(({ event }) => event !== undefined).length;
  return figure(
    `${emerged} of ${leads.length} probe sets emerge in ${info.model}<br>` +
      `<sub>${info.kind}; last layer; thin line: chance; ${fewest === most ? most : `${fewest}–${most}`} items a set</sub>`,
    data,
    {
      ...panels(
        headings,
        COLUMNS,
        stepAxis(last, true),
        axis('', { range: [-0.05, 1.05], tickvals: [0, 0.5, 1] }),
      ),
      shapes,
      margin: { l: 40, b: 84 },
      legend: { orientation: 'h', y: 0, yref: 'container', yanchor: 'bottom', font: { size: 11 } },
    },
    { width: 900, height: 150 + 190 * rows },
  );
}

/** Values from their lowest (0) to their highest (1). */
function shares(values: readonly number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return values.map((value) => (high > low ? (value - low) / (high - low) : 0));
}
