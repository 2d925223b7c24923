import assert from 'node:assert/strict';
import test from 'node:test';
import { tf } from '../../lib/environment/tensorflow';
import { linearProbes } from '../../lib/measures/probes';
import { forward } from '../../lib/model/transformer';
import { Prober } from '../../lib/study/prober';
import { CONTEXT, diagnostics, taskLevel } from '../../lib/tasks';
import { model, randomParameters } from './random-model';

const SAMPLES = 200;
const parameters = randomParameters();
test.after(() => tf.dispose(Object.values(parameters)));

test('probes of packed prompts read what probes of prompts in rows of their own read', () => {
  const prober = new Prober(model, SAMPLES);
  // One whose prompts are long, and one that has 64 different ones at most.
  for (const at of [taskLevel('COPY', 3), taskLevel('PAR', 2)]) {
    const { inputs, examples, labels, promptPosition } = diagnostics(at);
    const prompts = examples.slice(0, SAMPLES).map(({ prompt }) => String(prompt));
    const target = {
      labels: labels.subarray(0, SAMPLES),
      classes: at.probe.classes,
      groups: prompts.map((prompt) => prompts.indexOf(prompt)),
    };
    const alone = tf.tidy(() => {
      const tokens = inputs.subarray(0, SAMPLES * CONTEXT);
      const { states } = forward(
        model,
        parameters,
        tf.tensor2d(tokens, [SAMPLES, CONTEXT], 'int32'),
      );
      const places = Array.from(
        { length: SAMPLES },
        (_, row) => row * CONTEXT + promptPosition[row],
      );
      const rows = tf.tensor1d(places, 'int32');
      return tf.stack(
        states.map((state) => tf.gather(state.reshape([-1, model.width]), rows)),
      ) as tf.Tensor3D;
    });
    const expected = linearProbes(alone, [target, target, target]);
    alone.dispose();
    const rows = prober.measure(0, parameters, at);
    assert.equal(rows.length, model.layers + 1);
    assert.ok(Math.max(...rows.map(({ accuracy }) => accuracy!)) > 0, 'something is read');
    for (const [layer, { value, control, chance, samples }] of expected.entries()) {
      const row = rows[layer];
      assert.equal(row.chance, chance);
      // Rounding may turn over a held-out sample, or a group of equal ones.
      const close = (a: number, b: number, what: string) =>
        assert.ok(
          Math.abs(a - b) <= 8 / samples,
          `${at.task}, layer ${layer}, ${what}: ${a}, ${b}`,
        );
      close(row.accuracy!, value, 'accuracy');
      close(row.control!, control, 'control');
    }
  }
  prober.dispose();
});
