import { behaviorSeries, type MeasuredRun, nameOf } from '../findings/series';
import type { ProbeRow } from '../study/run/tables';
import { chart, curve, type Look, line, stepPlaces } from './chart';
import type { Figure } from './figure';
import { axis, INK, SECOND, stepAxis } from './style';

/** Layers from light to deep. */
const COLORS = ['#b5cc2e', '#4fb86b', '#25918d', '#33638d', '#5b3b8c', '#8a2f80'];

/**
 * What linear probes read of one task-level from each layer: answer tokens, and whole answers, the unit in which the
 * model is judged. The untrained net's probe is what training has not put there.
 *
 * ```ts
 * show(probeLayers(loadRun('nano-s0'), { task: 'MUL', level: 2 }, 'nano, seed 0'));
 * ```
 * @param at the task-level. @param label for example `nano, seed 0`.
 */
export function probeLayers(
  run: MeasuredRun,
  at: { readonly task: string; readonly level: number },
  label: string,
): Figure {
  const rows = (run.probes ?? []).filter((row) => nameOf(row) === nameOf(at));
  const layers = [...new Set(rows.map(({ layer }) => layer))].sort((a, b) => a - b);
  const drawn = (layer: number, column: keyof ProbeRow, look: Look & { name: string }) => {
    const own = rows.filter((row) => row.layer === layer);
    const values = own.map((row) => (row[column] as number | undefined) ?? null);
    const hover = `${look.name}: %{y:.2f}`;
    return line(stepPlaces(own.map(({ step }) => step)), values, { ...look, hover });
  };
  const each = (column: keyof ProbeRow) =>
    layers.map((layer, i) => {
      const color = COLORS[Math.round((i / Math.max(1, layers.length - 1)) * 5)];
      return drawn(layer, column, { name: `probe, layer ${layer}`, color });
    });
  const last = layers.at(-1) ?? 0;
  const flat = (column: keyof ProbeRow, name: string, color: string) =>
    drawn(last, column, { name, color, dash: 'dot', width: 1.4 });
  const acted = behaviorSeries(run, at.task, at.level);
  const look = { name: "model's answers", color: SECOND, width: 2.4 };
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
      {
        heading: 'whole answers',
        marks: [...each('answer_accuracy'), ...(acted ? [curve(acted, look)] : [])],
      },
    ],
    columns: 2,
    height: 400,
    x: stepAxis(end, true),
    y: axis('accuracy', { range: [0, 1.03] }),
  });
}
