import assert from 'node:assert/strict';
import test from 'node:test';
import { forecastsOf } from '../../lib/findings/forecast';
import { skillOf } from '../../lib/findings/prediction';
import type { MeasuredRun } from '../../lib/findings/series';
import * as say from '../../lib/findings/summaries';
import { thresholds } from '../../lib/findings/thresholds';
import { ledger } from '../../lib/ledger/ledger';
import { falls, syntheticRun } from '../findings/synthetic';

/** A first look, in which little is acquired: COPY 1 everywhere, ADD 1 at nano alone. */
const first = (scale: string, seed = 0, steps = 2000): MeasuredRun => ({
  ...syntheticRun({
    ...{ scale, seed, steps, tasks: ['COPY', 'ADD', 'MOD', 'SORT', 'MUL'] },
    plan: (task, i) => ({
      rank: () => falls(2 + i, 200 + 30 * i),
      acquired: { COPY: [1200], ADD: scale === 'nano' ? [1500] : [] }[task] ?? [],
    }),
  }),
  ...{ landscape: [], probes: [] },
});
const seeds = [0, 1, 2, 3, 4].map((seed) => first('nano', seed));
/** What may be there: one seed, sizes, seeds of one size with a longer run among them, runs that tell nothing. */
const SETS: Record<string, readonly MeasuredRun[]> = {
  none: [],
  'one run': [seeds[0]],
  'three sizes': [seeds[0], first('micro'), first('small')],
  'one longer': [first('nano', 0, 20_000), ...seeds.slice(1), first('micro')],
  'nothing acquired, and too short': [
    syntheticRun({ steps: 1500, plan: () => ({ rank: () => falls(2, 200) }) }),
    syntheticRun({ seed: 1, steps: 300, plan: () => ({ rank: () => falls(2, 200) }) }),
  ],
};

for (const [name, runs] of Object.entries(SETS)) {
  test(`${name}: each claim has its sentences, no number is lost, and few cases judge nothing`, () => {
    for (const { id, by_its_rule, worth } of ledger(runs)) {
      for (const words of [by_its_rule.value, worth.value]) {
        assert.doesNotMatch(words, /NaN|undefined|Infinity|null/, `${id}: ${words}`);
        assert.match(words, /^[A-Zv].*\.$/s, id);
      }
      for (const end of by_its_rule.interval ?? []) assert.ok(Number.isFinite(end), id);
    }
    assert.doesNotMatch(say.doneAtMinimum(thresholds(runs)), /NaN|undefined/);
    for (const setting of ['v1', 'v4', 'ours'] as const) {
      for (const kind of ['coarse', 'hard'] as const) {
        const { estimate, reason } = skillOf(forecastsOf(runs, setting), kind);
        assert.ok(estimate ? Number.isFinite(estimate.value) : reason);
      }
    }
  });
}

test('precursors and order are not judged by a first look that acquires one hard task-level', () => {
  const rows = new Map(ledger([seeds[0]]).map((row) => [row.id, row]));
  for (const id of ['precursor-v1', 'precursor-v4', 'gradient-v4', 'log-prob-v4', 'sequence-v4']) {
    const { by_its_rule, worth } = rows.get(id)!;
    assert.deepEqual(
      [by_its_rule.verdict, worth.verdict],
      ['cannot be judged', 'cannot be judged'],
      id,
    );
  }
  assert.equal(rows.get('concordance-v4')!.by_its_rule.verdict, 'cannot be judged');
});
