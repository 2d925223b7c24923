import { llcCurve, llcPeak, publishedLlc } from '../findings/llc-curve';
import { runName } from '../findings/runs';
import { behaviorSeries, groupBy, type MeasuredRun, nameOf } from '../findings/series';
import { landscapeSignal } from '../findings/signals';
import * as say from '../findings/summaries';
import type { ProbeRow } from '../study/run/tables';
import { bars, chart, curve, type Look, line, type Panel, stepPlaces } from './chart';
import { ACCENT, axis, INK, rankAxis, SECOND, stepAxis, THIRD } from './style';

/**
 * Measures of the landscape over training, a panel a task. Bars are standard errors, or Ritz residuals.
 *
 * ```ts
 * show(landscapeCurves(loadRun('nano-s0'), ['hessian_top'], 'Largest eigenvalue', 'nano, seed 0'));
 * ```
 * @param measures of landscape.csv, three at most. @param title the finding. @param label for example `nano, seed 0`.
 */
export function landscapeCurves(
  run: MeasuredRun,
  measures: readonly string[],
  title: string,
  label: string,
) {
  const rows = (run.landscape ?? []).flatMap(({ value, ...row }) =>
    value !== undefined && measures.includes(row.measure) ? [{ ...row, value }] : [],
  );
  const values = rows.map(({ value }) => value);
  const panels = [...groupBy(rows, ({ task }) => task)].map(([task, own]): Panel => {
    const marks = measures.map((measure, i) => {
      const seen = own.filter((row) => row.measure === measure);
      const [name, color] = [landscapeSignal(measure).label, [ACCENT, SECOND, THIRD][i]];
      const errors = seen.map(({ value, standard_error, residual }) => {
        const error = standard_error ?? residual ?? 0;
        return { value, low: value - error, high: value + error };
      });
      return {
        ...{ mode: 'lines+markers' as const, name },
        line: { color, width: 1.5 },
        marker: { color, size: 4 },
        error_y: bars(errors, color),
        x: stepPlaces(seen.map(({ step }) => step)),
        y: seen.map(({ value }) => value),
        hovertemplate: `${name}: %{y:.3g}<extra></extra>`,
      };
    });
    return { heading: task || 'all tasks', marks };
  });
  // Panels share a range, so that it must be said.
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const range = [low - 0.05 * (high - low), high + 0.05 * (high - low)];
  return chart({
    ...{ title, panels, columns: 4 },
    of: `${label}; bars: standard errors, or residuals of an eigenvalue`,
    x: stepAxis(Math.max(1, ...rows.map(({ step }) => step)), true),
    y: values.every((value) => value > 0) ? rankAxis('', values) : axis('', { range }),
  });
}

/**
 * The LLC of MOD at nano with the paper's constants and calibrated, over the published curve, each scaled to its maximum.
 *
 * ```ts
 * show(llcFigure(studyRuns()));
 * ```
 */
export function llcFigure(runs: readonly MeasuredRun[]) {
  const [paper, calibrated] = ['llc_paper', 'llc'].map((measure) => llcCurve(runs, measure));
  const seen = (paper ?? calibrated)?.run;
  const curves = [
    { series: publishedLlc(), name: 'published', color: INK },
    { series: paper, name: "ours, the paper's constants", color: ACCENT },
    { series: calibrated, name: 'ours, calibrated', color: SECOND },
  ];
  const marks = curves.flatMap(({ series, ...look }) =>
    series ? [curve(series, { ...look, hover: `${look.name}: %{y:.2f}` })] : [],
  );
  const peak = llcPeak(runs, 'llc_paper');
  return chart({
    title: peak ? say.llcPeak(peak) : 'The published LLC of MOD at nano; no run has it yet',
    of: `MOD at nano, mean over levels${seen ? `; ${runName(seen)}` : ''}; each curve over its maximum, settled chains alone`,
    panels: [{ marks }],
    x: stepAxis(Math.max(...curves.flatMap(({ series }) => series?.steps ?? []))),
    y: axis('LLC over its maximum'),
  });
}

/** Layers from light to deep. */
const COLORS = ['#b5cc2e', '#4fb86b', '#25918d', '#33638d', '#5b3b8c', '#8a2f80'];

/**
 * What linear probes read of one task-level from each layer: answer tokens, and whole answers, as the model is judged. What
 * the untrained net's probe reads, training has not put there.
 *
 * ```ts
 * show(probeLayers(loadRun('nano-s0'), { task: 'MUL', level: 2 }, 'nano, seed 0'));
 * ```
 * @param at the task-level. @param label for example `nano, seed 0`.
 */
export function probeLayers(run: MeasuredRun, at: Pick<ProbeRow, 'task' | 'level'>, label: string) {
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
  const dotted = { dash: 'dot', width: 1.4 } as const;
  const tokens = [
    ...each('token_accuracy'),
    drawn(last, 'untrained', { name: 'untrained net, last layer', color: '#e69f00', ...dotted }),
    drawn(last, 'chance', { name: 'always the most common token', color: INK, ...dotted }),
  ];
  const acted = behaviorSeries(run, at.task, at.level);
  const look = { name: "model's answers", color: SECOND, width: 2.4 };
  const answers = [...each('answer_accuracy'), ...(acted ? [curve(acted, look)] : [])];
  const end = Math.max(1, ...rows.map(({ step }) => step), ...(acted?.steps ?? []));
  return chart({
    title: `What probes read of ${nameOf(at)}, and what the model answers`,
    of: `${label}; states at the answer positions, held-out samples; layer 0: embeddings`,
    panels: [
      { heading: 'tokens', marks: tokens },
      { heading: 'whole answers', marks: answers },
    ],
    ...{ columns: 2, height: 400 },
    x: stepAxis(end, true),
    y: axis('accuracy', { range: [0, 1.03] }),
  });
}
