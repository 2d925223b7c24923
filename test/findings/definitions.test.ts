import assert from 'node:assert/strict';
import test from 'node:test';
import { difficulties, ONSET, relation } from '../../lib/findings/definitions';
import { emergenceStep, emergences } from '../../lib/findings/emergence';
import { lagOf } from '../../lib/findings/lag';
import { changeOf } from '../../lib/findings/onset';
import { measuredSteps } from '../../lib/training/schedule';
import { noise, smoothStep, syntheticRun } from './synthetic';

const STEPS = measuredSteps(20_000);

test('relations are symmetric in log steps and know what has not happened', () => {
  assert.equal(relation(99, 124), 'precursor');
  assert.equal(relation(99, 123), 'synchronous');
  assert.equal(relation(124, 99), 'lagging');
  assert.equal(relation(0, 0), 'synchronous');
  assert.equal(relation(undefined, 5), 'no change');
});

test('classes: the later half and those that never emerge are hard; by level and kind as named', () => {
  const at = (task: string, level: number, step?: number) => ({ task, level, step });
  const found = [at('COPY', 1, 10), at('COPY', 2, 20), at('MOD', 1, 30), at('MOD', 2)];
  assert.deepEqual([...difficulties(found).values()], ['easy', 'easy', 'hard', 'hard']);
  assert.deepEqual([...difficulties(found, 'level').values()], ['easy', 'hard', 'easy', 'hard']);
  assert.deepEqual([...difficulties(found, 'kind').values()], ['easy', 'easy', 'hard', 'hard']);
  // All at once: nothing is fast.
  const tied = [at('COPY', 1, 10), at('MOD', 1, 10)];
  assert.deepEqual([...difficulties(tied).values()], ['hard', 'hard']);
  assert.equal(difficulties([]).size, 0);
});

test('emergence by log-probability is planted and found', () => {
  const rows = STEPS.map((step) => ({
    ...{ step, task: 'MOD', level: 1, accuracy: 0 },
    log_prob: -6 + 6 * smoothStep(step, 300),
  }));
  // From ln(1/7) = −1.95, halfway is −0.97: where the sigmoid is at 0.838.
  const step = emergenceStep(rows, 1 / 7, { share: 0.5, held: 3, by: 'log_prob' })!;
  const wanted = STEPS.find((s) => -6 + 6 * smoothStep(s, 300) >= Math.log(1 / 7) / 2);
  assert.equal(step, wanted);
  assert.equal(emergenceStep(rows, 1 / 7), undefined);
  assert.throws(() => emergenceStep(rows, 0, { share: 0.5, held: 1, by: 'log_prob' }), /above 0/);
});

test('planted emergence steps come back for every task-level; no behavior gives none', () => {
  const run = syntheticRun({
    plan: (_, i) => ({ emerges: i === 5 ? undefined : 100 * (i + 1), falls: [5], floor: 2 }),
  });
  const found = emergences(run);
  assert.equal(found.length, 24);
  found.forEach(({ step }, i) => {
    if (i === 5) assert.equal(step, undefined);
    else assert.ok(Math.abs(step! / (100 * (i + 1)) - 1) < 0.1, `${step} for ${100 * (i + 1)}`);
  });
  assert.deepEqual(emergences({ behavior: [] }), []);
});

test('planted fall, recovery and rise are found; a small or a fleeting change is none', () => {
  const fell = STEPS.map((step) => 20 - 18 * smoothStep(step, 10) + 38 * smoothStep(step, 1000));
  const series = { steps: STEPS, values: fell };
  assert.ok(Math.abs(changeOf(series, 'fall')!.onset - 10) <= 1);
  // Half of the rise, to 40, is at 1000; half of the fall, 11, is regained before.
  assert.ok(Math.abs(changeOf(series, 'rise')!.onset / 1000 - 1) < 0.05);
  const regained = changeOf(series, 'recovery')!;
  assert.ok(regained.onset < 950 && fell[STEPS.indexOf(regained.onset)] >= 11);
  const flat = { steps: STEPS, values: STEPS.map((step) => 20 - 3 * smoothStep(step, 10)) };
  assert.equal(changeOf(flat, 'fall'), undefined);
  const blip = { steps: STEPS, values: STEPS.map((_, i) => (i === 100 || i === 101 ? 30 : 10)) };
  assert.equal(changeOf(blip, 'rise'), undefined);
  assert.ok(changeOf(blip, 'rise', { ...ONSET, held: 2 }));
  assert.equal(changeOf({ steps: [0], values: [1] }, 'fall'), undefined);
  // Up, and then further down than it began: the way up is the rise all the same.
  const early = { steps: [0, 1, 2, 3, 4, 5, 6], values: [5, 9, 30, 38, 25, 8, 4] };
  const rise = changeOf(early, 'rise')!;
  assert.deepEqual([rise.from, rise.to, rise.beginStep, rise.onset], [5, 38, 0, 2]);
  // Negative values, as an LLC estimate can have.
  const negative = { steps: STEPS, values: STEPS.map((step) => -1 + 9 * smoothStep(step, 50)) };
  assert.ok(Math.abs(changeOf(negative, 'rise')!.onset - 50) <= 3);
});

test('a planted lag comes back with its sign; noise has no strong one', () => {
  const at = (middle: number) => ({
    steps: STEPS,
    values: STEPS.map((step) => smoothStep(step, middle)),
  });
  for (const factor of [0.5, 1, 2, 3]) {
    const lag = lagOf(at(600), at(600 * factor), 20)!;
    assert.ok(Math.abs(lag.lead - Math.log(factor)) < 0.06, `${Math.exp(lag.lead)} for ${factor}`);
    assert.ok(lag.correlation > 0.95);
  }
  const mirrored = { steps: STEPS, values: at(600).values.map((value) => -value) };
  assert.ok(lagOf(mirrored, at(1200), 20)!.correlation < -0.95);
  const uniform = noise(3);
  const random = { steps: STEPS, values: STEPS.map(uniform) };
  assert.ok(Math.abs(lagOf(random, at(600), 20)!.correlation) < 0.5);
  assert.equal(lagOf({ steps: STEPS, values: STEPS.map(() => 1) }, at(600)), undefined);
  assert.equal(lagOf(at(600), at(600), 19_999), undefined);
});
