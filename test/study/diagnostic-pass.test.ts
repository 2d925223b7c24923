import assert from 'node:assert/strict';
import test from 'node:test';
import { tf } from '../../lib/environment/tensorflow';
import { initialParameters, parameterSpecs } from '../../lib/model/parameters';
import { modelConfig } from '../../lib/model/scales';
import { forward } from '../../lib/model/transformer';
import { DiagnosticPass } from '../../lib/study/run/diagnostic-pass';
import { CONTEXT, generator, taskSet, VOCABULARY } from '../../lib/tasks';

const model = modelConfig({ layers: 2, width: 32, heads: 4 }, VOCABULARY, CONTEXT);
const set = taskSet(['SORT', 'MUL', 'PAR']);
const random = generator(0, 'diagnostic pass');
const start = initialParameters(
  parameterSpecs(model, { initialStd: 0.1, scaledResidual: true }),
  () => random.gaussian(),
);
const parameters = Object.fromEntries(
  parameterSpecs(model).map(({ name, shape }) => [name, tf.tensor(start[name], [...shape])]),
);
test.after(() => tf.dispose(Object.values(parameters)));

const apart = (a: tf.Tensor, b: tf.Tensor) =>
  tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]);

test('the packed pass sees what a pass of each sample alone sees', async () => {
  const pass = new DiagnosticPass(model, parameters, set, [10, 20, 40], 20);
  const before = tf.memory().numTensors;
  await pass.run(40, (seen) => {
    for (const at of set.levels) {
      const answers = seen.answers(at, 40);
      const states = seen.states(at, 20, 'answer');
      const prompts = seen.states(at, 20, 'prompt');
      let row = 0;
      for (const [sample, question] of set.samples(at).slice(0, 40).entries()) {
        const { tokens, answerFrom } = set.sequence(at, question);
        const alone = forward(
          model,
          parameters,
          tf.tensor2d([tokens.slice(0, -1)], undefined, 'int32'),
        );
        const logProbs = tf.logSoftmax(alone.logits).arraySync()[0];
        for (let i = answerFrom; i < tokens.length; i++) {
          const { logProb, right, divergences } = answers[sample][i - answerFrom];
          const scores = logProbs[i - 1];
          assert.ok(Math.abs(logProb - scores[tokens[i]]) < 1e-4);
          assert.equal(right, Math.max(...scores) === scores[tokens[i]]);
          const blind = set.blind.next('level', at, i - answerFrom, tokens[i - 1]);
          const kl = blind.tokens.reduce(
            (sum, token, k) => sum + blind.shares[k] * (Math.log(blind.shares[k]) - scores[token]),
            0,
          );
          assert.ok(Math.abs(divergences[3] - kl) < 1e-4);
        }
        if (sample >= 20) continue;
        const length = tokens.length - answerFrom;
        const wanted = tf.stack(
          alone.states.map((state) => state.slice([0, answerFrom - 1], [1, length]).squeeze([0])),
        );
        assert.ok(
          apart(states.slice([0, row], [-1, length]), wanted) < 1e-4,
          `${at.task} ${sample}`,
        );
        assert.ok(apart(prompts.slice([0, sample], [-1, 1]), wanted.slice([0, 0], [-1, 1])) < 1e-4);
        row += length;
      }
      assert.equal(states.shape[1], row);
    }
  });
  // What the callback made is its own; the pass itself leaves nothing.
  tf.disposeVariables();
  const after = tf.memory().numTensors;
  await pass.run(20, (seen) => seen.answers(set.levels[0], 20));
  assert.equal(tf.memory().numTensors, after);
  assert.ok(after >= before);
  pass.dispose();
});

test('a pass that is stopped gives nothing and leaves nothing behind', async () => {
  const pass = new DiagnosticPass(model, parameters, set, [30], 30);
  const before = tf.memory().numTensors;
  const stop = new AbortController();
  stop.abort();
  assert.equal(await pass.run(30, () => 1, stop.signal), undefined);
  assert.equal(tf.memory().numTensors, before);
  pass.dispose();
});
