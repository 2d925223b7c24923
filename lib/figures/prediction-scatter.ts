import type { Data } from 'plotly.js';
import {
  coarseOrder,
  PREDICTORS,
  type PredictorId,
  type RunForecast,
} from '../findings/prediction';
import { pValue } from '../findings/verdict';
import type { Figure } from './figure';
import { axis, figure, INK, stepAxis, TASK_COLORS } from './style';

/** Ranks named on the axis: those of a collapse lie within one decade. */
const NAMED = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 7, 10, 15, 20, 30, 50, 70, 100];
const SYMBOLS = ['circle', 'diamond', 'square'];

/**
 * What geometry said before anything emerged against when it did, one mark for each task-level; those that
 * never emerge stand open at the top.
 * @param found forecasts of one run.
 */
export function predictionScatter(
  found: RunForecast,
  lastStep: number,
  by: PredictorId = 'floor',
): Figure {
  const predictor = PREDICTORS.find(({ id }) => id === by);
  // Ranks are scored by their negative, so that a larger score is later.
  const isRank = by === 'floor' || by === 'rank' || by === 'start';
  const never = lastStep * 1.3;
  const tasks = [...new Set(found.forecasts.map(({ task }) => task))];
  const marks = tasks.map((task): Data => {
    const own = found.forecasts.filter((one) => one.task === task);
    return {
      type: 'scatter',
      mode: 'text+markers',
      name: task,
      x: own.map(({ scores }) => (isRank ? -scores[by] : scores[by])),
      y: own.map(({ emergence }) => (Number.isFinite(emergence) ? emergence : never)),
      text: own.map(({ level }) => ` ${level}`),
      textposition: 'middle right',
      textfont: { size: 9, color: INK },
      customdata: own.map(({ level, emergence }) => [
        `${task} ${level}`,
        Number.isFinite(emergence) ? `emerges at step ${emergence}` : 'does not emerge',
      ]) as never,
      marker: {
        size: 9,
        color: TASK_COLORS[task],
        symbol: own.map(
          ({ level, emergence }) =>
            `${SYMBOLS[level - 1]}${Number.isFinite(emergence) ? '' : '-open'}`,
        ),
      },
      hovertemplate: '%{customdata[0]}<br>%{x:.3g}<br>%{customdata[1]}<extra></extra>',
    };
  });
  const { estimate, chance } = coarseOrder([found], by);
  const skill =
    estimate && chance
      ? `ρ = ${estimate.value.toFixed(2)}, ${estimate.low.toFixed(2)} to ${estimate.high.toFixed(2)}; ${pValue(chance.p)} against chance`
      : 'no correlation can be computed';
  const title =
    chance && chance.p < 0.05
      ? 'Geometry before any emergence tells the coarse order'
      : 'Geometry before any emergence does not tell the order';
  const { title: _, ...steps } = stepAxis(lastStep);
  return figure(
    `${predictor?.baseline ? 'A baseline without geometry' : title}` +
      `<br><sub>${found.run}, at step ${found.until}; ${skill}; open: not within the run</sub>`,
    marks,
    {
      xaxis: isRank
        ? axis(predictor?.label ?? by, {
            type: 'log',
            tickvals: NAMED,
            ticktext: NAMED.map(String),
          })
        : axis(predictor?.label ?? by),
      yaxis: axis('step of emergence', {
        ...steps,
        range: [
          Math.log10(
            Math.max(1, Math.min(...found.forecasts.map(({ emergence }) => emergence)) / 1.5),
          ),
          Math.log10(never * 1.15),
        ],
      }),
      legend: { font: { size: 10 } },
    },
  );
}
