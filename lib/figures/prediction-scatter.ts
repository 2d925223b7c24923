import { PREDICTORS, type RunForecast } from '../findings/forecast';
import { skillOf } from '../findings/prediction';
import { groupBy } from '../findings/series';
import * as say from '../findings/summaries';
import { counted, short } from '../findings/words';
import { chart, dots } from './chart';
import type { Figure } from './figure';
import { axis, logAxis, logTicks, taskColor } from './style';

/**
 * What was seen early of each task or task-level against when it was acquired; what never was stands open at the top.
 *
 * ```ts
 * const run = loadRun('nano-s0');
 * show(predictionScatter(forecast(run, 'v4'), run.info.step));
 * ```
 * @param found forecasts of one run. @param lastStep of the run. @param by id of a predictor.
 */
export function predictionScatter(found: RunForecast, lastStep: number, by = 'floor'): Figure {
  const predictor = PREDICTORS.find(({ id }) => id === by)!;
  const never = lastStep * 1.3;
  const marks = [...groupBy(found.forecasts, ({ task }) => task)].map(([task, own]) => {
    const steps = own.map(({ step }) => Math.min(step, never));
    const reached = own.map(({ step }) => Number.isFinite(step));
    const scores = own.map((one) => one.scores[by]);
    return dots(scores, steps, {
      name: task,
      color: taskColor(task),
      size: 9,
      symbol: reached.map((one) => (one ? 'circle' : 'circle-open')),
      text: own.map(({ name, step }, i) => `${name}: ${reached[i] ? short(step) : 'not acquired'}`),
      hover: '%{text}',
    });
  });
  const ends = [never, ...found.forecasts.map(({ step }) => Math.min(Math.max(1, step), never))];
  const cases = counted(found.forecasts.length, 'case');
  return chart({
    title: say.coarse(predictor, skillOf([found], 'coarse', by)),
    of: `${found.run}, seen up to step ${found.until}; ${cases}; open: not acquired`,
    panels: [{ marks }],
    x: axis(predictor.label),
    y: { ...logAxis('step of acquisition', ends), ...logTicks(Math.min(...ends), lastStep) },
  });
}
