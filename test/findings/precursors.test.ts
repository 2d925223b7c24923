import assert from 'node:assert/strict';
import test from 'node:test';
import { leadsOf, type Precedence, precedences } from '../../lib/findings/precursors';
import { probeLeads } from '../../lib/findings/probe-leads';
import { sensitivity } from '../../lib/findings/sensitivity';
import { allSignals } from '../../lib/findings/signals';
import { TASK_LEVELS } from '../../lib/tasks';
import { measuredSteps } from '../../lib/training/schedule';
import { noise, smoothStep, syntheticRun } from './synthetic';

const emerges = (i: number) => Math.round(100 * 1.18 ** i);
/** Every task-level rises at `factor` times its emergence. */
const planted = (factor: number) =>
  syntheticRun({
    plan: (_, i) => ({ emerges: emerges(i), falls: [8, 4], floor: 2, rises: factor * emerges(i) }),
  });
const of = (all: readonly Precedence[], signal: string, difficulty: string) =>
  all.find((one) => one.signal === signal && one.difficulty === difficulty)!;

test('planted precursors, synchronous and lagging rises come back with their factor', () => {
  for (const [factor, kind] of [
    [0.5, 'precursor'],
    [1, 'synchronous'],
    [2, 'lagging'],
  ] as const) {
    const run = planted(factor);
    const rises = leadsOf(run).filter(({ signal }) => signal === 'rankme rise');
    assert.equal(rises.length, 24);
    for (const lead of rises.filter(({ event }) => event < 5000)) {
      assert.equal(lead.relation, kind, `${lead.task} ${lead.level}`);
      assert.ok(Math.abs(lead.factor! * factor - 1) < 0.12, `${lead.factor} for ${1 / factor}`);
      assert.ok(Math.abs(lead.lag! * factor - 1) < 0.25, `${lead.lag} for ${1 / factor}`);
    }
  }
});

test('a measure that knows its own task-level beats all nulls', () => {
  const found = precedences([planted(0.6)], { signals: ['rankme rise'] });
  for (const difficulty of ['easy', 'hard', 'all']) {
    const { precursor, randomEvents, exchanged } = of(found, 'rankme rise', difficulty);
    assert.equal(precursor!.value, 1);
    assert.ok(randomEvents!.p < 0.01);
    // The onset of another task-level is mostly earlier than hard events, so hard ones show less.
    assert.ok(exchanged!.p < (difficulty === 'hard' ? 0.2 : 0.01));
  }
});

test('a measure that always moves early precedes everything, and the null says that this is nothing', () => {
  const { precursor, randomEvents, exchanged } = of(
    precedences([planted(1)]),
    'rankme fall',
    'all',
  );
  assert.equal(precursor!.value, 1);
  assert.ok(randomEvents!.mean > 0.9);
  assert.ok(randomEvents!.p > 0.05);
  assert.equal(exchanged!.p, 1);
});

test('rises at random steps have rates that the nulls give as well', () => {
  const p = [1, 2, 3, 4, 5, 6].map((seed) => {
    const uniform = noise(seed);
    const steps = measuredSteps(20_000);
    // Events as the null draws them: on the grid, all equally likely.
    const at = () => steps[Math.floor(uniform() * (steps.length - 30)) + 20];
    const plans = TASK_LEVELS.map(() => ({
      emerges: at(),
      falls: [2, 1],
      floor: 2,
      rises: 300 + 3000 * uniform(),
    }));
    const run = syntheticRun({ plan: (_, i) => plans[i] });
    const { randomEvents, exchanged } = of(
      precedences([run], { signals: ['rankme rise'] }),
      'rankme rise',
      'all',
    );
    return Math.min(randomEvents!.p, exchanged!.p);
  });
  assert.ok(p.filter((value) => value < 0.05).length <= 2, p.join(' '));
});

test('measures of the mixture and probes are taken where they are there', () => {
  const steps = measuredSteps(20_000, 150);
  const landscape = steps.flatMap((step) => [
    { step, task: '', measure: 'llc', value: 5 + 50 * smoothStep(step, 40) },
    { step, task: '', measure: 'hessian_top', value: Number.NaN },
    {
      step,
      task: 'MOD',
      level: 1,
      measure: 'fisher_rank',
      value: 2 + 9 * smoothStep(step, 3000),
    },
  ]);
  const probes = steps.flatMap((step) =>
    TASK_LEVELS.flatMap(({ task, level, index }) =>
      [0, 1].map((layer) => ({
        ...{ step, task, level, layer, chance: 0.5 },
        accuracy: layer === 0 ? 0.5 : 0.5 + 0.5 * smoothStep(step, emerges(index) / 3),
      })),
    ),
  );
  const run = { ...planted(1), landscape, probes };
  const all = precedences([run]);
  assert.equal(of(all, 'llc rise', 'all').precursor!.value, 1);
  assert.equal(of(all, 'llc rise', 'all').exchanged, undefined);
  assert.equal(all.filter(({ signal }) => signal.startsWith('hessian')).length, 0);
  const fisher = of(all, 'fisher_rank by task rise', 'all');
  assert.deepEqual([fisher.precursor!.of, fisher.counts.lagging], [1, 1]);
  const found = probeLeads([run]);
  assert.equal(found.precursor!.count, 24);
  assert.ok(found.leads.every(({ layer }) => layer === 1));
  assert.ok(Math.abs(found.medianFactor! - 3) < 0.5);
  const without = probeLeads([planted(1)]);
  assert.equal(without.precursor, undefined);
  assert.match(without.reason!, /no probes.csv: nano, seed 0/);
});

test('checkpoints whose LLC is negative are no part of its series', () => {
  const landscape = [-200, -30, 5, 38, 20, 9].map((value, i) => ({
    ...{ step: 10 * i, task: '', measure: 'llc', value },
  }));
  const run = { ...planted(1), landscape };
  const llc = allSignals().find(({ id }) => id === 'llc rise')!;
  assert.deepEqual(llc.series(run, 'MOD', 1), { steps: [20, 30, 40, 50], values: [5, 38, 20, 9] });
});

test('a run in which nothing emerges, and an empty class, are named without a NaN', () => {
  const silent = syntheticRun({ steps: 300, plan: () => ({ falls: [8, 4], floor: 2 }) });
  const none = precedences([silent]);
  assert.ok(none.length > 0);
  for (const { precursor, reason } of none) {
    assert.equal(precursor, undefined);
    assert.match(reason!, /no task-level of this class emerges/);
  }
  const [first] = TASK_LEVELS;
  const lone = syntheticRun({
    levels: [first],
    plan: () => ({ emerges: 500, falls: [8, 4], floor: 2, rises: 100 }),
  });
  assert.equal(of(precedences([lone]), 'rankme rise', 'easy').precursor, undefined);
  assert.equal(of(precedences([lone]), 'rankme rise', 'hard').precursor!.count, 1);
  for (const row of sensitivity([silent])) {
    assert.ok(Object.values(row).every((value) => !Number.isNaN(value)));
    assert.equal(row.events, 0);
  }
});

test('sensitivity: choices that cannot matter do not, those that must do', () => {
  const rows = sensitivity([planted(0.7)]);
  const row = (choice: string) => rows.find((one) => one.choice === choice)!;
  assert.equal(row('as defined').hardRate, 1);
  assert.equal(row('emergence held for 1').hardRate, 1);
  // 1 / 0.7 is within a factor of 2.
  assert.equal(row('synchronous within a factor of 2').hardRate, 0);
});
