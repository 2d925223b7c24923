import assert from 'node:assert/strict';
import test from 'node:test';
import { paperDoubts, paperTables, publishedClaims, publishedStep } from '../../lib/findings/paper';
import { ledger } from '../../lib/ledger/ledger';
import { VERDICTS } from '../../lib/ledger/verdict';
import { SCALES } from '../../lib/model/scales';
import { TASKS } from '../../lib/tasks';

test('the ledger has a row a claim, each with two verdicts, and says that no runs say nothing', () => {
  const rows = ledger([]);
  assert.deepEqual(
    rows.map(({ id }) => id),
    publishedClaims().map(({ id }) => id),
  );
  for (const { id, by_its_rule, worth } of rows) {
    assert.equal(by_its_rule.verdict, 'cannot be judged', id);
    assert.ok(VERDICTS.includes(worth.verdict), id);
    assert.ok(by_its_rule.value.length > 0 && worth.test.length > 0, id);
  }
});

test('a notebook’s rows and rows from another workspace are taken', () => {
  const [row] = ledger([], '02');
  assert.deepEqual([row.id, row.notebook], ['order-v1', '02']);
  const other = { ...row, id: 'pythia-gap', notebook: '05' };
  assert.ok(!ledger([], '02', [other]).includes(other));
  assert.equal(ledger([], undefined, [other]).at(-1), other);
});

test('a row has the fields that --json promises, and no more', () => {
  for (const row of ledger([])) {
    const { by_its_rule, worth, ...rest } = row;
    assert.deepEqual(Object.keys(rest), ['id', 'version', 'claim', 'published', 'notebook']);
    assert.deepEqual(Object.keys(by_its_rule), ['value', 'interval', 'verdict']);
    assert.deepEqual(Object.keys(worth), ['test', 'value', 'verdict']);
  }
});

test('each doubt about the paper, C1 to C11, is of a claim that the ledger judges', () => {
  const doubts = Object.keys(paperDoubts());
  assert.deepEqual(
    doubts,
    Array.from({ length: 11 }, (_, i) => `C${i + 1}`),
  );
  const asked = new Set(publishedClaims().flatMap((claim) => claim.doubts ?? []));
  assert.deepEqual([...asked].sort(), [...doubts].sort());
});

test('published tables hold together: ids are of one claim, every task-level and size is known', () => {
  const ids = publishedClaims().map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const { acquisition_v1, acquisition_v4 } = paperTables();
  assert.deepEqual(acquisition_v1.scales, SCALES.slice(0, 5));
  assert.deepEqual(acquisition_v4.scales, SCALES);
  const names = TASKS.flatMap(({ name, levels }) => levels.map((_, i) => `${name} ${i + 1}`));
  for (const { steps } of [acquisition_v1, acquisition_v4]) {
    assert.deepEqual(Object.keys(steps).sort(), [...names].sort());
  }
  assert.equal(publishedStep('v4', 'MOD 2', 'nano'), 6500);
  assert.equal(publishedStep('v1', 'MOD 2', 'xlarge'), undefined);
  assert.equal(publishedStep('v4', 'MUL 3', 'nano'), null);
});
