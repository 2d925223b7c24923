import assert from 'node:assert/strict';
import test from 'node:test';
import type { Figure } from '../../lib/figures/figure';
import { landscapeCurves, llcFigure, probeLayers } from '../../lib/figures/landscape-figures';
import { leadLag, precursorRates } from '../../lib/figures/precursor-figures';
import { orderBound, predictionScatter } from '../../lib/figures/prediction-figures';
import { forecast } from '../../lib/findings/forecast';
import { precedence } from '../../lib/findings/precursors';
import { orderRows } from '../../lib/findings/prediction';
import { signalsOf } from '../../lib/findings/signals';
import { falls, syntheticRun } from '../findings/synthetic';

const STEPS = [0, 100, 300, 1000, 3000, 9000];
const rest = { residual: undefined, acceptance: 1, drift: 0, step_size: 1e-5, note: '' };
/** COPY acquired at 400, MOD and MUL late, turned around between the sizes; the second run never acquires MUL 3. */
const runs = (['nano', 'micro'] as const).map((scale, size) => ({
  ...syntheticRun({
    scale,
    steps: 10_000,
    tasks: ['COPY', 'REV', 'ADD', 'MOD', 'MUL'],
    plan: (task, i) => ({
      rank: () => falls(3 + i, 200, 4000),
      acquired: {
        COPY: [400, 500, 600],
        REV: [700, 800, 900],
        ADD: [1000, 1500, 1800],
        MOD: [
          [2000, 3000, 4000],
          [4000, 5000, 6000],
        ][size],
        MUL: [
          [3000, 4000, 5000],
          [2000, 3000, undefined],
        ][size],
      }[task] as (number | undefined)[],
    }),
  }),
  landscape: STEPS.flatMap((step, i) =>
    [1, 2, 3].flatMap((level) =>
      ['llc_paper', 'llc'].map((measure) => ({
        ...{
          step,
          task: 'MOD',
          level,
          measure,
          value: measure === 'llc' ? i + 1 : 10 - (i - 2) ** 2,
        },
        ...{ ...rest, standard_error: 0.5 },
      })),
    ),
  ),
  probes: STEPS.flatMap((step) =>
    [0, 1, 2].map((layer) => ({
      ...{
        step,
        task: 'MOD',
        level: 2,
        layer,
        chance: 0.1,
        control: 0.1,
        untrained: 0.3,
        note: '',
      },
      ...{ token_accuracy: 0.3 + layer / 10, answer_accuracy: layer / 10, standard_error: 0.01 },
    })),
  ),
}));
const [nano] = runs;
const signals = signalsOf(runs);
const hard = signals.flatMap((signal) =>
  (['v1', 'v4', 'ours'] as const).map((rule) => precedence(runs, signal, rule, 'hard')),
);
/** Each figure, the words of its title, its panels and marks. */
const FIGURES: [name: string, make: () => Figure, title: RegExp, panels: number, marks: number][] =
  [
    [
      'rates',
      () => precursorRates(hard, 'made up'),
      /^Precursors beyond chance: of \d+ tests, /,
      3,
      12,
    ],
    [
      'leads',
      () => leadLag(hard, 'made up'),
      /^In the median \d of \d measures rise before acquisition/,
      1,
      2,
    ],
    ['none', () => leadLag([], 'made up'), /^No measure rises/, 1, 2],
    [
      'order',
      () => orderBound(orderRows(runs, 'v4'), 'made up'),
      /^Of 12 pairs of an easy and a hard task/,
      2,
      8,
    ],
    [
      'scatter',
      () => predictionScatter(forecast(runs[1]), 10_000),
      /follows the lowest RankMe with ρ = /,
      1,
      5,
    ],
    [
      'probes',
      () => probeLayers(nano, { task: 'MOD', level: 2 }, 'made up'),
      /^What probes read of MOD 2/,
      2,
      9,
    ],
    [
      'landscape',
      () => landscapeCurves(nano, ['llc', 'llc_paper'], 'LLC', 'made up'),
      /^LLC/,
      1,
      2,
    ],
    [
      'llc',
      () => llcFigure(runs),
      /^The LLC of MOD at nano peaks at step 300 \(published: 300\)/,
      1,
      3,
    ],
  ];

for (const [name, make, title, panels, marks] of FIGURES) {
  test(`figure "${name}" says its finding and draws what it is given, without a NaN`, () => {
    const { data, layout } = make();
    const words = (layout.title as { text: string }).text
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ');
    assert.match(words.replace(/ /g, ' '), title);
    assert.equal(Object.keys(layout).filter((key) => /^xaxis\d*$/.test(key)).length, panels);
    assert.equal(data.length, marks);
    assert.ok(!JSON.stringify([data, layout.shapes]).includes('NaN'));
    for (const { x, y } of data as { x: unknown[]; y: unknown[] }[]) {
      assert.equal(x.length, y.length);
      assert.ok([...x, ...y].every((value) => !Number.isNaN(value)));
    }
  });
}

test('task-levels of the leads wait for a click, what is not acquired stands open', () => {
  const each = leadLag(hard, '').data[1] as { visible: string; x: number[]; y: number[] };
  assert.equal(each.visible, 'legendonly');
  assert.ok(each.x.length > 10);
  const mul = predictionScatter(forecast(runs[1]), 10_000).data[4] as unknown as {
    marker: { symbol: string[] };
    y: number[];
  };
  assert.deepEqual(mul.marker.symbol, ['circle', 'circle', 'circle-open']);
  assert.equal(mul.y[2], 13_000);
});
