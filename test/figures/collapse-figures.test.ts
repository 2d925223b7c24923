import assert from 'node:assert/strict';
import test from 'node:test';
import { acquisitionFigure } from '../../lib/figures/acquisition-figure';
import type { Figure } from '../../lib/figures/figure';
import { ladderCurves, ladderSteps } from '../../lib/figures/ladder-figure';
import { layerDepths, layerTimes } from '../../lib/figures/layers-figure';
import { floorsBySize, publishedCurves, rankmeCurves } from '../../lib/figures/rank-figures';
import { rankmeSketch } from '../../lib/figures/rankme-sketch';
import { acquisitionCells } from '../../lib/findings/acquisition';
import { blindLadder, ladderCells } from '../../lib/findings/blind-ladder';
import { layerFalls } from '../../lib/findings/order';
import { falls, syntheticRun } from '../findings/synthetic';

const runs = ['nano', 'micro'].map((scale) =>
  syntheticRun({
    scale,
    steps: 1000,
    tasks: ['ADD', 'MOD', 'SORT', 'MUL'],
    plan: (_, i) => ({
      rank: (layer, layers) => falls(2 + i + layers - layer, 218, 900),
      acquired: [500, 600, 800],
      rungs: { token: 81, previous: 194, task: 309, level: 523 },
    }),
  }),
);
const [nano] = runs;
const orders = runs.flatMap((run) => layerFalls(run));

/** Each figure, the words of its title, and how many panels it has. */
const FIGURES: [name: string, make: () => Figure, title: RegExp, panels: number][] = [
  ['rank', () => rankmeCurves(nano), /^The rank loses a quarter or more in 4 of 4 tasks/, 4],
  ['published', () => publishedCurves(runs), /off the published ones by a factor of/, 8],
  [
    'floors',
    () => floorsBySize(runs),
    /^SORT’s floor is 4\.25 ± 0\.00 at the paper’s steps and 4\.00/,
    2,
  ],
  [
    'ladder',
    () => ladderCurves(nano),
    /^The floor is nearest to the step of p\(token \| previous\) in 4 of 4/,
    4,
  ],
  [
    'steps',
    () => ladderSteps(ladderCells(runs.flatMap((run) => blindLadder(run))), 'made up'),
    /in 8 of 8 combinations of task and size/,
    2,
  ],
  [
    'acquisition',
    () => acquisitionFigure(acquisitionCells(runs, 'v4'), 'v4'),
    /^Steps agree within a factor of two/,
    2,
  ],
  [
    'depth',
    () => layerDepths(orders, 'made up'),
    /^The last layer falls deepest in 4 of 4 combinations of task and size/,
    2,
  ],
  ['time', () => layerTimes(orders, 'made up'), /combinations of task and size/, 2],
];

for (const [name, make, title, panels] of FIGURES) {
  test(`figure ${name}: its title is a finding, every panel has marks, no value is lost`, () => {
    const { data, layout } = make();
    const words = (layout.title as { text: string }).text.split('<br>');
    assert.match(words.join(' ').replace(/<[^>]*>/g, ''), title);
    assert.ok(!/NaN|undefined|Infinity/.test(JSON.stringify([data, layout])));
    const drawn = new Set(data.map((trace) => (trace as { xaxis?: string }).xaxis ?? 'x'));
    assert.equal(drawn.size, panels);
    for (const trace of data as { x: unknown[]; y: unknown[] }[]) {
      assert.equal(trace.x.length, trace.y.length);
    }
    // Each name stands once in the legend.
    const names = data.flatMap((one) => {
      const { name: entry, showlegend } = one as { name?: string; showlegend?: boolean };
      return showlegend ? [entry] : [];
    });
    assert.equal(new Set(names).size, names.length);
  });
}

test('figures of runs that tell nothing are drawn all the same', () => {
  const silent = { ...nano, behavior: [], geometry: [] };
  for (const figure of [
    ...[publishedCurves([]), floorsBySize([]), acquisitionFigure([], 'v1')],
    ...[rankmeCurves(silent), ladderCurves(silent), ladderSteps([], '')],
    ...[layerDepths([], ''), layerTimes([], '')],
  ]) {
    assert.ok(figure.layout.title);
    assert.ok(!/NaN|undefined|Infinity/.test(JSON.stringify([figure.data, figure.layout])));
  }
});

test('the sketch that grows has a line a task with its name', () => {
  const svg = rankmeSketch([{ task: 'MOD', steps: [0, 10], values: [10, 2] }], 'nano-s0', 100);
  assert.equal(svg.match(/<polyline/g)?.length, 1);
  assert.match(svg, />MOD</);
  assert.ok(!/NaN/.test(svg));
});
