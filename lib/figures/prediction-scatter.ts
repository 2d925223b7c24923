import type { Data } from 'plotly.js';
import {
  coarseOrder,
  PREDICTORS,
  type PredictorId,
  type RunForecast,
} from '../findings/prediction';
import { pValue } from '../findings/verdict';
import type { Figure } from './figure';
import { axis, figure, INK, LEVEL_SYMBOLS, legendEntry, logTicks, TASK_COLORS } from './style';

/**
 * What geometry said before anything emerged against when it did, one mark for each task-level, its symbol
 * the level; those that never emerge stand open at the top.
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
      mode: 'markers',
      showlegend: false,
      x: own.map(({ scores }) => (isRank ? -scores[by] : scores[by])),
      y: own.map(({ emergence }) => (Number.isFinite(emergence) ? emergence : never)),
      customdata: own.map(({ level, emergence }) => [
        `${task} ${level}`,
        Number.isFinite(emergence) ? `emerges at step ${emergence}` : 'does not emerge',
      ]) as never,
      marker: {
        size: 9,
        color: TASK_COLORS[task],
        symbol: own.map(
          ({ level, emergence }) =>
            `${LEVEL_SYMBOLS[level - 1]}${Number.isFinite(emergence) ? '' : '-open'}`,
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
  const tells = chance && chance.p < 0.05 ? 'tells the coarse order' : 'does not tell the order';
  const levels = [...new Set(found.forecasts.map(({ level }) => level))].sort();
  const values = marks.flatMap((mark) => (mark as { x: number[] }).x);
  const first = Math.min(never, ...found.forecasts.map(({ emergence }) => emergence)) / 1.3;
  return figure(
    `${predictor?.baseline ? 'A baseline without geometry' : 'Geometry before any emergence'} ${tells}` +
      `<br><sub>${found.run}, at step ${found.until}; ${found.forecasts.length} task-levels; ${skill}; open: not within the run</sub>`,
    [
      ...marks,
      ...tasks.map((task) =>
        legendEntry(task, { mode: 'markers', marker: { color: TASK_COLORS[task], size: 9 } }),
      ),
      ...levels.map((level) =>
        legendEntry(`level ${level}`, {
          mode: 'markers',
          marker: { color: INK, size: 9, symbol: LEVEL_SYMBOLS[level - 1] },
        }),
      ),
    ],
    {
      xaxis: isRank
        ? axis(predictor?.label ?? by, {
            type: 'log',
            ...logTicks(Math.min(...values), Math.max(...values)),
          })
        : axis(predictor?.label ?? by),
      yaxis: axis('step of emergence', {
        type: 'log',
        ...logTicks(first, lastStep),
        range: [Math.log10(Math.max(1, first)), Math.log10(never * 1.15)],
      }),
      legend: { font: { size: 10 } },
    },
  );
}
