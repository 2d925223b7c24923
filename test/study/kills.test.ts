import assert from 'node:assert/strict';
import test from 'node:test';
import { killsOf } from './kills';

test('killed at random moments and within writes, trainings, measurings and studies end bit by bit as undisturbed', async () => {
  const kills = await killsOf(12, 1, () => {});
  assert.deepEqual(kills, { train: 4, measure: 4, study: 4 });
});
