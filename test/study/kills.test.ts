import assert from 'node:assert/strict';
import test from 'node:test';
import { killsOf } from './kills';

const skip = process.env.ANATOMY_KILLS
  ? false
  : 'it starts some thirty processes, minutes on two cores: set ANATOMY_KILLS=1, or npm run check -- --kills 12';

test('killed at random moments and within writes, trainings, measurings and studies end bit by bit as undisturbed', {
  skip,
}, async () => {
  const kills = await killsOf(3, 1, () => {});
  assert.deepEqual(kills, { train: 1, measure: 1, study: 1 });
});
