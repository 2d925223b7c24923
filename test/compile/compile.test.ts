import assert from 'node:assert/strict';
import test from 'node:test';
import { backend, compile, type TensorFunction } from '../../lib/compile';
import { tf } from '../../lib/environment/tensorflow';

function close(found: tf.Tensor, wanted: tf.Tensor, tolerance = 1e-5): void {
  assert.deepEqual(found.shape, wanted.shape);
  assert.equal(found.dtype, wanted.dtype);
  const [a, b] = [found.dataSync(), wanted.dataSync()];
  const scale = Math.max(1e-6, ...Array.from(b, Math.abs));
  for (let i = 0; i < a.length; i++) {
    assert.ok(Math.abs(a[i] - b[i]) <= tolerance * scale, `${a[i]} is not ${b[i]} at ${i}`);
  }
}

const x = tf.randomNormal([4, 6], 0, 1, 'float32', 1);
const y = tf.randomNormal([4, 6], 0, 1, 'float32', 2);
const labels = tf.tensor2d(
  [
    [0, 1],
    [2, 3],
    [3, 0],
    [1, 1],
  ],
  [4, 2],
  'int32',
);

const FUNCTIONS: Record<string, [TensorFunction, tf.Tensor[]]> = {
  'element-wise': [(a, b) => tf.add(tf.mul(a, b), tf.exp(tf.neg(tf.abs(a)))), [x, y]],
  'matrix products': [(a, b) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, false, true), [x, y]],
  reductions: [(a) => [tf.sum(a, 1), tf.mean(a), tf.max(a, 0), tf.argMax(a, 1)], [x]],
  'shapes and slices': [
    (a) => [
      tf.transpose(a),
      a.reshape([2, 12]),
      tf.slice(a, [1, 2], [2, 3]),
      tf.pad(a as tf.Tensor2D, [
        [1, 0],
        [0, 2],
      ]),
    ],
    [x],
  ],
  'splits and joins': [
    (a, b) => [...tf.split(a, 3, 1), tf.concat([a, b], 0), tf.stack([a, b]), ...tf.unstack(a)],
    [x, y],
  ],
  'softmax and friends': [(a) => [tf.softmax(a), tf.logSoftmax(a), tf.tanh(a), tf.sigmoid(a)], [x]],
  'integers and booleans': [
    (i) => [
      tf.oneHot(i as tf.Tensor2D, 4),
      tf.equal(i, 1),
      tf.cast(tf.greater(i, 1), 'float32'),
      tf.add(i, 1),
    ],
    [labels],
  ],
  choices: [(a, b) => tf.where(tf.greater(a, b), a, tf.zerosLike(b)), [x, y]],
  sums: [(a, b) => tf.addN([a, b, tf.onesLike(a)]), [x, y]],
  gradients: [
    (a, b) => tf.grad((t: tf.Tensor) => tf.sum(tf.square(tf.logSoftmax(tf.mul(t, b)))))(a),
    [x, y],
  ],
};

for (const [name, [fn, inputs]] of Object.entries(FUNCTIONS)) {
  test(`${name}: compiled as plain, at the recorded call and after`, () => {
    const compiled = compile(fn, { name });
    const list = (result: ReturnType<TensorFunction>) => [result].flat() as tf.Tensor[];
    const wanted = list(fn(...inputs));
    for (let call = 0; call < 3; call++) {
      const found = list(compiled(...inputs));
      assert.equal(found.length, wanted.length);
      for (const [i, tensor] of found.entries()) close(tensor, wanted[i]);
      tf.dispose(found);
    }
    compiled.dispose();
  });
}

test('new values, another shape and named results', () => {
  let records = 0;
  const compiled = compile((a) => {
    records++;
    return { double: tf.mul(a, 2), total: tf.sum(a) };
  });
  for (const values of [
    [1, 2],
    [3, 4],
    [1, 2, 3],
    [5, 6],
    [7, 8, 9],
  ]) {
    const result = compiled(tf.tensor1d(values)) as Record<string, tf.Tensor>;
    assert.deepEqual(
      [...result.double.dataSync()],
      values.map((v) => 2 * v),
    );
    assert.equal(
      result.total.dataSync()[0],
      values.reduce((a, b) => a + b),
    );
  }
  assert.equal(records, 2);
});

test('variables are seen and changed in place, inside and outside', () => {
  const v = tf.variable(tf.tensor1d([1, 2, 3]));
  const step = compile((a) => {
    const seen = tf.sum(tf.mul(a, v));
    v.assign(tf.add(v, a));
    return seen;
  });
  const read = compile((a) => tf.mul(a, v));
  const ones = tf.ones([3]);
  assert.deepEqual(
    [1, 2, 3].map(() => step(ones).dataSync()[0]),
    [6, 9, 12],
  );
  assert.deepEqual([...v.dataSync()], [4, 5, 6]);
  assert.deepEqual([...read(ones).dataSync()], [4, 5, 6]);
  v.assign(tf.tensor1d([10, 20, 30]));
  assert.deepEqual([...read(ones).dataSync()], [10, 20, 30]);
  assert.equal(step(ones).dataSync()[0], 60);
  assert.deepEqual([...v.dataSync()], [11, 21, 31]);
  step.dispose();
  assert.deepEqual([...read(ones).dataSync()], [11, 21, 31]);
  read.dispose();
  assert.deepEqual([...v.dataSync()], [11, 21, 31]);
});

test('an outside tensor is a constant that outlives its own disposal', () => {
  const factor = tf.add(tf.scalar(2), 1);
  const compiled = compile((a) => tf.mul(a, factor));
  compiled(x).dispose();
  factor.dispose();
  close(compiled(x), tf.mul(x, 3));
});

test('the same tensor given twice stays two inputs', () => {
  const compiled = compile((a, b) => tf.sub(a, b));
  compiled(x, x).dispose();
  close(compiled(x, y), tf.sub(x, y));
});

test('a recording that fails leaves variables as they were', () => {
  const v = tf.variable(tf.scalar(5));
  const compiled = compile((a) => {
    v.assign(tf.scalar(6));
    return tf.scalar(tf.sum(a).dataSync()[0]);
  });
  assert.throws(() => compiled(x), /reads a tensor's values/);
  assert.equal(v.dataSync()[0], 5);
});

test('what cannot be compiled is named', () => {
  const reads = compile((a) => tf.mul(a, tf.sum(a).dataSync()[0]), { name: 'reader' });
  assert.throws(() => reads(x), /reader reads a tensor's values/);
  const draws = compile((a) => tf.add(a, tf.randomNormal(a.shape)), { name: 'dice' });
  assert.throws(() => draws(x), /dice draws random numbers/);
  assert.doesNotThrow(() => tf.mul(x, y), 'tfjs goes on after a failed recording');
  const gone = tf.tensor1d([1]);
  gone.dispose();
  assert.throws(() => draws(gone), /Input 0 of dice has been disposed/);
  const v = tf.variable(tf.scalar(1));
  const uses = compile((a) => tf.mul(a, v), { name: 'user' });
  uses(x).dispose();
  v.dispose();
  assert.throws(() => uses(x), /user uses the variable .* disposed/);
  const over = compile((a) => a);
  over.dispose();
  assert.throws(() => over(x), /after its dispose/);
  assert.throws(() => compile((_: tf.Tensor) => 3 as never)(x), /must return a tensor/);
});

test('repeated calls leave no tensors behind', () => {
  const v = tf.variable(tf.zeros([50, 50]));
  const compiled = compile((a) => {
    v.assign(tf.add(v, a));
    return tf.sum(v);
  });
  compiled(tf.ones([50, 50])).dispose();
  const native = backend().binding;
  const input = tf.ones([50, 50]);
  compiled(input).dispose();
  const before = [tf.memory().numTensors, native.getNumOfTensors()];
  for (let i = 0; i < 300; i++) compiled(input).dispose();
  assert.deepEqual([tf.memory().numTensors, native.getNumOfTensors()], before);
  assert.equal(v.dataSync()[0], 302);
});

test('recording computes nothing and keeps no memory', () => {
  const compiled = compile((a) => {
    let product = a as tf.Tensor2D;
    // Run as it is, this would take 80 × 64 MB.
    for (let i = 0; i < 80; i++) product = tf.mul(tf.add(product, tf.onesLike(product)), 0.5);
    return tf.mean(product);
  });
  const large = tf.fill([4000, 4000], 3);
  const before = process.memoryUsage.rss();
  const result = compiled(large);
  close(result as tf.Tensor, tf.scalar(1));
  assert.ok(process.memoryUsage.rss() - before < 1e9);
  tf.dispose([large, result as tf.Tensor]);
  compiled.dispose();
});

test('an outside tensor that nobody has used yet keeps its values', () => {
  const ones = tf.ones([300]);
  const compiled = compile((a) => tf.add(a, ones));
  const input = tf.zeros([300]);
  close(compiled(input), ones);
  close(tf.add(ones, ones), tf.fill([300], 2));
});

test('what has no compiled form is named by its operation', () => {
  const filter = tf.ones([2, 2, 1]) as tf.Tensor3D;
  const image = tf.ones([4, 4, 1]) as tf.Tensor3D;
  const dilate = compile((a) => tf.dilation2d(a as tf.Tensor3D, filter, 1, 'same'), {
    name: 'dilate',
  });
  assert.throws(() => dilate(image), /dilate could not be run as compiled.*Dilation2D/s);
  const choose = compile((a) => tf.unique(a as tf.Tensor1D).values, { name: 'choose' });
  assert.throws(() => choose(tf.tensor1d([1, 1, 2])), /choose .*Unique/);
});

test('without the C++ file the same code runs uncompiled and says so once', (t) => {
  const owner = backend();
  const { binding } = owner;
  const said: string[] = [];
  t.mock.method(process.stderr, 'write', (line: string) => said.push(line) > 0);
  owner.binding = Object.create(binding, { registerFunction: { value: undefined } });
  try {
    const compiled = compile((a, b) => tf.mul(a, b));
    for (let call = 0; call < 2; call++) close(compiled(x, y), tf.mul(x, y));
  } finally {
    owner.binding = binding;
    t.mock.restoreAll();
  }
  assert.equal(said.filter((line) => /cannot compile.*slower/.test(line)).length, 1);
});
