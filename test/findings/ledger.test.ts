import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { ROOT } from '../../lib/environment/paths';
import { publishedClaims } from '../../lib/findings/claims';
import { SETTLED_RUN, WHOLE_RUN } from '../../lib/findings/definitions';
import { type LedgerRow, ledger } from '../../lib/findings/ledger';
import { judgeNumber, judgeUniversal, type Verdict, weaker } from '../../lib/findings/verdict';
import { trajectories } from '../../lib/pythia/trajectory-folder';
import { PLAN } from '../../lib/study/plan';
import { studyRuns } from '../../lib/study/run-folder';
import { measuredSteps } from '../../lib/training/schedule';
import { smoothStep, syntheticRun } from './synthetic';

const VERDICTS = ['replicates', 'partly', 'does not', 'cannot be judged from this data'];
const late = (i: number) => Math.round(150 * 1.2 ** i);
/** Half of RankMe's rise comes after `factor` times the steps that emergence takes. */
const world = (scale: string, factor: number, falls: readonly number[], floor = 2) =>
  syntheticRun({
    scale,
    plan: (_, i) => ({ emerges: late(i), falls, floor, rises: factor * late(i) }),
  });
const verdict = (rows: readonly LedgerRow[], id: string) =>
  rows.find((row) => row.id === id)!.verdict;

test('rules: an interval that meets, a side of the middle, neither, and one too wide to tell', () => {
  const of = (value: number, low: number, high: number) => ({ value, low, high });
  assert.equal(judgeNumber(of(0.8, 0.7, 0.9), [0.75, 1], 0.5), 'replicates');
  assert.equal(judgeNumber(of(0.6, 0.55, 0.65), [0.75, 1], 0.5), 'partly');
  assert.equal(judgeNumber(of(0.4, 0.3, 0.5), [0.75, 1], 0.5), 'does not');
  assert.equal(judgeNumber(of(0.5, 0.1, 0.9), [0.75, 1], 0.5), 'cannot be judged from this data');
  assert.equal(judgeNumber(of(0.5, 0.1, 0.9), [0.57, 0.9], 0, [-1, 1]), 'replicates');
  assert.equal(judgeUniversal(0.95), 'replicates');
  assert.equal(judgeUniversal(0.6), 'partly');
  assert.equal(judgeUniversal(0.2), 'does not');
  assert.equal(weaker('replicates', 'partly'), 'partly');
  assert.equal(weaker('cannot be judged from this data', 'does not'), 'does not');
});

test('every claim has a row with the fields of the issue, judged or with its reason', () => {
  for (const runs of [[], [world('nano', 0.5, [20, 10])]]) {
    const rows = ledger(runs);
    assert.deepEqual(
      rows.map(({ id }) => id),
      publishedClaims().map(({ id }) => id),
    );
    for (const row of rows) {
      const fields = 'id version claim published ours interval verdict notebook'.split(' ');
      assert.deepEqual(Object.keys(row), fields);
      assert.ok(VERDICTS.includes(row.verdict), row.verdict);
      assert.ok(row.ours.length > 0, row.id);
      assert.ok(!/NaN|undefined|Infinity/.test(JSON.stringify(row)), JSON.stringify(row));
      if (row.interval) assert.ok(row.interval[0] <= row.interval[1]);
      if (runs.length === 0) assert.equal(row.verdict, 'cannot be judged from this data');
    }
  }
  assert.equal(ledger([], '02').length, publishedClaims('02').length);
});

test('short and unfinished runs are not looked at, and the reason is told', () => {
  const whole = world('nano', 0.5, [20, 10]);
  const info = (more: object) => ({ ...whole, info: { ...whole.info, ...more } });
  for (const run of [info({ step: WHOLE_RUN - 1 }), info({ ended: false })]) {
    const [row] = ledger([run], '03');
    assert.equal(row.verdict, 'cannot be judged from this data');
    assert.match(row.ours, /no ended run of 3,000 or more updates/);
  }
});

test('claims about collapse need fewer updates', () => {
  const whole = world('nano', 0.5, [20, 10]);
  const run = { ...whole, info: { ...whole.info, step: SETTLED_RUN } };
  assert.equal(ledger([run], '02')[0].verdict, 'partly');
  const short = { ...whole, info: { ...whole.info, step: SETTLED_RUN - 1 } };
  assert.match(ledger([short], '02')[0].ours, /no ended run of 1,000 or more updates/);
});

test('a world in which the claims hold replicates them', () => {
  const steps = measuredSteps(20_000, 100);
  // The Hessian's eigenvalue grows when all is over.
  const landscape = steps.flatMap((step) => [
    { step, task: '', measure: 'hessian_top', value: 1 + 9 * smoothStep(step, 14_000, 0.05) },
  ]);
  const worlds = ['nano', 'micro'].map((scale) => ({
    ...world(scale, 0.5, [40, 30, 20, 10]),
    landscape,
  }));
  const rows = ledger(worlds);
  for (const id of [
    ...['collapse-v1', 'floor-invariance-v1', 'floor-mod-v1', 'sequence-v1', 'events-v3'],
    ...['order-v1', 'order-v3', 'order-v4', 'precursor-v1', 'precursor-v3'],
    ...['hessian-v4'],
  ]) {
    assert.equal(verdict(rows, id), 'replicates', id);
  }
  // Two of five scales.
  assert.equal(verdict(rows, 'scales-v1'), 'partly');
  assert.equal(verdict(rows, 'llc-v1'), 'cannot be judged from this data');
  assert.equal(verdict(rows, 'swap-v1'), 'cannot be judged from this data');
});

test('a peak of the landscape that two checkpoints see counts in one of two readings', () => {
  const steps = [0, 5, 10, 15, 20, 300, 1000, 5000, 20_000];
  const peak = (value: (step: number) => number) =>
    ['nano', 'micro'].map((scale) => ({
      ...world(scale, 0.5, [40, 30, 20, 10]),
      landscape: steps.map((step) => ({
        ...{ step, task: '', measure: 'hessian_top', value: value(step) },
      })),
    }));
  const judged = (value: (step: number) => number) =>
    ledger(peak(value)).find(({ id }) => id === 'hessian-v4')!;
  const two = judged((step) => (step === 10 || step === 15 ? 10 : 1));
  assert.equal(two.verdict, 'partly');
  assert.match(
    two.ours,
    /^Hessian, top eigenvalue rises 0 %: 0 of (\d+) .*, \1 without the change/,
  );
  assert.match(two.ours, /where one checkpoint holds a change, .* 100 %/);
  const held = judged((step) => (step >= 10 && step <= 20 ? 10 : 1));
  assert.equal(held.verdict, 'does not');
  assert.doesNotMatch(held.ours, /one checkpoint/);
});

test('a world in which they fail does not', () => {
  // Bottom-up, floors that grow with scale, no rise before emergence.
  const rows = ledger([world('nano', 3, [10, 20, 30, 40]), world('micro', 3, [10, 20, 30, 40], 9)]);
  for (const id of [
    'floor-invariance-v1',
    'order-v1',
    'order-v3',
    'order-v4',
    'precursor-v1',
    'precursor-v3',
  ]) {
    assert.equal(verdict(rows, id), 'does not', id);
  }
  // Half of the scales have the floor of 2.
  assert.equal(verdict(rows, 'floor-mod-v1'), 'partly');
});

test('one size judges a claim about every size partly at most', () => {
  const rows = ledger([world('nano', 0.5, [40, 30, 20, 10])]);
  for (const id of ['order-v1', 'precursor-v3', 'floor-mod-v1']) {
    assert.equal(verdict(rows, id), 'partly', id);
  }
});

test("README.md counts the verdicts of the study's runs", () => {
  // Runs and measurements that a user has added say nothing about what README counts.
  const planned = new Set(PLAN.map(({ folder }) => folder));
  const runs = studyRuns().filter(({ folder }) => planned.has(folder));
  const rows = ledger(runs, undefined, trajectories([]));
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const columns: readonly Verdict[] = [
    'replicates',
    'partly',
    'does not',
    'cannot be judged from this data',
  ];
  for (const number of ['01', '02', '03', '04', '05']) {
    const counts = columns.map((verdict) =>
      String(rows.filter((row) => row.notebook === number && row.verdict === verdict).length),
    );
    const line = readme.split('\n').find((text) => text.startsWith(`| [${number} `)) ?? '';
    const cells = line.split('|').map((cell) => cell.trim());
    assert.deepEqual(cells.slice(3, 7), counts, `README.md, row of notebook ${number}`);
  }
});
