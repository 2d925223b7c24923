import assert from 'node:assert/strict';
import test from 'node:test';
import { tf } from '../../lib/environment/tensorflow';
import { forward } from '../../lib/model/transformer';
import { DiagnosticPass } from '../../lib/study/diagnostic-pass';
import { CONTEXT, diagnostics, TASK_LEVELS } from '../../lib/tasks';
import { model, randomParameters } from './random-model';

const SAMPLES = 60;
const parameters = randomParameters();
test.after(() => tf.dispose(Object.values(parameters)));

test('the packed pass sees what a pass of each sample in a row of its own sees', async () => {
  const pass = new DiagnosticPass(model, parameters, SAMPLES);
  const given: number[] = [];
  const before = tf.memory().numTensors;
  const whole = await pass.run(({ at, answers, targets, logits, states }) => {
    given.push(at.index);
    const set = diagnostics(at);
    const alone = forward(
      model,
      parameters,
      tf.tensor2d(set.inputs.subarray(0, SAMPLES * CONTEXT), [SAMPLES, CONTEXT], 'int32'),
    );
    const places = answers.map((own, row) =>
      own.map((_, i) => row * CONTEXT + set.promptPosition[row] + i),
    );
    for (const [row, { answer }] of set.examples.slice(0, SAMPLES).entries()) {
      assert.equal(answers[row].length, answer.length + 1);
      assert.deepEqual(targets[row], [
        ...set.targets.subarray(places[row][0], places[row].at(-1)! + 1),
      ]);
    }
    const [ours, theirs] = [answers, places].map((rows) => tf.tensor1d(rows.flat(), 'int32'));
    const apart = (a: tf.Tensor, b: tf.Tensor) =>
      tf
        .max(tf.abs(tf.sub(a, tf.gather(b.reshape([SAMPLES * CONTEXT, -1]), theirs))))
        .dataSync()[0];
    assert.ok(apart(tf.gather(logits, ours), alone.logits) < 1e-4);
    const layers = tf.unstack(tf.gather(states, ours, 1));
    assert.equal(layers.length, model.layers + 1);
    for (const [layer, state] of layers.entries()) {
      assert.ok(
        apart(state, alone.states[layer]) < 1e-4,
        `layer ${layer} of ${at.task} ${at.level}`,
      );
    }
    // Equal samples were seen once.
    assert.equal(logits.shape[0], new Set(answers.flat()).size);
    assert.ok(logits.shape[0] <= answers.flat().length);
  });
  assert.ok(whole);
  assert.deepEqual(
    given.sort((a, b) => a - b),
    TASK_LEVELS.map(({ index }) => index),
  );
  assert.equal(tf.memory().numTensors, before);
  pass.dispose();
});

test('a pass that is stopped says so and leaves nothing behind', async () => {
  const pass = new DiagnosticPass(model, parameters, SAMPLES);
  const before = tf.memory().numTensors;
  const stop = new AbortController();
  let levels = 0;
  const whole = await pass.run(() => {
    levels++;
    stop.abort();
  }, stop.signal);
  assert.equal(whole, false);
  assert.ok(levels > 0 && levels < TASK_LEVELS.length);
  assert.equal(tf.memory().numTensors, before);
  assert.throws(
    () => new DiagnosticPass(model, parameters, 1001),
    /1001 samples of COPY 1 are asked for/,
  );
  pass.dispose();
});
