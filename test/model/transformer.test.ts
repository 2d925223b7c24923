import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { ROOT } from '../../lib/environment/paths';
import { tf } from '../../lib/environment/tensorflow';
import { parameterSpecs } from '../../lib/model/parameters';
import { modelConfig } from '../../lib/model/scales';
import { answerLoss, forward, type Parameters } from '../../lib/model/transformer';

const fixture = JSON.parse(
  readFileSync(join(ROOT, 'test/fixtures/model/transformer.json'), 'utf8'),
);
const { vocabulary, context, ...shape } = fixture.config;
const config = modelConfig(shape, vocabulary, context);

/** The fixture's weights: the same formula as in make.py. */
function weights(): Parameters {
  let counter = 0;
  return Object.fromEntries(
    parameterSpecs(config).map(({ name, shape }) => {
      const size = shape.reduce((a, b) => a * b);
      const values = Float32Array.from({ length: size }, (_, i) => {
        const n = counter + i;
        return 0.3 * Math.sin(0.7 * n + 0.001 * n ** 2);
      });
      counter += size;
      return [name, tf.tensor(values, [...shape])];
    }),
  );
}

function assertClose(found: tf.Tensor, wanted: number[], what: string): void {
  const values = found.dataSync();
  const scale = Math.max(...wanted.map(Math.abs));
  assert.equal(values.length, wanted.length, what);
  wanted.forEach((value, i) => {
    assert.ok(
      Math.abs(values[i] - value) < 1e-5 * scale,
      `${what}[${i}]: ${values[i]}, not ${value}`,
    );
  });
}

test('logits, hidden states and loss equal those of PyTorch to 1e-5', () => {
  const tokens = tf.tensor2d(fixture.tokens, undefined, 'int32');
  const { logits, states } = forward(config, weights(), tokens);
  assertClose(logits, fixture.logits, 'logits');
  assert.equal(states.length, config.layers + 1);
  states.forEach((state, i) => {
    assertClose(state, fixture.states[i], `states ${i}`);
  });
  const targets = tf.mod(tf.add(tokens, 1), config.vocabulary).toInt() as tf.Tensor2D;
  const weight = tf.tensor2d(
    fixture.tokens.map((row: number[]) => row.map((_, t) => (t >= 3 ? 1 : 0))),
  );
  assertClose(answerLoss(logits, targets, weight as tf.Tensor2D), [fixture.loss], 'loss');
});

test('a position sees nothing of what comes after it', () => {
  const one = tf.tensor2d([[1, 2, 3, 4]], [1, 4], 'int32');
  const other = tf.tensor2d([[1, 2, 9, 8]], [1, 4], 'int32');
  const parameters = weights();
  const [a, b] = [one, other].map((tokens) =>
    forward(config, parameters, tokens).logits.arraySync(),
  );
  assert.deepEqual(a[0].slice(0, 2), b[0].slice(0, 2));
  assert.notDeepEqual(a[0][2], b[0][2]);
});
