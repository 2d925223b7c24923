import type { Layout, LayoutAxis } from 'plotly.js';
import { Figure } from './figure';

/**
 * One color for each task in every figure: Okabe & Ito 2008, which readers with any color vision can tell
 * apart, with black replaced so that lines show on dark pages too.
 */
export const TASK_COLORS: Record<string, string> = {
  COPY: '#0072b2',
  REV: '#56b4e9',
  CMP: '#009e73',
  PAR: '#999999',
  ADD: '#e69f00',
  MOD: '#d55e00',
  SORT: '#cc79a7',
  MUL: '#b8a800',
};

/** One color for each scale, from light to deep with size (a part of viridis). */
export const SCALE_COLORS: Record<string, string> = {
  nano: '#b5cc2e',
  micro: '#4fb86b',
  small: '#25918d',
  medium: '#33638d',
  large: '#5b3b8c',
  xlarge: '#8a2f80',
};

/** Line styles of the levels, easy to hard. */
export const LEVEL_DASHES: Record<number, 'solid' | 'dash' | 'dot'> = {
  1: 'solid',
  2: 'dash',
  3: 'dot',
};

/** Ink of one contrast, over 4 to 1, on white and on JupyterLab's dark background alike. */
export const INK = '#7a7a7a';
const GRID = 'rgba(128,128,128,0.22)';

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

/** Ranks on a log scale that names 1, 2 and 5 of each decade; plain "2" for 20 would mislead. */
export function rankAxis(title: string): Partial<LayoutAxis> {
  const named = [0, 1, 2].flatMap((decade) => [1, 2, 5].map((digit) => digit * 10 ** decade));
  return axis(title, { type: 'log', tickvals: named, ticktext: named.map(String) });
}

/** Training steps on a log scale; step 0 is drawn at one half, since a log scale has no zero. */
export function stepAxis(lastStep: number): Partial<LayoutAxis> {
  const decades = Array.from({ length: 6 }, (_, i) => 10 ** i).filter((step) => step <= lastStep);
  return axis('training step', {
    type: 'log',
    range: [Math.log10(0.4), Math.log10(lastStep * 1.15)],
    tickvals: [STEP_ZERO, ...decades],
    ticktext: ['0', ...decades.map((step) => step.toLocaleString('en-US'))],
  });
}

/** Where step 0 stands on a log axis. */
export const STEP_ZERO = 0.5;

/** Step as a place on {@link stepAxis}. */
export function stepPlace(step: number): number {
  return step === 0 ? STEP_ZERO : step;
}

/** A figure in the house style: transparent ground, quiet grid, title at the left. */
export function figure(
  title: string,
  data: Figure['data'],
  layout: Partial<Layout>,
  size: { width?: number; height?: number } = {},
): Figure {
  const { width = 760, height = 460 } = size;
  return new Figure(
    data,
    {
      width,
      height,
      title: { text: title, x: 0.01, xanchor: 'left', font: { size: 15 } },
      font: { family: 'Helvetica, Arial, sans-serif', size: 12, color: INK },
      paper_bgcolor: 'rgba(0,0,0,0)',
      plot_bgcolor: 'rgba(0,0,0,0)',
      margin: { l: 62, r: 16, t: 64, b: 52 },
      hoverlabel: { font: { size: 12 } },
      ...layout,
    },
    { displaylogo: false, responsive: false },
  );
}

/** A number as text with three significant digits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
