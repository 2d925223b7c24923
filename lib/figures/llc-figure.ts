import { llcCurve, llcPeak, publishedLlc } from '../findings/llc-curve';
import type { MeasuredRun } from '../findings/series';
import * as say from '../findings/summaries-hierarchy';
import { chart, line, stepPlaces } from './chart';
import type { Figure } from './figure';
import { axis, INK, stepAxis } from './style';

const SHOWN = [
  { measure: 'llc_paper', name: "ours, the paper's constants", color: '#0072b2' },
  { measure: 'llc', name: 'ours, calibrated', color: '#d55e00' },
] as const;

/** The LLC of MOD at nano with the paper's constants and calibrated, over the published curve, each scaled to its maximum. */
export function llcFigure(runs: readonly MeasuredRun[]): Figure {
  const published = { ...publishedLlc(), name: 'published', color: INK };
  const curves = SHOWN.flatMap(({ measure, ...look }) => {
    const curve = llcCurve(runs, measure);
    return curve ? [{ ...curve, ...look }] : [];
  });
  const peak = llcPeak(runs, SHOWN[0].measure);
  const steps = [published, ...curves].flatMap((one) => one.steps);
  return chart({
    title: peak ? say.llcPeak(peak) : 'The published LLC of MOD at nano; no run has it yet',
    of: 'MOD at nano, mean over levels and seeds; each curve over its maximum',
    panels: [
      {
        marks: [published, ...curves].map(({ steps, values, name, color }) =>
          line(stepPlaces(steps), values, { name, color, hover: `${name}: %{y:.2f}` }),
        ),
      },
    ],
    x: stepAxis(Math.max(...steps)),
    y: axis('LLC over its maximum'),
  });
}
