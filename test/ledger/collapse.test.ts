import assert from 'node:assert/strict';
import test from 'node:test';
import { publishedClaims, publishedCurve } from '../../lib/findings/paper';
import { collapseJudges } from '../../lib/ledger/collapse';
import type { Verdict } from '../../lib/ledger/verdict';
import { falls, type Knots, syntheticRun } from '../findings/synthetic';

const VERDICTS: Verdict[] = ['replicates', 'partly', 'does not replicate', 'cannot be judged'];
const FLOORS: Record<string, number> = { MOD: 2, ADD: 3, SORT: 2.5, MUL: 3 };

/** Floors by task at step 200, the same at every size; half back by 700. */
const runs = ['nano', 'micro', 'small'].map((scale) =>
  syntheticRun({
    scale,
    steps: 3000,
    printed: 3,
    plan: (task) => ({
      rank: () => falls(FLOORS[task] ?? 5, 200, 2500),
      acquired: [1500, 2000, 2500],
    }),
  }),
);
const verdicts = (id: string, given = runs) => {
  const { by_its_rule, worth } = collapseJudges[id](given);
  return [by_its_rule.verdict, worth.verdict];
};

test('every claim of 01 and 02 has a judge, which says that no runs say nothing', () => {
  const claims = [...publishedClaims('01'), ...publishedClaims('02')];
  assert.deepEqual(claims.map(({ id }) => id).sort(), Object.keys(collapseJudges).sort());
  for (const { id } of claims) {
    assert.equal(verdicts(id, [])[0], 'cannot be judged', id);
    for (const verdict of verdicts(id)) assert.ok(VERDICTS.includes(verdict), `${id}: ${verdict}`);
    for (const words of [
      collapseJudges[id](runs).by_its_rule.value,
      collapseJudges[id](runs).worth.value,
    ]) {
      assert.match(words, /^[A-Zv].*\.$/s, id);
      assert.ok(!/undefined|NaN/.test(words), words);
    }
  }
});

test('growth that is sampling replicates by the rule and not by what it is worth', () => {
  assert.deepEqual(verdicts('floor-growth-v1'), ['replicates', 'does not replicate']);
  assert.deepEqual(verdicts('floor-invariance-v1'), ['does not replicate', 'replicates']);
});

test('a collapse that is planted replicates both ways, at one size partly', () => {
  assert.deepEqual(verdicts('collapse-v1'), ['replicates', 'replicates']);
  assert.deepEqual(verdicts('collapse-v1', runs.slice(0, 1)), ['partly', 'replicates']);
});

test('MOD’s floor of 2 is there by the identified rank and three times as high as printed', () => {
  const nano = runs.slice(0, 2);
  assert.deepEqual(verdicts('floor-mod-v1', nano), ['replicates', 'does not replicate']);
});

test('the published curves replicate against themselves, and not as printed', () => {
  const own = ['nano', 'small'].map((scale) =>
    syntheticRun({
      scale,
      steps: 2000,
      printed: 2,
      plan: (task) => ({ rank: () => publishedCurve(task, scale) ?? falls(2, 200) }),
    }),
  );
  assert.deepEqual(verdicts('curves-v1', own), ['replicates', 'does not replicate']);
});

test('runs under an intervention, too short, or of the same scale and seed are left out', () => {
  const changed = { ...runs[0], info: { ...runs[0].info, intervention: { name: 'blind' } } };
  const short = syntheticRun({ steps: 500, plan: () => ({ rank: () => falls(2, 200) }) });
  assert.equal(verdicts('collapse-v1', [changed, short])[0], 'cannot be judged');
  assert.deepEqual(
    collapseJudges['collapse-v1']([...runs, runs[0]]),
    collapseJudges['collapse-v1'](runs),
  );
});

test('C10: floors within the climb have the plain explanation, floors before it have not', () => {
  const climb = (floor: number) =>
    ['nano', 'micro'].map((scale) =>
      syntheticRun({
        ...{ scale, steps: 2000 },
        plan: () => ({
          rank: () => falls(2, floor),
          rungs: { token: 86, previous: 200, task: 400, level: 640 },
        }),
      }),
    );
  assert.deepEqual(verdicts('collapse-early-v1', climb(250)), ['replicates', 'does not replicate']);
  assert.deepEqual(verdicts('collapse-early-v1', climb(40)), ['replicates', 'replicates']);
});

test('C11: labels of micro that are 100 too high are told from labels as printed', () => {
  const micro = (moved: number) =>
    syntheticRun({
      ...{ scale: 'micro', steps: 2000 },
      plan: (task) => ({
        rank: () =>
          (publishedCurve(task, 'micro') ?? falls(2, 200)).flatMap(
            ([step, rank]): Knots => (step - moved < 0 ? [] : [[step - moved, rank]]),
          ),
      }),
    });
  assert.deepEqual(verdicts('micro-steps-v1', [micro(0)]), ['replicates', 'replicates']);
  assert.equal(verdicts('micro-steps-v1', [micro(100)])[1], 'does not replicate');
});
