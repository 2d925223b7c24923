import assert from 'node:assert/strict';
import test from 'node:test';
import { behavior, type TokenAnswer, tokenAnswer } from '../../lib/measures/behavior';
import { near } from './helpers';

/** Log-probabilities of a three-token alphabet after another row of numbers, which must not matter. */
const rows = Float32Array.from([9, 9, 9, Math.log(0.7), Math.log(0.2), Math.log(0.1)]);
const blind = [
  { tokens: [0, 1], shares: [0.5, 0.5], entropy: Math.log(2) },
  { tokens: [0], shares: [1], entropy: 0 },
];

test('an answer token: its log-probability, whether it is chosen, and its distance to blind answers', () => {
  const first = tokenAnswer(rows, 3, 3, 0, blind);
  near(first.logProb, Math.log(0.7), 1e-6);
  assert.equal(first.right, true);
  const [even, certain] = first.divergences;
  near(even, 0.5 * Math.log(0.5 / 0.7) + 0.5 * Math.log(0.5 / 0.2), 1e-6);
  near(certain, -Math.log(0.7), 1e-6);
  assert.equal(tokenAnswer(rows, 3, 3, 1, blind).right, false);
});

test('accuracy counts whole answers; log-probability weighs samples evenly, divergences tokens', () => {
  const token = (logProb: number, right: boolean, divergence: number): TokenAnswer => ({
    logProb,
    right,
    divergences: [divergence],
  });
  const result = behavior([
    [token(-1, true, 0.1), token(-3, true, 0.2)],
    [token(-4, false, 0.6)],
    [token(-0.5, true, 0.1), token(-0.5, false, 0)],
  ]);
  assert.equal(result.accuracy, 1 / 3);
  near(result.logProb, (-2 - 4 - 0.5) / 3, 1e-12);
  near(result.divergences[0], 1 / 5, 1e-12);
  assert.ok(Object.isFrozen(result));
});

test('missing samples, missing answers and broken scores are refused', () => {
  assert.throws(() => behavior([]), /at least one sample/);
  assert.throws(() => behavior([[]]), /no answer position/);
  const broken = { logProb: Number.NaN, right: false, divergences: [] };
  assert.throws(() => behavior([[broken]]), /not finite/);
});
