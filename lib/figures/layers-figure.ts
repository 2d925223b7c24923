import { mean } from 'simple-statistics';
import { type LayerFall, profileMatches, topDown } from '../findings/order';
import * as say from '../findings/summaries';
import { chart, dots, line, type Panel } from './chart';
import type { Figure } from './figure';
import { axis, INK, logTicks, rankAxis, TASK_COLORS } from './style';

/** The falls of one task at one scale, over seeds. */
function groups(falls: readonly LayerFall[]) {
  return [...new Set(falls.map(({ scale }) => scale))].map((scale) => {
    const own = falls.filter((fall) => fall.scale === scale);
    const tasks = [...new Set(own.map(({ task }) => task))];
    return { scale, tasks: tasks.map((task) => own.filter((fall) => fall.task === task)) };
  });
}
const layersOf = (falls: readonly LayerFall[]) => falls[0].profile.map((_, i) => i + 1);

/** Top-down as depth: ranks by layer where the last one is lowest, a panel a size; MOD's published ones beside. */
export function layerDepths(falls: readonly LayerFall[], of: string): Figure {
  const matches = profileMatches(falls);
  const panels = groups(falls).map(({ scale, tasks }): Panel => {
    const published = matches.find((match) => match.scale === scale)?.published;
    const marks = tasks.map((own) => {
      const [{ task }] = own;
      const ranks = layersOf(own).map((_, i) => mean(own.map(({ profile }) => profile[i])));
      const hover = `${task}, layer %{x}: %{y:.3g}`;
      return line(layersOf(own), ranks, { color: TASK_COLORS[task] ?? INK, name: task, hover });
    });
    const theirs = published
      ? [
          dots(
            published.map((_, i) => i + 1),
            published,
            PUBLISHED,
          ),
        ]
      : [];
    return { heading: scale, marks: [...marks, ...theirs] };
  });
  const { share } = topDown(falls, 'depth');
  return chart({
    title: share ? say.byDepth(share) : 'No run has two layers.',
    of,
    panels,
    columns: Math.min(3, panels.length),
    x: axis('layer', { dtick: panels.length > 1 ? 2 : 1 }),
    y: rankAxis(
      'rank at the last layer’s minimum',
      falls.flatMap(({ profile }) => profile),
    ),
  });
}

const PUBLISHED = {
  color: TASK_COLORS.MOD,
  symbol: 'circle-open',
  size: 9,
  name: 'MOD, published',
};

/** Top-down as time: the step at which each layer has half of its own fall done, a panel a size. */
export function layerTimes(falls: readonly LayerFall[], of: string): Figure {
  const reached: number[] = [];
  const panels = groups(falls).map(({ scale, tasks }): Panel => {
    const marks = tasks.map((own) => {
      const [{ task }] = own;
      const steps = layersOf(own).map((_, i) => {
        const seen = own.flatMap(({ time }) => time.steps[i] ?? []);
        reached.push(...seen);
        return seen.length > 0 ? mean(seen) : null;
      });
      const hover = `${task}, layer %{x}: step %{y:.0f}`;
      return line(layersOf(own), steps, { color: TASK_COLORS[task] ?? INK, name: task, hover });
    });
    return { heading: scale, marks };
  });
  const [low, high] = [Math.min(...reached), Math.max(...reached)];
  return chart({
    title: say.byTime(topDown(falls, 'time')),
    of,
    panels,
    columns: Math.min(3, panels.length),
    x: axis('layer', { dtick: panels.length > 1 ? 2 : 1 }),
    y: axis('step with half of its fall', { type: 'log', ...logTicks(low / 1.1, high * 1.1) }),
  });
}
