import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { DATA } from '../../lib/environment/paths';
import { gradientRanks } from '../../lib/figures/gradient-ranks';
import { hessianDensityCurve } from '../../lib/figures/hessian-density';
import { llcCalibration } from '../../lib/figures/llc-calibration';
import { probeLayers } from '../../lib/figures/probe-layers';
import { sgldTraces } from '../../lib/figures/sgld-traces';
import { denseOperator } from '../../lib/measures/algorithms/linear-operator';
import { hessianDensity } from '../../lib/measures/hessian';
import { localLearningCoefficient } from '../../lib/measures/llc';
import { calibrations, readCalibration } from '../../lib/study/calibration-table';
import { landscapeSettings } from '../../lib/study/landscape-settings';
import type { LandscapeRow } from '../../lib/study/tables';

const titleOf = ({ layout }: { layout: { title?: unknown } }) =>
  (layout.title as { text: string }).text.replace(/<br>/g, ' ');

test("the kept sweep holds the study's choice, settled and without divergence", () => {
  const rows = readCalibration(join(DATA, 'calibration', 'llc-nano-long.csv'));
  const { llc } = landscapeSettings('nano');
  const chosen = rows.find(
    ({ stepSize, localization }) => stepSize === llc.stepSize && localization === llc.localization,
  )!;
  assert.ok(Math.abs(chosen.drift) < 0.2 && chosen.diverged === 0 && chosen.negative === 0);
  const figure = llcCalibration(rows, llc, 'nano, step 2846');
  const lines = new Set(rows.map(({ localization }) => localization)).size;
  assert.equal(figure.data.length, lines + 1);
  // At the chosen localization the step size hardly matters where chains have settled.
  const settled = rows.filter(
    (row) => row.localization === llc.localization && Math.abs(row.drift) < 0.2,
  );
  const values = settled.map((row) => row.llc);
  assert.ok(settled.length >= 2 && Math.max(...values) < 1.25 * Math.min(...values), `${values}`);
  assert.match(
    titleOf(figure),
    new RegExp(
      `At γ = 10,000, settled chains give λ̂ from [\\d.]+ to [\\d.]+ over ${settled.length} `,
    ),
  );
});

test('every kept sweep says how it was made, and no chain diverged near the choice', () => {
  const kept = calibrations();
  assert.equal(kept[0].scale, 'nano');
  for (const { scale, rows, config } of kept) {
    const { llc } = landscapeSettings(scale);
    assert.equal(config.scale, scale);
    assert.deepEqual(
      [config.nBeta, config.batches, config.size],
      [llc.nBeta, llc.batches, llc.size],
    );
    const near = rows.filter(
      ({ stepSize, localization }) =>
        localization === llc.localization &&
        stepSize <= llc.stepSize &&
        stepSize >= llc.stepSize / 4,
    );
    assert.ok(near.length > 0, scale);
    for (const { diverged, negative } of near) assert.equal(diverged + negative, 0, scale);
  }
});

test('probes of a task-level stand beside the answers of the model', () => {
  const probe = { task: 'MOD', level: 2, spread: 0.01, note: '' };
  const figure = probeLayers(
    [0, 10].flatMap((step) =>
      [0, 1].map((layer) => ({
        ...{ ...probe, step, layer, accuracy: step / 20 + layer / 10, chance: 0.1, control: 0.12 },
      })),
    ),
    [
      { step: 0, task: 'MOD', level: 2, accuracy: 0, log_prob: -3 },
      { step: 10, task: 'MOD', level: 3, accuracy: 1, log_prob: -1 },
    ],
    { task: 'MOD', level: 2 },
    'nano',
  );
  const lines = figure.data as unknown as { name: string; y: number[] }[];
  assert.deepEqual(
    lines.map(({ name, y }) => [name, y]),
    [
      ['probe, layer 0', [0, 0.5]],
      ['probe, layer 1', [0.1, 0.6]],
      ['control, last layer', [0.12, 0.12]],
      ['chance', [0.1, 0.1]],
      ["model's answers", [0]],
    ],
  );
});

test('gradient ranks of all and of the leading parameters stand side by side', () => {
  const row = (step: number, measure: LandscapeRow['measure'], value?: number): LandscapeRow => ({
    ...{ step, task: '', level: undefined, measure, value, spread: undefined, note: '' },
  });
  const rows = [
    ...[row(0, 'gradient_rank', 10), row(0, 'gradient_rank_leading', 11)],
    ...[row(9, 'gradient_rank', 20), row(9, 'gradient_rank_leading', 30), row(9, 'llc', 3)],
    // Missing values are left out.
    ...[row(30, 'gradient_rank'), row(30, 'gradient_rank_leading', 12)],
  ];
  const figure = gradientRanks(rows, 'nano, seed 0');
  assert.deepEqual(
    figure.data.map((trace) => (trace as { y: number[] }).y),
    [
      [10, 20],
      [11, 30, 12],
    ],
  );
  assert.match(titleOf(figure), /within 50 % at half of the steps, 50 % at worst/);
  assert.match(titleOf(gradientRanks([], 'none')), /^Gradient covariance/);
  const wide = gradientRanks([{ ...row(1, 'gradient_rank', 3), spread: 5 }], 'wide').data[0];
  const bars = wide as { error_y: { array: number[]; arrayminus: number[] } };
  assert.deepEqual([bars.error_y.array, bars.error_y.arrayminus], [[5], [2]]);
});

test('density and traces draw what they are given', () => {
  const density = hessianDensity(denseOperator([2, 0, 0, 1], 2), { probes: 2, steps: 2 });
  const curve = hessianDensityCurve(density, 'a diagonal');
  const { x, y } = curve.data[0] as unknown as { x: number[]; y: (number | null)[] };
  const peak = x[y.indexOf(Math.max(...y.map((value) => value ?? 0)))];
  assert.ok(Math.abs(peak - 1) < 0.01 || Math.abs(peak - 2) < 0.01, `${peak}`);
  const llc = localLearningCoefficient(
    {
      ...{ size: 1, batches: 1 },
      gradient: (w) => ({ loss: w[0] ** 2 / 2, gradient: [w[0]] }),
    },
    [0],
    { chains: 2, draws: 30, burnIn: 10, stepSize: 1e-2, localization: 1, nBeta: 10 },
  );
  const traces = sgldTraces(llc, 'a parabola');
  assert.equal(traces.data.length, 2);
  assert.equal((traces.data[0] as { x: number[] }).x.length, 40);
  assert.equal(traces.layout.shapes![1].y0, llc.value);
});
