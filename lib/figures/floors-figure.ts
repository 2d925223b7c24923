import type { Data } from 'plotly.js';
import type { Floor } from '../findings/floors';
import type { Figure } from './figure';
import { axis, figure, rankAxis, SCALE_COLORS, short } from './style';

/** The floors of one run. */
export interface RunFloors {
  readonly scale: string;
  readonly seed: number;
  readonly parameters: number;
  /** Updates of the run. */
  readonly steps: number;
  readonly floors: readonly Floor[];
}

/** Distance of one scale from the next within a task-level's column; seeds of a scale share a place. */
const SPREAD = 0.17;

/**
 * Start (open) and floor (filled) of every task-level, one color for each scale: where filled marks of all
 * scales coincide, the floor does not depend on the scale.
 */
export function floorsByTask(runs: readonly RunFloors[]): Figure {
  const names = [
    ...new Set(runs.flatMap(({ floors }) => floors.map(({ task, level }) => `${task} ${level}`))),
  ];
  const scales = [...new Set(runs.map(({ scale }) => scale))];
  const data = runs.flatMap(({ scale, seed, floors }, run): Data[] => {
    const place = (scales.indexOf(scale) - (scales.length - 1) / 2) * SPREAD;
    const x = floors.map(({ task, level }) => names.indexOf(`${task} ${level}`) + place);
    const first = runs.findIndex((other) => other.scale === scale) === run;
    const marks = (what: 'start' | 'floor'): Data => ({
      type: 'scatter',
      mode: 'markers',
      name: `${scale}, ${what}`,
      legendgroup: `${scale} ${what}`,
      showlegend: first,
      x,
      y: floors.map((floor) => floor[what]),
      customdata: floors.map(({ task, level, floorStep }) => [
        `${task} ${level}`,
        what === 'start' ? 0 : floorStep,
      ]) as never,
      marker: {
        symbol: what === 'start' ? 'circle-open' : 'circle',
        size: 7,
        color: SCALE_COLORS[scale] ?? '#8a8a8a',
      },
      hovertemplate: `%{customdata[0]}, ${scale} seed ${seed}<br>${what} %{y:.3g} at step %{customdata[1]}<extra></extra>`,
    });
    return [marks('start'), marks('floor')];
  });
  return figure(floorsTitle(runs), data, {
    xaxis: axis('', {
      tickvals: names.map((_, i) => i),
      ticktext: names,
      tickangle: -90,
      showgrid: false,
    }),
    yaxis: rankAxis(
      'RankMe, last layer',
      runs.flatMap(({ floors }) => floors.flatMap(({ start, floor }) => [start, floor])),
    ),
    margin: { b: 78 },
  });
}

function floorsTitle(runs: readonly RunFloors[]): string {
  const mod = runs.flatMap(({ floors }) =>
    floors.filter(({ task }) => task === 'MOD').map(({ floor }) => floor),
  );
  const range = mod.length
    ? `; MOD's floors lie from ${short(Math.min(...mod))} to ${short(Math.max(...mod))}`
    : '';
  const median = (what: 'start' | 'floor') => {
    const values = runs.flatMap(({ floors }) => floors.map((floor) => floor[what]));
    return short(values.sort((a, b) => a - b)[values.length >> 1]);
  };
  const described = runs.map(
    ({ scale, seed, steps }) => `${scale} seed ${seed} (${steps.toLocaleString('en-US')} updates)`,
  );
  return `The median task-level falls from ${median('start')} to ${median('floor')}${range}<br><sub>${[...new Set(described)].join(', ')}; 200 samples a task-level</sub>`;
}
