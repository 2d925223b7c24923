import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { compile } from '../../lib/compile';
import { ROOT } from '../../lib/environment/paths';
import { tf } from '../../lib/environment/tensorflow';
import { hubConfig, type NeoXConfig, neoxConfig } from '../../lib/pythia/config';
import { neoxForward, neoxShapes } from '../../lib/pythia/gpt-neox';

interface Case {
  what: string;
  config: Record<string, unknown>;
  tokens: number[][];
  logits: number[];
  states: number[][];
}
const { cases } = JSON.parse(
  readFileSync(join(ROOT, 'test/fixtures/pythia/neox.json'), 'utf8'),
) as { cases: Case[] };

/** The fixture's weights: the same formula as in neox.py. */
function weights(config: NeoXConfig): Record<string, tf.Tensor> {
  let counter = 0;
  return Object.fromEntries(
    Object.entries(neoxShapes(config)).map(([name, shape]) => {
      const size = shape.reduce((a, b) => a * b);
      const one = shape.length === 1 && name.endsWith('norm.weight') ? 1 : 0;
      const values = Float32Array.from({ length: size }, (_, i) => {
        const n = counter + i;
        return one + 0.3 * Math.sin(0.7 * n + 0.0001 * n ** 2);
      });
      counter += size;
      return [name, tf.tensor(values, shape)];
    }),
  );
}

/** Largest difference, relative to the largest value. */
function difference(found: tf.Tensor, wanted: number[]): number {
  const values = found.dataSync();
  assert.equal(values.length, wanted.length);
  const scale = Math.max(...wanted.map(Math.abs));
  return Math.max(...wanted.map((value, i) => Math.abs(values[i] - value))) / scale;
}

test('the fixture has both shapes', () => {
  assert.equal(cases.length, 2);
});

for (const { what, config: json, tokens, logits, states } of cases) {
  test(`${what}: logits and hidden states equal those of transformers to 1e-5`, () => {
    const config = neoxConfig(json, what);
    const own = weights(config);
    const input = tf.tensor2d(tokens, undefined, 'int32');
    const found = neoxForward(config, own, input);
    assert.equal(found.states.length, config.layers + 1);
    assert.ok(difference(found.logits, logits) < 1e-5);
    for (const [i, state] of found.states.entries()) {
      assert.ok(difference(state, states[i]) < 1e-5, `state ${i}`);
    }
    const compiled = compile(
      (given) => neoxForward(config, own, given as tf.Tensor2D).logits as tf.Tensor,
    );
    assert.ok(difference(compiled(input) as tf.Tensor, logits) < 1e-5, 'compiled');
    compiled.dispose();
  });
}

test('a position sees nothing of what comes after it', () => {
  const config = neoxConfig(cases[0].config, 'pythia');
  const own = weights(config);
  const [a, b] = [
    [1, 2, 3, 4],
    [1, 2, 9, 8],
  ].map((row) =>
    neoxForward(config, own, tf.tensor2d([row], undefined, 'int32')).logits.arraySync(),
  );
  assert.deepEqual(a[0].slice(0, 2), b[0].slice(0, 2));
  assert.notDeepEqual(a[0][2], b[0][2]);
});

test('config.json is read, written back, and refused where it is something else', () => {
  for (const { config: json } of cases) {
    const config = neoxConfig(json, 'config.json');
    assert.deepEqual(neoxConfig(hubConfig(config), 'config.json'), config);
  }
  const json = cases[0].config;
  const refuse = (changes: object, message: RegExp) =>
    assert.throws(() => neoxConfig({ ...json, ...changes }, 'x/config.json'), message);
  refuse({ model_type: 'llama' }, /x\/config.json cannot be used: its model_type is "llama"/);
  refuse({ use_parallel_residual: false }, /use_parallel_residual is false, and Pythia's is true/);
  refuse({ hidden_size: 30 }, /30 is not divided by 4 heads/);
  refuse({ num_hidden_layers: -1 }, /num_hidden_layers is -1/);
  refuse({ hidden_act: 'relu' }, /hidden_act is "relu"/);
  refuse({ rope_scaling: { type: 'linear', factor: 2 } }, /rope_scaling is/);
  refuse({ rope_parameters: { rope_type: 'yarn' } }, /rope_type is "yarn"/);
  refuse({ rotary_pct: 0 }, /rotates 0 of 8/);
});
