import type { Layout, LayoutAxis } from 'plotly.js';
import { Figure } from './figure';
import { QUIET } from './plot';
import { setTitle } from './title';

/**
 * One color for each task in every figure: six of Okabe & Ito 2008 and two in the place of their yellow and
 * black, which do not show on white and on dark pages. Readers with any color vision can tell them apart: a
 * test simulates it.
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

/** Symbols of the levels, easy to hard. */
export const LEVEL_SYMBOLS = ['circle', 'diamond', 'square'] as const;

/** Ink for white and dark pages alike: 4.5 to 1 on white and 4.2 on JupyterLab's dark, where no gray has more on both. */
export const INK = '#767676';
/** The ground of the page around it. */
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

/** An axis in the house style. */
export function axis(title: string, more: Partial<LayoutAxis> = {}): Partial<LayoutAxis> {
  return {
    title: { text: title, standoff: 8 },
    gridcolor: GRID,
    zeroline: false,
    linecolor: INK,
    tickcolor: INK,
    ticks: 'outside',
    ...more,
  };
}

/**
 * Values to name on a log axis: powers of ten over three decades and more, 1, 2 and 5 of each over one and
 * more, else finer. Plotly alone would write "2" for 20.
 */
export function logTicks(low: number, high: number): Partial<LayoutAxis> {
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
export function rankAxis(title: string, ranks: readonly number[]): Partial<LayoutAxis> {
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
export function stepAxis(lastStep: number, panel = false): Partial<LayoutAxis> {
  const decades = [1, 10, 100, 1000, 10_000, 100_000]
    .filter((step) => step <= lastStep)
    .filter((_, i) => !panel || i % 2 === 0);
  return axis('training step', {
    type: 'log',
    range: [Math.log10(0.4), Math.log10(lastStep * 1.15)],
    tickvals: [...(panel ? [] : [STEP_ZERO]), ...decades],
    ticktext: [...(panel ? [] : ['0']), ...decades.map((step) => step.toLocaleString('en-US'))],
  });
}

/** Where step 0 stands on a log axis. */
const STEP_ZERO = 0.5;

/** Step as a place on {@link stepAxis}. */
export function stepPlace(step: number): number {
  return step === 0 ? STEP_ZERO : step;
}

/** Pixels that the headings of panels take above them. */
const HEADINGS = 20;

/**
 * A figure in the house style: transparent ground, quiet grid, title at the left.
 * @param title `the finding<br><sub>what it is of</sub>`; long lines wrap.
 * @param layout its upper margin follows from the title.
 * @param size and the figure's name in files; by default the first words of its title.
 */
export function figure(
  title: string,
  data: Figure['data'],
  layout: Partial<Layout>,
  size: { width?: number; height?: number; name?: string } = {},
): Figure {
  const { width = 760, height = 460, name } = size;
  const set = setTitle(title, width, { finding: 15, under: 11.5 });
  const top = set.height + (layout.grid ? HEADINGS : 0) + 6;
  return new Figure(
    data,
    {
      ...GROUND,
      width,
      height,
      font: { family: 'Helvetica, Arial, sans-serif', size: 12, color: INK },
      hoverlabel: { font: { size: 12 } },
      ...layout,
      ...(name ? { meta: { name } } : {}),
      title: set.layout,
      margin: { l: 68, r: 16, b: 52, ...layout.margin, t: top },
    },
    QUIET,
  );
}
