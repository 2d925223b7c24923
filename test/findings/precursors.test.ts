import assert from 'node:assert/strict';
import test from 'node:test';
import { NULL_DRAWS, type PrecursorName, precedence } from '../../lib/findings/precursors';
import { type MeasuredRun, rankSeries } from '../../lib/findings/series';
import { landscapeSignal, RANKS, signalsOf } from '../../lib/findings/signals';
import { holm } from '../../lib/findings/statistics';
import * as say from '../../lib/findings/summaries';
import { pValue, tested } from '../../lib/findings/words';
import { measuredSteps } from '../../lib/training/schedule';
import { falls, type Knots, noise, syntheticRun } from './synthetic';

const [RANK, PRINTED] = RANKS;
const LEAST = 1 / (NULL_DRAWS + 1);
/** Task `i` is acquired here, all levels together. */
const acquired = (i: number) => 1000 + 700 * i;
/** A rank that falls with the others at step 200, and jumps up at a step of its own. */
const jumps = (at: number): Knots => [...falls(2, 200, 1e9).slice(0, 2), [at - 100, 2], [at, 20]];
const planted = (jumpOf: (i: number) => number, seed = 0): MeasuredRun =>
  syntheticRun({
    seed,
    plan: (_, i) => ({
      rank: () => jumps(jumpOf(i)),
      acquired: [1, 2, 3].map(() => acquired(i)),
    }),
  });
const rule = (run: MeasuredRun, name: PrecursorName, of: 'hard' | 'all' = 'all') =>
  precedence([run], RANK, name, of);

test("v1's rule gives a planted lead or lag back, and says so in words", () => {
  const ahead = rule(
    planted((i) => acquired(i) - 500),
    'v1',
  );
  assert.equal(ahead.rate!.value, 1);
  assert.equal(ahead.rate!.of, 8);
  assert.equal(ahead.medianLead, 500);
  assert.equal(say.medianLead(ahead), 'The median lead of RankMe as measured is 500 steps.');
  assert.equal(
    say.precedes(ahead),
    "RankMe as measured precedes acquisition in 8 of 8 tasks by v1's rule (95 % interval 68 % to 100 %).",
  );
  const behind = rule(
    planted((i) => acquired(i) + 500),
    'v1',
  );
  assert.equal(behind.rate!.value, 0);
  assert.equal(behind.medianLead, -500);
});

test("v1's rule finds precursors of random events, too, but fewer than where the lead is planted", () => {
  const found = rule(
    planted((i) => acquired(i) - 500),
    'v1',
  );
  assert.ok(found.randomEvents!.mean > 0.05 && found.randomEvents!.mean < 0.6);
  assert.ok(found.randomEvents!.p < 0.05);
});

test('C4: one shared minimum precedes everything by v4, and exchanged tasks do as well', () => {
  const found = rule(
    planted((i) => acquired(i) + 5000),
    'v4',
    'hard',
  );
  assert.deepEqual([found.rate!.count, found.rate!.of], [9, 9]);
  assert.equal(found.exchanged!.mean, 1);
  assert.equal(found.exchanged!.p, 1);
  assert.ok(found.randomEvents!.mean > 0.9);
  assert.match(say.nulls(found), /Another task’s measure would give 100 % \(p = 1\)\./);
});

test('our rule: a rise that knows of its task beats both nulls; p is no less than draws can give', () => {
  const found = rule(
    planted((i) => acquired(i) / 1.4),
    'ours',
  );
  assert.equal(found.rate!.value, 1);
  assert.ok(Math.abs(found.medianLead! - 1.4) < 0.1, `${found.medianLead}`);
  assert.equal(found.exchanged!.p, LEAST);
  assert.match(say.nulls(found), /Another task’s measure would give \d+ % \(p ≤ 0\.0004\)\./);
  const late = rule(
    planted((i) => acquired(i)),
    'ours',
  );
  assert.equal(late.rate!.value, 0);
});

test('a measure at too few of a rule’s steps is no case, rather than one that fails', () => {
  const run = planted((i) => acquired(i) - 500);
  const rest = { standard_error: undefined, residual: undefined, acceptance: undefined };
  const measured = (steps: readonly number[]) => ({
    ...run,
    landscape: ['ADD', 'MOD'].flatMap((task) =>
      steps.map((step) => {
        const row = { ...rest, drift: undefined, step_size: undefined, note: '' };
        return { step, task, level: undefined, measure: 'own', value: 20_000 - step, ...row };
      }),
    ),
  });
  const own = landscapeSignal('own');
  const seven = [0, 100, 1000, 2000, 3000, 4000, 5000];
  assert.equal(precedence([measured(seven)], own, 'v4').rate, undefined);
  assert.equal(precedence([measured([...seven, 6000])], own, 'v4').rate!.of, 6);
  // Ours looks at all steps, the paper's rules at its own alone: 333 is none of them.
  assert.equal(precedence([measured([...seven, 333])], own, 'v4').rate, undefined);
  assert.equal(precedence([measured([...seven, 333])], own, 'ours').rate!.of, 6);
});

test('an untaught twin of the same size stands beside it, and is no case itself', () => {
  const run = planted((i) => acquired(i) + 5000);
  const other = planted(() => 15_000);
  const twin = {
    ...other,
    info: { ...other.info, intervention: { name: 'shuffled-answers' } },
  };
  const found = precedence([run, twin], RANK, 'v4', 'hard');
  assert.equal(found.rate!.of, 9);
  assert.equal(found.untaught!.value, 1);
  assert.match(say.nulls(found), /A net taught shuffled answers gives 9 of 9\.$/);
  assert.equal(precedence([run], RANK, 'v4').untaught, undefined);
});

test('rises at random steps are not beyond the nulls', () => {
  const p = [1, 2, 3, 4, 5, 6].flatMap((seed) => {
    const uniform = noise(seed);
    const steps = measuredSteps(20_000).filter((step) => step > 800);
    const at = () => steps[Math.floor(uniform() * (steps.length - 30))];
    const plans = Array.from({ length: 8 }, () => ({
      jump: at() + 100,
      events: [at(), at(), at()],
    }));
    const run = syntheticRun({
      seed,
      plan: (_, i) => ({ rank: () => jumps(plans[i].jump), acquired: plans[i].events }),
    });
    return (['v1', 'v4', 'ours'] as const).map((name) => rule(run, name).exchanged!.p);
  });
  assert.ok(p.filter((value) => value < 0.05).length <= 3, p.join(' '));
});

test('measures of the landscape are signals: by task, by level, or of the mixture; a negative LLC is none', () => {
  const row = { standard_error: undefined, residual: undefined, note: '' };
  const rest = { ...row, acceptance: undefined, drift: undefined, step_size: undefined };
  const steps = [0, 200, 400, 800, 1600, 3200, 4800, 6400];
  const landscape = steps.flatMap((step, i) => [
    { step, task: 'MOD', level: undefined, measure: 'gradient_rank', value: i, ...rest },
    { step, task: 'MOD', level: 2, measure: 'llc', value: i === 0 ? -200 : 10 * i, ...rest },
    { step, task: 'MOD', level: 3, measure: 'llc', value: 30 * i, ...rest },
    { step: 300, task: 'MOD', level: 3, measure: 'llc', value: 9, ...rest, drift: -4 },
    { step: 300, task: 'MOD', level: 3, measure: 'llc', value: 9, ...rest, acceptance: 0.8 },
    { step, task: '', level: undefined, measure: 'own', value: 3 * i, ...rest },
  ]);
  const run = { ...planted(() => 3000), landscape };
  assert.deepEqual(
    signalsOf([run]).map(({ id }) => id),
    [RANK.id, PRINTED.id, 'own', 'gradient_rank', 'llc'],
  );
  const [fisher, llc, own] = ['gradient_rank', 'llc', 'own'].map(landscapeSignal);
  assert.deepEqual(fisher.series(run, 'MOD', 3)!.values, [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(fisher.series(run, 'ADD', 3), undefined);
  assert.deepEqual(llc.series(run, 'MOD', 2)!.values, [10, 20, 30, 40, 50, 60, 70]);
  assert.deepEqual(llc.series(run, 'MOD')!.values, [0, 20, 40, 60, 80, 100, 120, 140]);
  assert.equal(own.series(run, 'ADD', 1)!.values.length, 8);
  assert.equal(precedence([run], own, 'v4').exchanged!.p, 1);
});

test('an unknown rule is named, and so are an unknown position and reading of the rank', () => {
  const run = planted(acquired);
  assert.throws(
    () => rule(run, 'v2' as PrecursorName),
    /Unknown rule of precedence "v2": use one of v1, /,
  );
  const series = (choice: object) => () => rankSeries(run, 'MOD', choice);
  assert.throws(series({ position: 'last' }), /Unknown position "last": use prompt or answer/);
  assert.throws(series({ reading: 'rank' }), /Unknown reading "rank"/);
});

test('where nothing is acquired, it is said', () => {
  const silent = syntheticRun({ steps: 2000, plan: () => ({ rank: () => falls(2, 200) }) });
  for (const name of ['v1', 'v4', 'ours'] as const) {
    const found = rule(silent, name, 'hard');
    assert.equal(found.rate, undefined);
    assert.equal(found.exchanged, undefined);
    assert.match(
      say.precedes(found),
      /not measured at 8 of the rule’s steps in a run that acquires anything/,
    );
  }
});

test('Holm holds back what many tests would give by chance', () => {
  assert.deepEqual(holm([0.04, 0.01, 0.03]), [0.06, 0.03, 0.06]);
  assert.deepEqual(holm([]), []);
  assert.equal(holm([0.9, 0.8])[0], 1);
  assert.equal(tested([0.01, 0.2, 0.9]), "of 3 tests, 1 holds by Holm's rule at 5 %");
  assert.equal(pValue({ p: 1 / 500, draws: 499 }), 'p ≤ 0.002');
  assert.equal(pValue({ p: 0.0123, draws: 499 }), 'p = 0.012');
});
