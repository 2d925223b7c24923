import assert from 'node:assert/strict';
import test from 'node:test';
import { compile } from '../../lib/compile';
import { tf } from '../../lib/environment/tensorflow';
import { batchTensors } from '../../lib/model/batch';
import { modelConfig, SCALES } from '../../lib/model/scales';
import { studyLesson } from '../../lib/study/run/lesson';
import { type RunChoices, runSettings } from '../../lib/study/run/run-info';
import { CONTEXT, pack, taskSet, VOCABULARY } from '../../lib/tasks';
import { trainingConfig } from '../../lib/training/config';
import {
  learningRateAt,
  measuredSteps,
  paperRankSteps,
  paperSteps,
} from '../../lib/training/schedule';
import { type Lesson, Trainer } from '../../lib/training/trainer';

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

function lesson(choices: RunChoices = {}): Lesson {
  const { set, ...settings } = runSettings({ batch: 8, ...choices });
  return studyLesson(settings, set);
}

/** Loss and gradients of a lesson's first batch, as operations. */
function gradientOf({ phaseAt }: Lesson, parameters: Record<string, tf.Variable>) {
  return (...batch: tf.Tensor[]) => {
    const { value, grads } = tf.variableGrads(
      () => phaseAt(1).loss(parameters, batch),
      Object.values(parameters),
    );
    return [value, ...Object.values(parameters).map(({ name }) => grads[name])];
  };
}

/** Holds tensors to others, each to 1e-5 of its own length. */
function near(found: tf.Tensor[], wanted: tf.Tensor[], names: readonly string[]): void {
  found.forEach((tensor, i) => {
    const size = tf.norm(wanted[i]).dataSync()[0];
    const apart = tf.norm(tf.sub(tensor, wanted[i])).dataSync()[0];
    assert.ok(size > 0 && apart <= 1e-5 * size, `${names[i]}: ${apart / size}`);
  });
}

// All layers are alike, so one of them stands for those of the larger scales, whose compilation would take minutes.
for (const scale of SCALES) {
  test(`${scale}: loss and gradients compiled as plain, to 1e-5`, () => {
    const { width, heads } = modelConfig(scale, VOCABULARY, CONTEXT);
    const own = lesson({ shape: { layers: 1, width, heads }, batch: 4 });
    const trainer = new Trainer(own);
    tf.tidy(() => {
      const batch = own.batchAt(1);
      const compiled = compile(gradientOf(own, trainer.parameters), { name: 'gradient' });
      const names = ['loss', ...Object.keys(trainer.parameters)];
      near(compiled(...batch), gradientOf(own, trainer.parameters)(...batch), names);
      compiled.dispose();
    });
    trainer.dispose();
  });
}

test('a packed batch has the loss and gradients of its lines each in a row', () => {
  const own = lesson();
  const trainer = new Trainer(own);
  for (let i = 0; i < 3; i++) trainer.advance();
  const lines = taskSet().batchAt(5, 4, 24);
  tf.tidy(() => {
    const gradient = gradientOf(own, trainer.parameters);
    const packed = gradient(...batchTensors(pack(lines, CONTEXT), CONTEXT));
    // One line a row: packed one by one.
    const rows = lines.map((line) => pack([line], CONTEXT, 1));
    const join = (name: 'inputs' | 'targets' | 'positions') =>
      Int32Array.from(rows.flatMap((row) => [...row[name]]));
    const weights = Float32Array.from(rows.flatMap((row) => [...row.weights]));
    const apart = { inputs: join('inputs'), targets: join('targets'), weights };
    const names = ['loss', ...Object.keys(trainer.parameters)];
    near(packed, gradient(...batchTensors(apart, CONTEXT)), names);
  });
  trainer.dispose();
});

test('100 updates: compiled as plain, and twice the same bits', () => {
  const few = { batch: 4 };
  const [one, two, plain] = [0, 1, 2].map(() => new Trainer(lesson(few)));
  for (let step = 1; step <= 100; step++) {
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
  const trainer = new Trainer(lesson());
  for (let i = 0; i < 40; i++) trainer.advance();
  const before = [tf.memory().numTensors, native.binding.getNumOfTensors()];
  const resident = process.memoryUsage.rss();
  for (let i = 0; i < 100; i++) trainer.advance();
  assert.deepEqual([tf.memory().numTensors, native.binding.getNumOfTensors()], before);
  assert.ok(process.memoryUsage.rss() - resident < 20e6, 'resident memory');
  trainer.dispose();
});

test('a loss that is not finite stops the update and leaves the state as it was', () => {
  const whole = lesson();
  let broken = false;
  const trainer = new Trainer({
    ...whole,
    // Without a single answer the mean loss is 0/0.
    batchAt: (step) => {
      const [inputs, targets, weights, positions] = whole.batchAt(step);
      return [inputs, targets, broken ? tf.zerosLike(weights) : weights, positions];
    },
  });
  for (let i = 0; i < 3; i++) trainer.advance();
  const before = trainer.store();
  broken = true;
  assert.throws(() => trainer.advance(), /diverged at step 4 \(loss NaN/);
  assert.deepEqual(trainer.store(), before);
  broken = false;
  const expected = new Trainer(whole);
  const updates = Array.from({ length: 4 }, () => expected.advance());
  assert.deepEqual(trainer.advance(), updates[3]);
  for (const one of [trainer, expected]) one.dispose();
});

test('a frozen parameter stays, with its moments, and moves again afterwards', () => {
  const whole = lesson();
  const frozen = { ...whole.phaseAt(1), frozen: (name: string) => name.startsWith('h.1.') };
  const trainer = new Trainer({
    ...whole,
    phaseAt: (step) => (step <= 2 ? frozen : whole.phaseAt(step)),
  });
  const value = (name: string) => [...trainer.parameters[name].dataSync()];
  const [before, first] = [value('h.1.attn.c_attn.w'), value('h.0.attn.c_attn.w')];
  for (let i = 0; i < 2; i++) trainer.advance();
  assert.deepEqual(value('h.1.attn.c_attn.w'), before);
  assert.notDeepEqual(value('h.0.attn.c_attn.w'), first);
  trainer.advance();
  assert.notDeepEqual(value('h.1.attn.c_attn.w'), before);
  trainer.dispose();
});

test("the schedule is the paper's: warm-up, then a cosine to 0", () => {
  const config = trainingConfig({ scale: 'nano' });
  assert.equal(config.steps, 100_000);
  const rate = (step: number) => learningRateAt(step, config);
  assert.ok(Math.abs(rate(500) - 1.5e-4) < 1e-12);
  assert.ok(Math.abs(rate(1000) - 3e-4) < 1e-12);
  assert.ok(Math.abs(rate(50_500) - 1.5e-4) < 1e-12);
  assert.ok(rate(100_000) < 1e-12);
  assert.equal(trainingConfig({ scale: 'large' }).learningRate, 1e-4);
  // A run that stops early keeps the schedule of the whole.
  const early = trainingConfig({ scale: 'nano', steps: 2000 });
  assert.equal(learningRateAt(1500, early), rate(1500));
});

test("measured steps hold all of the paper's, and 80 and more up to 1,000", () => {
  const steps = measuredSteps(100_000);
  // 101 points to 10,000, 80 to 50,000, 25 after: the paper's 206.
  assert.equal(paperSteps(100_000).length, 206);
  assert.ok(paperSteps(100_000).every((step) => steps.includes(step)));
  assert.deepEqual(
    steps.slice(0, 21),
    Array.from({ length: 21 }, (_, step) => step),
  );
  assert.ok(steps.filter((step) => step <= 1000).length >= 80);
  assert.deepEqual(
    measuredSteps(2000),
    steps.filter((step) => step <= 2000),
  );
  assert.deepEqual(measuredSteps(7).at(-1), 7);
  assert.throws(() => measuredSteps(Number.NaN), /The last step is NaN/);
  // 76 and 126 points of RankMe (version 4, appendix H).
  assert.equal(paperRankSteps('small', 100_000).length, 76);
  assert.equal(paperRankSteps('large', 200_000).length, 126);
  assert.deepEqual(paperRankSteps('small', 2500), [0, 1000, 2000]);
  assert.equal(paperRankSteps('nano', 100_000).length, 206);
});
