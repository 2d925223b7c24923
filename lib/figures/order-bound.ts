import type { Data } from 'plotly.js';
import type { Skill } from '../findings/prediction';
import type { Difference, Repeatability } from '../findings/repeatability';
import type { Estimate } from '../findings/statistics';
import { percent } from '../findings/verdict';
import type { Figure } from './figure';
import { ACCENT, axis, figure, INK, intervals } from './style';

/** Concordance of one predictor within the classes. */
export interface OrderSkill {
  readonly name: string;
  readonly easy: Skill;
  readonly hard: Skill;
}

/** What each kind of other training is called as a predictor. */
export const TRAININGS: Record<Difference, string> = {
  rounding: 'the same run on another processor',
  seed: 'another seed',
  scale: 'another scale',
};

const CLASSES = {
  easy: { offset: -0.16, symbol: 'circle-open' },
  hard: { offset: 0.16, symbol: 'circle' },
} as const;

/**
 * How well predictors tell the order within a class of difficulty (above the line), and how well the order of another
 * training tells it (below), which bounds what can be known beforehand. Lines are 95 % intervals.
 * @param skills the main predictor first.
 */
export function orderBound(
  skills: readonly OrderSkill[],
  trainings: readonly Repeatability[],
): Figure {
  const known = trainings
    .filter(({ order }) => order.easy || order.hard)
    .sort((a, b) => (a.order.hard?.value ?? 0) - (b.order.hard?.value ?? 0));
  const rows: { label: string; easy?: Estimate; hard?: Estimate }[] = [
    ...skills.map(({ name, easy, hard }) => ({
      ...{ label: name, easy: easy.estimate, hard: hard.estimate },
    })),
    ...known.map(({ between, order }) => ({ label: TRAININGS[between], ...order })),
  ];
  const data = (Object.keys(CLASSES) as (keyof typeof CLASSES)[]).map((difficulty): Data => {
    const { offset, symbol } = CLASSES[difficulty];
    const points = rows.flatMap(({ label, ...own }, row) => {
      const estimate = own[difficulty];
      return estimate ? [{ label, row, ...estimate }] : [];
    });
    return {
      type: 'scatter',
      mode: 'markers',
      name: difficulty,
      x: points.map(({ value }) => value),
      y: points.map(({ row }) => row + offset),
      error_x: intervals(points),
      marker: { size: 8, symbol, color: ACCENT, line: { color: ACCENT, width: 1.6 } },
      text: points.map(({ label }) => `${label}, ${difficulty}`),
      hovertemplate: '%{text}: %{x:.0%}<extra></extra>',
    };
  });
  const line = (ends: Record<'x0' | 'x1' | 'y0' | 'y1', number>, across: boolean) => ({
    ...{ type: 'line' as const, ...ends, xref: (across ? 'paper' : 'x') as 'x' },
    line: { color: INK, width: 1, dash: 'dot' as const },
  });
  return figure(
    `${finding(skills[0], known)}<br><sub>pairs of task-levels of one class whose order of emergence is told right; lines: 95 % intervals; dotted: chance, and where other trainings begin</sub>`,
    data,
    {
      xaxis: axis('pairs in the right order', { range: [0.18, 1.03], tickformat: '.0%' }),
      yaxis: axis('', {
        tickvals: rows.map((_, i) => i),
        ticktext: rows.map(({ label }) => label),
        range: [rows.length - 0.4, -0.6],
        showgrid: false,
        automargin: true,
      }),
      shapes: [
        line({ x0: 0.5, x1: 0.5, y0: -0.6, y1: rows.length - 0.4 }, false),
        line({ x0: 0, x1: 1, y0: skills.length - 0.5, y1: skills.length - 0.5 }, true),
      ],
      margin: { l: 250, b: 88 },
      legend: { orientation: 'h', y: 0, yref: 'container', yanchor: 'bottom', font: { size: 11 } },
    },
    { height: 190 + 28 * Math.max(4, rows.length) },
  );
}

/** Both numbers of the hard class side by side, where they are there. */
function finding(main: OrderSkill | undefined, trainings: readonly Repeatability[]): string {
  const geometry = main?.hard.estimate;
  const other = trainings.find(({ between }) => between === 'seed') ?? trainings.at(-1);
  if (!geometry || !other?.order.hard) return 'What tells the order within a class';
  return (
    `Within the hard class geometry tells ${percent(geometry.value)} of pairs right, ` +
    `${TRAININGS[other.between]} ${percent(other.order.hard.value)}`
  );
}
