import { llcCurve, llcPeak, publishedLlc } from '../findings/llc-curve';
import type { MeasuredRun } from '../findings/series';
import * as say from '../findings/summaries';
import { chart, curve } from './chart';
import type { Figure } from './figure';
import { ACCENT, axis, INK, SECOND, stepAxis } from './style';

/**
 * The LLC of MOD at nano with the paper's constants and calibrated, over the published curve, each scaled to its maximum.
 *
 * ```ts
 * show(llcFigure(studyRuns()));
 * ```
 */
export function llcFigure(runs: readonly MeasuredRun[]): Figure {
  const curves = [
    { series: publishedLlc(), name: 'published', color: INK },
    { series: llcCurve(runs, 'llc_paper'), name: "ours, the paper's constants", color: ACCENT },
    { series: llcCurve(runs, 'llc'), name: 'ours, calibrated', color: SECOND },
  ];
  const peak = llcPeak(runs, 'llc_paper');
  return chart({
    title: peak ? say.llcPeak(peak) : 'The published LLC of MOD at nano; no run has it yet',
    of: 'MOD at nano, mean over levels and seeds; each curve over its maximum',
    panels: [
      {
        marks: curves.flatMap(({ series, ...look }) =>
          series ? [curve(series, { ...look, hover: `${look.name}: %{y:.2f}` })] : [],
        ),
      },
    ],
    x: stepAxis(Math.max(...curves.flatMap(({ series }) => series?.steps ?? []))),
    y: axis('LLC over its maximum'),
  });
}
