import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { ROOT } from '../../lib/environment/paths';
import { tf } from '../../lib/environment/tensorflow';
import { initialParameters, parameterCount, parameterSpecs } from '../../lib/model/parameters';
import { customModel, modelConfig, SCALES } from '../../lib/model/scales';
import { answerLoss, forward, type Parameters } from '../../lib/model/transformer';
import { CONTEXT, generator, VOCABULARY } from '../../lib/tasks';

const fixture = JSON.parse(
  readFileSync(join(ROOT, 'test/fixtures/model/transformer.json'), 'utf8'),
);
const config = customModel({ scale: 'custom', ...fixture.config });

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

test('scales have the sizes that the paper names at its ends', () => {
  const count = (scale: string) => parameterCount(modelConfig(scale, VOCABULARY, CONTEXT));
  assert.ok(Math.abs(count('nano') / 405e3 - 1) < 0.02, String(count('nano')));
  assert.ok(Math.abs(count('large') / 85e6 - 1) < 0.02, String(count('large')));
  assert.ok(Math.abs(count('xlarge') / 151e6 - 1) < 0.02, String(count('xlarge')));
  const counts = SCALES.map(count);
  assert.deepEqual(
    [...counts].sort((a, b) => a - b),
    counts,
  );
});

test('the start is that of GPT-2 and comes from the generator alone', () => {
  const random = () => {
    const source = generator(0, 'start');
    return () => source.gaussian();
  };
  const nano = modelConfig('nano', VOCABULARY, CONTEXT);
  const [one, two] = [initialParameters(nano, random()), initialParameters(nano, random())];
  assert.deepEqual(one, two);
  const std = (values: Float32Array) =>
    Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  assert.ok(Math.abs(std(one['h.0.attn.c_attn.w']) / 0.02 - 1) < 0.02);
  assert.ok(Math.abs(std(one['h.0.mlp.c_proj.w']) / (0.02 / 2) - 1) < 0.02);
  assert.ok(one['ln_f.g'].every((value) => value === 1));
});

test('shapes that cannot be are named', () => {
  assert.throws(() => modelConfig('tiny', 10, 10), /Unknown scale "tiny": use one of nano, micro/);
  assert.throws(
    () => customModel({ ...config, width: 10 }),
    /width 10 cannot be split into 4 heads/,
  );
  assert.throws(() => customModel({ ...config, layers: 0 }), /layers is 0/);
});
