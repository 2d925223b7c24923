import assert from 'node:assert/strict';
import test from 'node:test';
import { publishedClaims } from '../../lib/findings/claims';
import { emergenceStep } from '../../lib/findings/emergence';
import { floors, rankSeries } from '../../lib/findings/floors';
import type { BehaviorRow, GeometryRow } from '../../lib/study/tables';

const STEPS = [0, 1, 2, 4, 8, 16, 32, 64, 128];

function geometry(rank: number[], task = 'ADD', level = 1): GeometryRow[] {
  return STEPS.flatMap((step, i) =>
    [0, 1].map((layer) => ({
      ...{ step, task, level, layer, position: 'prompt' as const },
      rankme: layer === 1 ? rank[i] : 9,
      rankme_centered: 2 * rank[i],
    })),
  );
}

function behavior(accuracy: number[], task = 'ADD', level = 1): BehaviorRow[] {
  return STEPS.map((step, i) => ({ step, task, level, accuracy: accuracy[i], log_prob: -1 }));
}

const RANK = [10, 9, 6, 3, 2, 2, 4, 6.5, 8];

test('a planted start, floor, recovery and emergence come back', () => {
  const [floor] = floors(
    { geometry: geometry(RANK), behavior: behavior([0, 0, 0, 0, 0.7, 0, 0.6, 0.7, 0.9]) },
    () => 0.1,
  );
  assert.deepEqual(floor, {
    ...{
      task: 'ADD',
      level: 1,
      layer: 1,
      start: 10,
      floor: 2,
      floorStep: 8,
      fall: 0.8,
      recovered: 8,
    },
    // Half of the fall is regained at 6; the lone 0.7 at step 8 does not hold.
    ...{ recoveryStep: 64, emergenceStep: 32 },
  });
});

test('what never emerges or never recovers is undefined, not dropped', () => {
  const flat = [5, 4, 3, 2, 1.5, 1.4, 1.3, 1.2, 1.1];
  const found = floors(
    { geometry: geometry(flat), behavior: behavior(flat.map(() => 0.1)) },
    () => 0.1,
  );
  assert.equal(found.length, 1);
  assert.equal(found[0].recoveryStep, undefined);
  assert.equal(found[0].emergenceStep, undefined);
  assert.equal(found[0].floorStep, 128);
});

test('a rank that only rises has no fall', () => {
  const [floor] = floors(
    { geometry: geometry([1, 2, 3, 4, 5, 6, 7, 8, 9]), behavior: [] },
    () => 0,
  );
  assert.equal(floor.fall, 0);
  assert.equal(floor.recoveryStep, undefined);
});

test('layer and centering are chosen; unknown layers are named', () => {
  const rows = geometry(RANK);
  assert.deepEqual(
    rankSeries(rows, { layer: 0 })[0].rank,
    STEPS.map(() => 9),
  );
  assert.deepEqual(
    rankSeries(rows, { centered: true })[0].rank,
    RANK.map((rank) => 2 * rank),
  );
  assert.throws(() => rankSeries(rows, { layer: 2 }), /no layer 2: this run has the layers 0 to 1/);
  assert.deepEqual(rankSeries([]), []);
});

test('emergence needs the threshold over chance, held', () => {
  const rows = behavior([0.5, 0.5, 0.74, 0.75, 0.75, 0.75, 0.7, 0.9, 0.9]);
  assert.equal(emergenceStep(rows, 0.5), 4);
  assert.equal(emergenceStep(rows, 0.5, { share: 0.5, held: 4 }), undefined);
  assert.equal(emergenceStep(rows, 0.5, { share: 0.8, held: 2 }), 64);
  assert.equal(emergenceStep([], 0), undefined);
});

test('every published claim is complete, and ids are unique', () => {
  const claims = publishedClaims();
  assert.equal(new Set(claims.map(({ id }) => id)).size, claims.length);
  for (const claim of claims) {
    for (const field of ['version', 'claim', 'published', 'certainty', 'notebook'] as const) {
      assert.ok(claim[field], `${claim.id} ${field}`);
    }
  }
  assert.ok(publishedClaims('01').length > 0);
});
