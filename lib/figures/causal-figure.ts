import type { ArmOutcome } from '../findings/causal';
import { ARM_KINDS, type ArmKind, armKind } from '../findings/causal-arms';
import { EFFECT } from '../findings/causal-effect';
import { causalVerdict, movedFloors } from '../findings/causal-words';
import { counted } from '../findings/words';
import { chart, dots, line } from './chart';
import { rowDots, rowPlot } from './row-plot';
import { axis, INK } from './style';

/** Colors of Okabe & Ito 2008, as tasks have them. */
const COLORS: Record<ArmKind, string> = {
  'shuffled answers': '#767676',
  'blind answers given': '#0072b2',
  'rank held up': '#d55e00',
  'collapsed further': '#cc79a7',
  frozen: '#009e73',
  'attention scaled': '#e69f00',
  'attention scaled, blind answers given': '#56b4e9',
  other: '#9f7f3f',
};

/**
 * Floor against acquisition, a point a seed, both as ratios to the baseline of that seed. Inside the dotted cross changes
 * are below 15 %; an open point has a task-level that one side of the pair does not acquire, and stands at its bound.
 *
 * ```ts
 * show(armsFigure(armOutcomes(pairsOf(studyRuns(ARMS)).pairs)));
 * ```
 */
export function armsFigure(outcomes: readonly ArmOutcome[]) {
  const points = outcomes.flatMap(({ arm, name, floor, acquisition }) =>
    acquisition.bySeed.flatMap(({ seed, log, armLacks, baselineLacks }) => {
      const other = floor.bySeed.find((one) => one.seed === seed);
      if (!other) return [];
      const [x, y] = [Math.exp(other.log), Math.exp(log)];
      return [{ kind: armKind(arm), name, seed, x, y, bounded: armLacks + baselineLacks > 0 }];
    }),
  );
  const reach = 1.3 * Math.max(1.5, ...points.flatMap(({ x, y }) => [x, y, 1 / x, 1 / y]));
  const marks = ARM_KINDS.flatMap((name) => {
    const own = points.filter(({ kind }) => kind === name);
    if (own.length === 0) return [];
    const [x, y] = [own.map((point) => point.x), own.map((point) => point.y)];
    return dots(x, y, {
      ...{ name, color: COLORS[name], size: 9, width: 1.4 },
      symbol: own.map(({ bounded }) => (bounded ? 'circle-open' : 'circle')),
      text: own.map(({ name, seed }) => `${name}, seed ${seed}`),
      hover: '%{text}: floor × %{x:.2f}, acquisition × %{y:.2f}',
    });
  });
  const [ends, look] = [[1 / reach, reach], { color: INK, dash: 'dot', width: 1 } as const];
  const bounds = [EFFECT.smallest, 1 / EFFECT.smallest].flatMap((at) => [
    line(ends, [at, at], look),
    line([at, at], ends, look),
  ]);
  return chart({
    title: causalVerdict(outcomes),
    of: `${counted(outcomes.length, 'arm')}, a point a seed; ratios to the baseline of that seed; dotted: 15 %; open: not acquired on one side`,
    panels: [{ marks: [...bounds, ...marks] }],
    x: ratioAxis('floor, arm / baseline', reach),
    y: ratioAxis('steps of acquisition, arm / baseline', reach),
    height: 520,
  });
}

/**
 * Each arm's effect on floor and acquisition, with 95 % intervals over seeds.
 *
 * ```ts
 * show(armEffects(armOutcomes(pairsOf(studyRuns(ARMS)).pairs)));
 * ```
 */
export function armEffects(outcomes: readonly ArmOutcome[]) {
  const panels = (['floor', 'acquisition'] as const).map((quantity) => ({
    heading: quantity,
    marks: outcomes.flatMap((outcome, row) => {
      const { ratio, verdict } = outcome[quantity];
      if (!ratio) return [];
      const hover = `${outcome.name}: × ${ratio.value.toFixed(2)}, ${verdict}`;
      const name = armKind(outcome.arm);
      const symbol = verdict === 'open' ? 'circle-open' : 'circle';
      return [rowDots([{ ...ratio, row, hover }], { name, color: COLORS[name], symbol })];
    }),
  }));
  const all = outcomes.flatMap(({ floor, acquisition }) =>
    [floor, acquisition].flatMap(({ ratio }) => (ratio ? [ratio.low, ratio.high] : [])),
  );
  const reach = 1.1 * Math.max(1.5, ...all.flatMap((value) => [value, 1 / value]));
  const sizes = [...new Set(outcomes.map(({ pairs }) => pairs.length))].sort((a, b) => a - b);
  return rowPlot({
    title: movedFloors(outcomes),
    of: `ratios to the baseline, 95 % intervals over seeds (${sizes.join(' or ') || 'no'} pairs an arm); open: the pairs cannot tell`,
    panels,
    rows: outcomes.map(({ name }) => name),
    x: ratioAxis('arm / baseline', reach),
    line: 1,
  });
}

/** A log axis of ratios from `1 / reach` to `reach`. */
function ratioAxis(title: string, reach: number) {
  const ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10].filter((tick) => tick < reach && tick > 1 / reach);
  const range = [-Math.log10(reach), Math.log10(reach)];
  return axis(title, { type: 'log', range, tickvals: ticks, ticktext: ticks.map(String) });
}
