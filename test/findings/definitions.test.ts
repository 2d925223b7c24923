import assert from 'node:assert/strict';
import test from 'node:test';
import {
  ACQUISITION_RULES,
  acquiredByLogProb,
  acquisitionStep,
  acquisitions,
  crossCorrelation,
  difficulty,
  ONSET,
  onsetStep,
  timesAhead,
} from '../../lib/findings/definitions';
import { PRECURSOR_RULES } from '../../lib/findings/precursors';
import { rankSeries } from '../../lib/findings/series';
import { TaskSet, taskSet } from '../../lib/tasks';
import { paperRankSteps, paperSteps } from '../../lib/training/schedule';
import { falls, noise, syntheticRun } from './synthetic';

const series = (values: number[]) => ({ steps: values.map((_, i) => 100 * i), values });

test('each version’s acquisition has its own mark and its own number of checkpoints', () => {
  const accuracy = series([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
  assert.equal(acquisitionStep(accuracy, ACQUISITION_RULES.v1, 0), 200);
  assert.equal(acquisitionStep(accuracy, ACQUISITION_RULES.v4, 0), 500);
  // Halfway from a chance of .2 to 1 is .6, which is held for two checkpoints alone.
  assert.equal(acquisitionStep(accuracy, ACQUISITION_RULES.ours, 0.2), undefined);
  const blip = series([0, 0.6, 0.6, 0, 0.6, 0.6, 0.6]);
  assert.equal(acquisitionStep(blip, ACQUISITION_RULES.v4, 0), 400);
  assert.equal(acquisitionStep(blip, ACQUISITION_RULES.v1, 0), undefined);
});

test('acquisition by log-probability takes a share of the way from the first to the last value', () => {
  const logProb = series([-4, -3, -2, -1, 0, 0, 0]);
  assert.equal(acquisitionStep(logProb, acquiredByLogProb(), 0), 300);
  assert.equal(acquisitionStep(logProb, acquiredByLogProb(0.25), 0), 200);
  assert.equal(acquisitionStep(logProb, acquiredByLogProb(0.75), 0), 400);
});

test('rules of the paper look at its own steps, ours at all, and an unknown rule is named', () => {
  const run = syntheticRun({
    steps: 3000,
    plan: () => ({ rank: () => falls(2, 200), acquired: [505, 800, 900] }),
  });
  const step = (rule?: 'v4' | 'ours', at?: 'all') =>
    acquisitions(run, rule, at).find(({ task, level }) => task === 'ADD' && level === 1)!.step!;
  assert.equal(step('v4'), 600);
  assert.ok(step('v4', 'all') >= 505 && step('v4', 'all') < 540);
  assert.equal(step('ours'), step('v4', 'all'));
  assert.throws(
    () => acquisitions(run, 'v9' as 'v4'),
    /Unknown rule of acquisition "v9": use one of v1, v4/,
  );
});

test('tasks of one’s own are judged by the paper’s rules, and by ours with their set', () => {
  const plain = syntheticRun({
    steps: 3000,
    tasks: ['ADD'],
    plan: () => ({ rank: () => falls(2, 200), acquired: [505, 800, 900] }),
  });
  const run = { ...plain, behavior: plain.behavior.map((row) => ({ ...row, task: 'TWICE' })) };
  const [add] = taskSet(['ADD']).tasks;
  const set = new TaskSet([{ ...add, name: 'TWICE' }]);
  const steps = (...own: TaskSet[]) =>
    (['v4', 'ours'] as const).map((rule) => acquisitions(run, rule, 'paper', ...own)[0]);
  assert.deepEqual(
    steps().map(({ step, chance }) => [step, chance]),
    [
      [600, Number.NaN],
      [undefined, Number.NaN],
    ],
  );
  const [v4, ours] = steps(set);
  assert.deepEqual([v4.step, ours.step], [600, 600]);
  assert.equal(v4.chance, acquisitions(plain)[0].chance);
});

test('the paper’s sampling is taken out of dense tables, by scale', () => {
  const at = (scale: string) =>
    rankSeries(
      syntheticRun({ scale, steps: 2000, plan: () => ({ rank: () => falls(2, 200) }) }),
      'ADD',
      { at: 'paper' },
    )!.steps;
  assert.deepEqual(at('nano'), paperSteps(2000));
  assert.deepEqual(at('small'), paperRankSteps('small', 2000));
  assert.deepEqual(at('small'), [0, 1000, 2000]);
});

const leadV1 = (signal: ReturnType<typeof series>, behavior: ReturnType<typeof series>) =>
  PRECURSOR_RULES.v1.lead(signal, { behavior, event: Number.NaN });

test('v1’s precursor: a planted lead comes back with its sign, and noise has no strong one', () => {
  const jump = (at: number) =>
    series(Array.from({ length: 60 }, (_, i) => 1 / (1 + Math.exp(at - i))));
  for (const lead of [-6, 0, 6, 15]) {
    const found = crossCorrelation(jump(25), jump(25 + lead))!;
    assert.equal(found.lead, lead);
    assert.ok(found.correlation > 0.9);
  }
  assert.equal(leadV1(jump(25), jump(31)), 600);
  assert.equal(leadV1(jump(31), jump(25)), -600);
  assert.equal(leadV1(jump(25), series(Array(60).fill(1))), undefined);
  const random = noise(3);
  const noisy = Array.from({ length: 100 }, () => {
    const values = () => series(Array.from({ length: 200 }, random));
    return (leadV1(values(), values()) ?? 0) > 0;
  });
  assert.ok(noisy.filter(Boolean).length <= 5);
});

test('v4’s precursor: the minimum comes before acquisition', () => {
  const rank = series([9, 5, 2, 4]);
  assert.deepEqual(
    [300, 200].map((event) => PRECURSOR_RULES.v4.lead(rank, { event, behavior: rank })),
    [100, 0],
  );
});

test('a planted fall and rise are found; a small or a fleeting change is none', () => {
  const v = series([20, 18, 11, 2, 2, 2, 12, 14, 30, 40, 40, 40, 40]);
  assert.equal(onsetStep(v, 'fall'), 200);
  assert.equal(onsetStep(v, 'rise'), 800);
  assert.equal(onsetStep(series([20, 17, 17, 17, 17]), 'fall'), undefined);
  const blip = series([10, 10, 30, 30, 10, 10]);
  assert.equal(onsetStep(blip, 'rise'), undefined);
  assert.equal(onsetStep(blip, 'rise', { ...ONSET, held: 2 }), 200);
});

test('one event is as many times ahead of another as that is behind it', () => {
  assert.equal(timesAhead(99, 124), 1.25);
  assert.equal(timesAhead(124, 99), 0.8);
  assert.ok(timesAhead(0, 0) === 1);
});

test('SORT is hard in v1 and easy in v4', () => {
  assert.deepEqual([difficulty('SORT', 'v1'), difficulty('SORT', 'v4')], ['hard', 'easy']);
  assert.deepEqual([difficulty('MUL', 'v4'), difficulty('PAR', 'v1')], ['hard', 'easy']);
});
