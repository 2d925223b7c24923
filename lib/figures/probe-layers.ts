import type { Data } from 'plotly.js';
import type { BehaviorRow, ProbeRow } from '../study/tables';
import type { Figure } from './figure';
import { axis, figure, INK, stepAxis, stepPlace } from './style';

/** Layers from light to deep. */
const COLORS = ['#b5cc2e', '#25918d', '#5b3b8c', '#8a2f80', '#33638d', '#4fb86b'];

/**
 * What linear probes read of one task-level from each layer over training, with its control of random labels,
 * chance, and the model's own accuracy: does the information stand in the states before the model acts on it?
 * @param at the task-level; the tables may hold others. @param label for example `nano, seed 0`.
 */
export function probeLayers(
  probes: readonly ProbeRow[],
  behavior: readonly BehaviorRow[],
  at: { readonly task: string; readonly level: number },
  label: string,
): Figure {
  const here = <R extends { task: string; level: number }>(rows: readonly R[]) =>
    rows.filter(({ task, level }) => task === at.task && level === at.level);
  const own = here(probes).filter(({ accuracy }) => accuracy !== undefined);
  const acted = here(behavior);
  const line = (
    name: string,
    points: readonly { step: number; y: number | undefined }[],
    look: { color: string; dash?: 'dot' | 'dash'; width?: number },
  ): Data => ({
    type: 'scatter',
    mode: 'lines',
    name,
    x: points.map(({ step }) => stepPlace(step)),
    y: points.map(({ y }) => y ?? null) as number[],
    customdata: points.map(({ step }) => step),
    line: { width: 1.6, ...look },
    hovertemplate: `${name}<br>step %{customdata}<br>accuracy %{y:.2f}<extra></extra>`,
  });
  const layers = [...new Set(own.map(({ layer }) => layer))].sort((a, b) => a - b);
  const last = own.filter(({ layer }) => layer === layers.at(-1));
  const points = (rows: readonly ProbeRow[], of: 'accuracy' | 'control' | 'chance') =>
    rows.map((row) => ({ step: row.step, y: row[of] }));
  return figure(
    `What can be read of ${at.task} ${at.level} before the model says it<br>` +
      `<sub>${label}; probes of the last prompt token's state on held-out samples; layer 0: embeddings</sub>`,
    [
      ...layers.map((layer, i) =>
        line(
          `probe, layer ${layer}`,
          points(
            own.filter((row) => row.layer === layer),
            'accuracy',
          ),
          { color: COLORS[i % COLORS.length] },
        ),
      ),
      line('control, last layer', points(last, 'control'), { color: '#e69f00', dash: 'dot' }),
      line('chance', points(last, 'chance'), { color: INK, dash: 'dash', width: 1 }),
      line(
        "model's answers",
        acted.map(({ step, accuracy }) => ({ step, y: accuracy })),
        { color: '#d55e00', width: 2.2 },
      ),
    ],
    {
      xaxis: stepAxis(
        Math.max(1, ...own.map(({ step }) => step), ...acted.map(({ step }) => step)),
      ),
      yaxis: axis('accuracy', { range: [0, 1.03] }),
    },
  );
}
