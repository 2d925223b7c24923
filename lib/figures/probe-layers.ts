import { nameOf } from '../findings/definitions';
import { behaviorSeries, type MeasuredRun } from '../findings/series';
import type { ProbeRow } from '../study/run/tables';
import { chart, line, stepPlaces } from './chart';
import type { Figure } from './figure';
import { axis, INK, stepAxis } from './style';

/** Layers from light to deep. */
const COLORS = ['#b5cc2e', '#4fb86b', '#25918d', '#33638d', '#5b3b8c', '#8a2f80'];

/**
 * What linear probes read of one task-level from each layer: answer tokens, and whole answers, the unit in which the
 * model is judged. The untrained net's probe is what training has not put there.
 * @param at the task-level. @param label for example `nano, seed 0`.
 */
export function probeLayers(
  run: MeasuredRun,
  at: { readonly task: string; readonly level: number },
  label: string,
): Figure {
  const rows = (run.probes ?? []).filter((row) => nameOf(row) === nameOf(at));
  const layers = [...new Set(rows.map(({ layer }) => layer))].sort((a, b) => a - b);
  const of = (layer: number) => rows.filter((row) => row.layer === layer);
  const curve = (own: readonly ProbeRow[], column: keyof ProbeRow, name: string, color: string) =>
    line(
      stepPlaces(own.map(({ step }) => step)),
      own.map((row) => (row[column] as number | undefined) ?? null),
      { name, color, hover: `${name}: %{y:.2f}` },
    );
  const each = (column: 'token_accuracy' | 'answer_accuracy') =>
    layers.map((layer, i) =>
      curve(
        of(layer),
        column,
        `probe, layer ${layer}`,
        COLORS[Math.round((i / Math.max(1, layers.length - 1)) * 5)],
      ),
    );
  const last = of(layers.at(-1) ?? 0);
  const flat = (column: 'untrained' | 'chance', name: string, color: string) => ({
    ...curve(last, column, name, color),
    line: { color, dash: 'dot' as const, width: 1.4 },
  });
  const acted = behaviorSeries(run, at.task, at.level);
  const answers = acted
    ? [
        line(stepPlaces(acted.steps), acted.values, {
          name: "model's answers",
          color: '#d55e00',
          width: 2.4,
        }),
      ]
    : [];
  const end = Math.max(1, ...rows.map(({ step }) => step), ...(acted?.steps ?? []));
  return chart({
    title: `What probes read of ${nameOf(at)}, and what the model answers`,
    of: `${label}; states at the answer positions, held-out samples; layer 0: embeddings`,
    panels: [
      {
        heading: 'tokens',
        marks: [
          ...each('token_accuracy'),
          flat('untrained', 'untrained net, last layer', '#e69f00'),
          flat('chance', 'always the most common token', INK),
        ],
      },
      { heading: 'whole answers', marks: [...each('answer_accuracy'), ...answers] },
    ],
    columns: 2,
    x: stepAxis(end, true),
    y: axis('accuracy', { range: [0, 1.03] }),
    height: 400,
  });
}
