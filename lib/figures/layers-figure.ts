import { mean } from 'simple-statistics';
import { type LayerFall, profileMatches, topDown } from '../findings/order';
import { groupBy } from '../findings/series';
import * as say from '../findings/summaries';
import { type Chart, chart, dots, line, type Mark } from './chart';
import { axis, logAxis, rankAxis, taskColor } from './style';

/**
 * Top-down as depth: ranks by layer where the last one is lowest, a panel a size; MOD's published ones beside.
 *
 * ```ts
 * show(layerDepths(layerFalls(loadRun('micro-s0'), { at: 'paper' }), 'micro, seed 0'));
 * ```
 */
export function layerDepths(falls: readonly LayerFall[], of: string) {
  const { share } = topDown(falls, 'depth');
  const ranks = falls.flatMap(({ profile }) => profile);
  const matches = new Map(profileMatches(falls).map((match) => [match.scale, match.published]));
  return byLayer(falls, {
    title: share ? say.byDepth(share) : 'Two layers tell no order: one is always deeper.',
    of,
    y: rankAxis('rank at its minimum', ranks),
    value: ({ profile }, layer) => profile[layer],
    hover: '%{y:.3g}',
    more: (scale) => {
      const ranks = matches.get(scale) ?? [];
      const layers = ranks.map((_, i) => i + 1);
      const look = { color: taskColor('MOD'), symbol: 'circle-open', size: 9 };
      return ranks.length > 0 ? [dots(layers, ranks, { ...look, name: 'MOD, published' })] : [];
    },
  });
}

/**
 * Top-down as time: the step at which each layer has half of its own fall done, a panel a size.
 *
 * ```ts
 * show(layerTimes(layerFalls(loadRun('micro-s0')), 'micro, seed 0'));
 * ```
 */
export function layerTimes(falls: readonly LayerFall[], of: string) {
  const reached = falls.flatMap(({ time }) => time.steps.flatMap((step) => step ?? []));
  return byLayer(falls, {
    title: say.byTime(topDown(falls, 'time')),
    of,
    y: logAxis('step with half of its fall', reached),
    value: ({ time }, layer) => time.steps[layer],
    hover: 'step %{y:.0f}',
  });
}

interface ByLayer extends Pick<Chart, 'title' | 'of' | 'y'> {
  /** Of one layer, from 0. */
  readonly value: (fall: LayerFall, layer: number) => number | undefined;
  readonly hover: string;
  readonly more?: (scale: string) => Mark[];
}

/** A line a task over the layers, mean over seeds, a panel a size. */
function byLayer(falls: readonly LayerFall[], { value, hover, more, ...rest }: ByLayer) {
  const panels = [...groupBy(falls, ({ scale }) => scale)].map(([scale, sized]) => {
    const marks = [...groupBy(sized, ({ task }) => task)].map(([task, own]) => {
      const layers = own[0].profile.map((_, layer) => layer + 1);
      const values = layers.map((layer) => {
        const seen = own.flatMap((fall) => value(fall, layer - 1) ?? []);
        return seen.length > 0 ? mean(seen) : null;
      });
      const told = `${task}, layer %{x}: ${hover}`;
      return line(layers, values, { color: taskColor(task), name: task, hover: told });
    });
    return { heading: scale, marks: [...marks, ...(more?.(scale) ?? [])] };
  });
  const x = axis('layer', { dtick: panels.length > 1 ? 2 : 1 });
  return chart({ ...rest, panels, columns: 3, x });
}
