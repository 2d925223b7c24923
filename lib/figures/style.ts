import type { LayoutAxis } from 'plotly.js';

/**
 * One color for each task in every figure: six of Okabe & Ito 2008 and two in the place of their yellow and black, which
 * do not show on white and on dark pages. Readers with any color vision can tell them apart: a test simulates it.
 */
export const TASK_COLORS: Record<string, string> = {
  COPY: '#0072b2',
  REV: '#56b4e9',
  CMP: '#009e73',
  PAR: '#8866ee',
  ADD: '#e69f00',
  MOD: '#d55e00',
  SORT: '#cc79a7',
  MUL: '#7d5c34',
};

/** Color of what is looked at first, and of what stands beside it. */
export const [ACCENT, SECOND, THIRD] = ['#0072b2', '#d55e00', '#009e73'];

/** Ink for white and dark pages alike: 4.5 to 1 on white and 4.2 on JupyterLab's dark, where no gray has more on both. */
export const INK = '#767676';
/** The ground is that of the page around it. */
export const TRANSPARENT = 'rgba(0,0,0,0)';
export const GROUND = { paper_bgcolor: TRANSPARENT, plot_bgcolor: TRANSPARENT };
const GRID = 'rgba(128,128,128,0.22)';

/**
 * Color of a task, ink for one that has none.
 *
 * ```ts
 * dots([1, 2], [3, 4], { name: 'MOD', color: taskColor('MOD') });
 * ```
 */
export function taskColor(task: string): string {
  return TASK_COLORS[task] ?? INK;
}

export type Axis = Partial<LayoutAxis>;

/** An axis in the house style. */
export function axis(title: string, more: Axis = {}): Axis {
  const ink = { gridcolor: GRID, linecolor: INK, tickcolor: INK };
  return {
    title: { text: title, standoff: 8 },
    zeroline: false,
    ...ink,
    ticks: 'outside',
    ...more,
  };
}

/** Values to name on a log axis, fewer the more decades it spans. Plotly alone would write "2" for 20. */
export function logTicks(low: number, high: number): Axis {
  const span = Math.log10(high / low);
  const several = span > 1.7 ? [1, 3] : [1, 2, 5];
  const digits = span > 2.5 ? [1] : span > 1 ? several : [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 7];
  const decades = Array.from({ length: 14 }, (_, i) => 10 ** (i - 6));
  const tickvals = decades
    .flatMap((decade) => digits.map((digit) => Number((digit * decade).toPrecision(2))))
    .filter((value) => value >= low / 1.05 && value <= high * 1.05);
  return { tickvals, ticktext: tickvals.map((value) => value.toLocaleString('en-US')) };
}

/** A log axis that spans some values, with a margin as a factor; the whole of Plotly's where there are none. */
export function logAxis(title: string, values: readonly number[], margin = 1.2) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (values.length === 0) return axis(title, { type: 'log' });
  const range = [Math.log10(low / margin), Math.log10(high * margin)];
  return axis(title, { type: 'log', range, ...logTicks(low, high) });
}

/**
 * Ranks on a log scale that spans these values.
 *
 * ```ts
 * rankAxis('RankMe', [2, 90]); // ticks that fit these ranks
 * ```
 */
export function rankAxis(title: string, ranks: readonly number[]): Axis {
  return logAxis(title, ranks, 1.12);
}

/**
 * Training steps on a log scale; step 0 is drawn at one half, since a log scale has no zero.
 *
 * ```ts
 * stepAxis(2000); // ticks at 0, 1, 10, 100, 1,000
 * ```
 * @param panel whether the axis is a narrow panel's, which has room for every second power of ten.
 */
export function stepAxis(lastStep: number, panel = false): Axis {
  const decades = [1, 10, 100, 1000, 10_000, 100_000].filter(
    (step, i) => step <= lastStep && !(panel && i % 2),
  );
  const steps = panel ? decades : [0, ...decades];
  return axis('training step', {
    type: 'log',
    range: [Math.log10(0.4), Math.log10(lastStep * 1.15)],
    tickvals: steps.map((step) => step || STEP_ZERO),
    ticktext: steps.map((step) => step.toLocaleString('en-US')),
  });
}

/** Where step 0 stands on {@link stepAxis}. */
export const STEP_ZERO = 0.5;
