import assert from 'node:assert/strict';
import test from 'node:test';
import { plainGradient } from '../../lib/bench/plain-gradient';
import { compile } from '../../lib/compile';
import { tf } from '../../lib/environment/tensorflow';
import { answerObjective } from '../../lib/measures/operators/answer-loss';
import { batchTensors } from '../../lib/model/batch';
import { initialParameters, parameterSpecs } from '../../lib/model/parameters';
import { customModel, type ModelConfig, modelConfig } from '../../lib/model/scales';
import { studySource } from '../../lib/study/source';
import { batchAt, CONTEXT, pack, VOCABULARY } from '../../lib/tasks';
import { type TrainingConfig, trainingConfig } from '../../lib/training/config';
import { Trainer } from '../../lib/training/trainer';

interface Native {
  binding: { getNumOfTensors(): number; registerFunction?: unknown };
}
const native = tf.backend() as unknown as Native;

/** Does `work` as it is done with TensorFlow.js' own binding, which cannot compile. */
function plainly<T>(work: () => T): T {
  const { binding } = native;
  native.binding = Object.create(binding, { registerFunction: { value: undefined } });
  try {
    return work();
  } finally {
    native.binding = binding;
  }
}

function start(model: ModelConfig, given: Partial<TrainingConfig> = {}): Trainer {
  const config = trainingConfig({ scale: 'nano', steps: 200, batch: 8, ...given });
  return Trainer.start(model, config, studySource(config));
}

const nano = modelConfig('nano', VOCABULARY, CONTEXT);

// All layers are alike, so two of them stand for those of the larger scales, whose compilation would take minutes.
for (const scale of ['nano', 'micro', 'small', 'medium', 'large', 'xlarge']) {
  test(`${scale}: loss and gradients compiled as plain, to 1e-5`, () => {
    const full = modelConfig(scale, VOCABULARY, CONTEXT);
    const model = customModel({ ...full, layers: Math.min(full.layers, 2) });
    const config = trainingConfig({ scale, steps: 1, batch: 4 });
    const source = studySource(config);
    const batch = source.batchAt(1);
    tf.tidy(() => {
      const values = initialParameters(model, source.gaussian());
      const parameters = parameterSpecs(model).map(({ name, shape }) => ({
        name,
        variable: tf.variable(tf.tensor(values[name], [...shape])),
      }));
      const named = Object.fromEntries(parameters.map(({ name, variable }) => [name, variable]));
      const gradient = plainGradient(model, named);
      const inputs = batchTensors(batch, CONTEXT);
      const compiled = compile(gradient, { name: 'gradient' });
      const found = compiled(...inputs);
      const wanted = gradient(...inputs);
      found.forEach((tensor, i) => {
        const size = tf.norm(wanted[i]).dataSync()[0];
        const apart = tf.norm(tf.sub(tensor, wanted[i])).dataSync()[0];
        const what = i === 0 ? 'loss' : parameters[i - 1].name;
        assert.ok(size > 0 && apart <= 1e-5 * size, `${what}: ${apart / size}`);
      });
      compiled.dispose();
      tf.dispose(Object.values(named));
    });
  });
}

test('a packed batch has the loss and gradients of its sequences each in a row', () => {
  const trainer = start(nano, { batch: 24 });
  const gradient = plainGradient(nano, trainer.parameters);
  for (let i = 0; i < 3; i++) trainer.advance();
  tf.tidy(() => {
    const sequences = batchAt(5, 4, 24);
    const packed = pack(sequences, 20);
    assert.equal(packed.inputs.length, 20 * CONTEXT);
    const wanted = gradient(...batchTensors(sequences, CONTEXT));
    gradient(...batchTensors(packed, CONTEXT)).forEach((tensor, i) => {
      const size = tf.norm(wanted[i]).dataSync()[0];
      const apart = tf.norm(tf.sub(tensor, wanted[i])).dataSync()[0];
      assert.ok(size > 0 && apart <= 1e-5 * size, `${i}: ${apart / size}`);
    });
  });
  trainer.dispose();
});

test('200 updates: compiled as plain, and twice the same bits', () => {
  const few = { batch: 4 };
  const [one, two, plain] = [start(nano, few), start(nano, few), start(nano, few)];
  for (let step = 1; step <= 200; step++) {
    const update = one.advance();
    assert.deepEqual(two.advance(), update);
    const { loss, gradientNorm } = plainly(() => plain.advance());
    assert.ok(Math.abs(update.loss / loss - 1) < 1e-5, `loss of ${step}: ${update.loss}, ${loss}`);
    assert.ok(Math.abs(update.gradientNorm / gradientNorm - 1) < 1e-4, `norm of ${step}`);
  }
  assert.deepEqual(one.store().tensors, two.store().tensors);
  for (const trainer of [one, two, plain]) trainer.dispose();
});

test('memory does not grow with the updates', () => {
  const trainer = start(nano);
  for (let i = 0; i < 20; i++) trainer.advance();
  const before = [tf.memory().numTensors, native.binding.getNumOfTensors()];
  const resident = process.memoryUsage.rss();
  for (let i = 0; i < 200; i++) trainer.advance();
  assert.deepEqual([tf.memory().numTensors, native.binding.getNumOfTensors()], before);
  assert.ok(process.memoryUsage.rss() - resident < 20e6, 'resident memory');
  trainer.dispose();
});

test('a loss that is not finite stops the update and leaves the state as it was', () => {
  const config = trainingConfig({ scale: 'nano', steps: 10, batch: 8 });
  const source = studySource(config);
  let broken = false;
  const trainer = Trainer.start(nano, config, {
    ...source,
    batchAt: (step) => {
      const batch = source.batchAt(step);
      // Without a single answer the mean loss is 0/0.
      return broken ? { ...batch, weights: batch.weights.map(() => 0) } : batch;
    },
  });
  for (let i = 0; i < 3; i++) trainer.advance();
  const before = trainer.store();
  broken = true;
  assert.throws(() => trainer.advance(), /diverged at step 4 \(loss NaN/);
  assert.deepEqual(trainer.store(), before);
  broken = false;
  const expected = start(nano, { steps: 10 });
  const updates = Array.from({ length: 4 }, () => expected.advance());
  assert.deepEqual(trainer.advance(), updates[3]);
  trainer.dispose();
  expected.dispose();
});

test('precisions that there are not, and float32 that the environment forbids', () => {
  const given = { scale: 'nano', steps: 1 };
  assert.equal(trainingConfig(given).precision, 'float32');
  assert.throws(
    () => trainingConfig({ ...given, precision: 'fp16' as never }),
    /precision is "fp16": training computes in float32/,
  );
  process.env.ONEDNN_DEFAULT_FPMATH_MODE = 'BF16';
  try {
    assert.throws(() => answerObjective(nano), /Measures need float32/);
  } finally {
    delete process.env.ONEDNN_DEFAULT_FPMATH_MODE;
  }
});
