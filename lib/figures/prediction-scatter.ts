import { PREDICTORS, type RunForecast } from '../findings/forecast';
import { skillsOf } from '../findings/prediction';
import * as say from '../findings/summaries-hierarchy';
import { counted, short } from '../findings/words';
import { chart, dots } from './chart';
import type { Figure } from './figure';
import { axis, logTicks, TASK_COLORS } from './style';

/**
 * What was seen early of each task or task-level against when it was acquired; what never was stands open at the top.
 * @param found forecasts of one run. @param lastStep of the run. @param by id of a predictor.
 */
export function predictionScatter(found: RunForecast, lastStep: number, by = 'floor'): Figure {
  const predictor = PREDICTORS.find(({ id }) => id === by)!;
  const never = lastStep * 1.3;
  const tasks = [...new Set(found.forecasts.map(({ task }) => task))];
  const marks = tasks.map((task) => {
    const own = found.forecasts.filter((one) => one.task === task);
    const reached = own.map(({ step }) => Number.isFinite(step));
    return {
      ...dots(
        own.map(({ scores }) => scores[by]),
        own.map(({ step }, i) => (reached[i] ? step : never)),
        { name: task, color: TASK_COLORS[task], size: 9, hover: '%{text}' },
      ),
      text: own.map(({ name, step }, i) => `${name}: ${reached[i] ? short(step) : 'not acquired'}`),
      marker: {
        ...{ size: 9, color: TASK_COLORS[task], line: { color: TASK_COLORS[task], width: 1.4 } },
        symbol: reached.map((one) => (one ? 'circle' : 'circle-open')),
      },
    };
  });
  const first = Math.min(never, ...found.forecasts.map(({ step }) => step)) / 1.3;
  return chart({
    title: say.coarse(predictor, skillsOf([found], by).coarse),
    of: `${found.run}, seen up to step ${found.until}; ${counted(found.forecasts.length, 'case')}; open: not acquired`,
    panels: [{ marks }],
    x: axis(predictor.label),
    y: axis('step of acquisition', {
      type: 'log',
      ...logTicks(Math.max(1, first), lastStep),
      range: [Math.log10(Math.max(1, first)), Math.log10(never * 1.15)],
    }),
  });
}
