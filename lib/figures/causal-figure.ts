import type { ArmOutcome } from '../findings/causal';
import { ARM_KINDS, type ArmKind, armKind } from '../findings/causal-arms';
import { EFFECT, type Effect } from '../findings/causal-effect';
import { causalVerdict, movedFloors } from '../findings/causal-words';
import { counted } from '../findings/words';
import { chart, dots, line, type Mark } from './chart';
import type { Figure } from './figure';
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
export function armsFigure(outcomes: readonly ArmOutcome[]): Figure {
  const points = outcomes.flatMap(({ arm, name, floor, acquisition }) =>
    acquisition.bySeed.flatMap((own) => {
      const other = floor.bySeed.find(({ seed }) => seed === own.seed);
      const bounded = own.armLacks + own.baselineLacks > 0;
      return other
        ? [{ arm, name, seed: own.seed, x: Math.exp(other.log), y: Math.exp(own.log), bounded }]
        : [];
    }),
  );
  const kinds = ARM_KINDS.filter((kind) => points.some(({ arm }) => armKind(arm) === kind));
  const reach = 1.3 * Math.max(1.5, ...points.flatMap(({ x, y }) => [x, y, 1 / x, 1 / y]));
  const marks = kinds.map((kind): Mark => {
    const own = points.filter(({ arm }) => armKind(arm) === kind);
    const [x, y] = [own.map((point) => point.x), own.map((point) => point.y)];
    return dots(x, y, {
      name: kind,
      color: COLORS[kind],
      size: 9,
      width: 1.4,
      symbol: own.map(({ bounded }) => (bounded ? 'circle-open' : 'circle')),
      text: own.map(({ name, seed }) => `${name}, seed ${seed}`),
      hover: '%{text}: floor × %{x:.2f}, acquisition × %{y:.2f}',
    });
  });
  const bounds = [EFFECT.smallest, 1 / EFFECT.smallest].flatMap((at) => [
    line([1 / reach, reach], [at, at], { color: INK, dash: 'dot', width: 1 }),
    line([at, at], [1 / reach, reach], { color: INK, dash: 'dot', width: 1 }),
  ]);
  const scaled = (title: string) => axis(title, ratioAxis(reach));
  return chart({
    title: causalVerdict(outcomes),
    of: `${counted(outcomes.length, 'arm')}, a point a seed; ratios to the baseline of that seed; dotted: 15 %; open: not acquired on one side`,
    panels: [{ marks: [...bounds, ...marks] }],
    x: scaled('floor, arm / baseline'),
    y: scaled('steps of acquisition, arm / baseline'),
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
export function armEffects(outcomes: readonly ArmOutcome[]): Figure {
  const panels = (['floor', 'acquisition'] as const).map((quantity) => ({
    heading: quantity === 'floor' ? 'floor' : 'steps of acquisition',
    marks: outcomes.flatMap((outcome, row) => {
      const effect: Effect = outcome[quantity];
      if (!effect.ratio) return [];
      const { value, low, high } = effect.ratio;
      const hover = `${outcome.name}: × ${value.toFixed(2)}, ${effect.verdict}`;
      const color = COLORS[armKind(outcome.arm)];
      const symbol = effect.verdict === 'open' ? 'circle-open' : 'circle';
      return [
        rowDots([{ row, value, low, high, hover }], { name: armKind(outcome.arm), color, symbol }),
      ];
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
    x: axis('arm / baseline', ratioAxis(reach)),
    line: 1,
  });
}

function ratioAxis(reach: number) {
  const ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10].filter((tick) => tick < reach && tick > 1 / reach);
  const range = [-Math.log10(reach), Math.log10(reach)];
  return { type: 'log' as const, range, tickvals: ticks, ticktext: ticks.map(String) };
}
