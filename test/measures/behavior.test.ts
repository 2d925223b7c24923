import assert from 'node:assert/strict';
import test from 'node:test';
import { behavior, tokenAnswer } from '../../lib/measures/behavior';

const ln = Math.log;

test('a token: log-probability, first choice and distance to blind answers by hand', () => {
  const scores = Float32Array.from([0, 0, ln(0.5), ln(0.3), ln(0.2)]);
  const blind = [
    { tokens: [0], shares: [1], entropy: 0 },
    { tokens: [0, 1], shares: [0.5, 0.5], entropy: ln(2) },
    {
      tokens: [0, 1, 2],
      shares: [0.5, 0.3, 0.2],
      entropy: -(0.5 * ln(0.5) + 0.3 * ln(0.3) + 0.2 * ln(0.2)),
    },
  ];
  const answer = tokenAnswer(scores, 2, 3, 1, blind);
  assert.ok(Math.abs(answer.logProb - ln(0.3)) < 1e-6);
  assert.equal(answer.right, false);
  assert.equal(tokenAnswer(scores, 2, 3, 0, []).right, true);
  const wanted = [-ln(0.5), 0.5 * ln(0.5 / 0.5) + 0.5 * ln(0.5 / 0.3), 0];
  answer.divergences.forEach((value, i) => {
    assert.ok(Math.abs(value - wanted[i]) < 1e-6, `${i}: ${value}`);
  });
});

test('behavior: exact match needs every token; log-probability is per token, then over samples', () => {
  const token = (logProb: number, right: boolean) => ({ logProb, right, divergences: [1, 0] });
  const found = behavior([
    [token(-1, true), token(-3, true)],
    [token(-4, false)],
    [token(0, true), token(0, false), token(0, true)],
  ]);
  assert.ok(Math.abs(found.accuracy - 1 / 3) < 1e-12);
  assert.equal(found.logProb, (-2 - 4 + 0) / 3);
  assert.deepEqual(found.divergences, [1, 0]);
});

test('nothing to judge, or scores that are not finite, are refused', () => {
  assert.throws(() => behavior([]), /at least one sample/);
  assert.throws(() => behavior([[]]), /no answer position/);
  const broken = { logProb: Number.NaN, right: false, divergences: [0] };
  assert.throws(() => behavior([[broken]]), /weights are not finite/);
});
