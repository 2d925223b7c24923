import assert from 'node:assert/strict';
import test from 'node:test';
import { backend, compile, type TensorFunction } from '../../lib/compile';
import { tf } from '../../lib/environment/tensorflow';

/** What a plain tfjs function would do, a compiled one does, or it says why not. Each case once went wrong silently. */

const x = tf.tensor1d([1, 2, 3]);
const values = (tensor: unknown) => [...(tensor as tf.Tensor).dataSync()];
const near = (found: readonly number[], wanted: readonly number[], tolerance = 1e-5) => {
  assert.equal(found.length, wanted.length);
  found.forEach((value, i) => {
    const same =
      Object.is(value, wanted[i]) ||
      Math.abs(value - wanted[i]) <= tolerance * Math.max(1, Math.abs(wanted[i]));
    assert.ok(same, `${found} is not ${wanted}`);
  });
};

const OPTIMIZERS: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.05, 0.9),
  nesterov: () => tf.train.momentum(0.05, 0.9, true),
  adagrad: () => tf.train.adagrad(0.05),
  adadelta: () => tf.train.adadelta(0.05),
  adam: () => tf.train.adam(0.05),
  adamax: () => tf.train.adamax(0.05),
  rmsprop: () => tf.train.rmsprop(0.05),
  'rmsprop, centered': () => tf.train.rmsprop(0.05, 0.9, 0.5, 1e-8, true),
};

for (const [name, make] of Object.entries(OPTIMIZERS)) {
  test(`an optimizer's moments go on from call to call: ${name}`, () => {
    const inputs = tf.randomNormal([20, 5], 0, 1, 'float32', 1);
    const targets = tf.randomNormal([20, 1], 0, 1, 'float32', 2);
    const train = (wrap: (fn: TensorFunction) => TensorFunction) => {
      const weights = tf.variable(tf.zeros([5, 1]));
      const optimizer = make();
      const step = wrap(
        (X, Y) =>
          optimizer.minimize(
            () =>
              tf.losses.meanSquaredError(
                Y,
                tf.matMul(X as tf.Tensor2D, weights as never),
              ) as tf.Scalar,
            true,
            [weights],
          )!,
      );
      const losses = Array.from({ length: 8 }, () => values(step(inputs, targets))[0]);
      return [...losses, ...values(weights)];
    };
    near(
      train(compile),
      train((fn) => fn),
    );
  });
}

test('a variable made at the first call counts on', () => {
  let v: tf.Variable | undefined;
  const count = compile((a) => {
    v ??= tf.variable(tf.mul(tf.sum(a), 10));
    v.assign(tf.add(v, a));
    return v;
  });
  const one = tf.scalar(1);
  assert.deepEqual(
    [1, 2, 3].map(() => values(count(one))[0]),
    [11, 12, 13],
  );
  assert.deepEqual(values(v), [13]);
  count.dispose();
  assert.deepEqual(values(v), [13]);
});

test('a variable made at every call is refused, and nothing of it stays', () => {
  const before = [tf.memory().numTensors, backend().binding.getNumOfTensors()];
  const makes = compile((a) => tf.variable(tf.mul(a, 2)), { name: 'maker' });
  assert.throws(() => makes(x), /maker makes a variable at every call/);
  const used = compile((a) => {
    const v = tf.variable(a);
    v.assign(tf.add(v, 1));
    const result = v.clone();
    v.dispose();
    return result;
  });
  for (let call = 0; call < 2; call++) assert.deepEqual(values(used(x)), [2, 3, 4]);
  const fails = compile((a) => {
    tf.variable(tf.mul(a, 2));
    throw new Error('enough');
  });
  assert.throws(() => fails(x), /enough/);
  tf.disposeVariables();
  near(values(compile((a) => tf.mul(a, 2))(x)), [2, 4, 6]);
  assert.ok(tf.memory().numTensors - before[0] < 5);
});

test('a clone of a variable is a snapshot', () => {
  const v = tf.variable(x);
  const step = compile((a) => {
    v.assign(tf.add(v, a));
    return tf.sum(v);
  });
  const ones = tf.ones([3]);
  step(ones);
  const [best, copy, other] = [v.clone(), tf.variable(v), tf.variable(tf.zeros([3]))];
  other.assign(v);
  const kept = tf.tidy(() => tf.keep(v.clone()));
  step(ones);
  for (const snapshot of [best, copy, other, kept]) assert.deepEqual(values(snapshot), [2, 3, 4]);
  assert.deepEqual(values(v), [3, 4, 5]);
  v.assign(best as never);
  assert.deepEqual(values(step(ones)), [12]);
  assert.deepEqual(
    [values(best), values(copy), values(v)],
    [
      [2, 3, 4],
      [2, 3, 4],
      [3, 4, 5],
    ],
  );
  const last = v.clone();
  step.dispose();
  v.dispose();
  assert.deepEqual(values(last), [3, 4, 5]);
});

test('a snapshot, or a variable that began as another, is not mistaken for it within', () => {
  const v = tf.variable(x);
  const start = v.clone();
  const twin = tf.variable(v);
  const step = compile((a) => {
    v.assign(tf.add(v, a));
    twin.assign(tf.mul(twin, 2));
    return tf.sub(v, start);
  });
  const ones = tf.ones([3]);
  assert.deepEqual(values(step(ones)), [1, 1, 1]);
  assert.deepEqual(values(step(ones)), [2, 2, 2]);
  assert.deepEqual(
    [values(v), values(twin)],
    [
      [3, 4, 5],
      [4, 8, 12],
    ],
  );
});

test('a variable that is an input and is assigned reads as assigned afterwards', () => {
  const v = tf.variable(tf.scalar(3));
  const c = compile((a) => {
    v.assign(tf.add(a, 1));
    return tf.mul(a, v);
  });
  assert.deepEqual(values(c(v)), [12]);
  assert.deepEqual(values(v), [4]);
  assert.deepEqual(values(c(v)), [20]);
  assert.deepEqual(values(v), [5]);
});

test('NaN comes through minimum and maximum', () => {
  const input = tf.tensor1d([1, Number.NaN, 3]);
  const both: TensorFunction = (a) => [
    ...[tf.max(a), tf.min(a), tf.maximum(a, 2), tf.minimum(a, 2), tf.maximum(2, a), tf.relu(a)],
  ];
  const [found, wanted] = [compile(both)(input), both(input)] as tf.Tensor[][];
  found.forEach((tensor, i) => {
    near(values(tensor), values(wanted[i]));
  });
  assert.ok(Number.isNaN(values(found[0])[0]));
});

test('random numbers without a seed are refused, with one they are the same as ever', () => {
  const layer = tf.layers.dropout({ rate: 0.5 });
  const draws: Record<string, TensorFunction> = {
    normal: (a) => tf.add(a, tf.randomNormal(a.shape)),
    uniform: (a) => tf.add(a, tf.randomUniform(a.shape)),
    dropout: (a) => tf.dropout(a, 0.5),
    layer: (a) => layer.apply(a, { training: true }) as tf.Tensor,
    own: (a) => tf.mul(a, Math.random()),
  };
  for (const [name, fn] of Object.entries(draws)) {
    assert.throws(() => compile(fn, { name })(x), new RegExp(`${name} draws random numbers`));
  }
  assert.ok(Math.random() < 1);
  const seeded: TensorFunction = (a) => tf.dropout(a, 0.5, undefined, 'seed');
  near(values(compile(seeded)(x)), values(seeded(x)));
});

test('state that is kept in tensors is refused', () => {
  const lstm = tf.layers.lstm({
    ...{ units: 2, stateful: true, batchInputShape: [1, 2, 3] as [number, number, number] },
    ...({ kernelInitializer: 'ones', recurrentInitializer: 'ones' } as const),
  });
  const input = tf.fill([1, 2, 3], 0.1);
  lstm.apply(input);
  const stateful = compile((a) => lstm.apply(a) as tf.Tensor, { name: 'memory' });
  assert.throws(() => stateful(input), /memory keeps \d+ tensors made inside/);
  const one: tf.Tensor[] = [];
  const keeps = compile((a) => {
    one.push(tf.keep(tf.mul(a, 2)));
    return a;
  });
  assert.throws(() => keeps(x), /keeps 1 tensor made inside/);
  one[0].dispose();
  const layer = tf.layers.lstm({
    units: 2,
    kernelInitializer: 'ones',
    recurrentInitializer: 'ones',
  });
  near(values(compile((a) => layer.apply(a) as tf.Tensor)(input)), values(layer.apply(input)));
});

test('what is no tensor is named, going in and coming out', () => {
  const returns = (result: unknown) => () =>
    compile((() => result) as TensorFunction, { name: 'f' })(x);
  assert.throws(returns(Promise.resolve(x)), /f is async/);
  assert.throws(returns(new Map([['a', x]])), /it returned of class Map|returned .*Map/);
  assert.throws(returns(3), /it returned a number \(3\)/);
  assert.throws(returns([x, 3]), /result 1 of f is a number \(3\), not a tensor/);
  assert.throws(returns({ a: x, b: undefined }), /result b of f is undefined/);
  assert.throws(returns(tf.tensor(['a'])), /holds strings/);
  assert.throws(
    () =>
      compile((async (a: tf.Tensor) =>
        tf.mul(a, (await a.data())[0])) as unknown as TensorFunction)(x),
    /is async/,
  );
  const identity = compile((a) => a, { name: 'f' });
  assert.throws(() => identity(3 as never), /Input 0 of f is a number \(3\), not a tensor/);
  assert.throws(() => identity(undefined as never), /Input 0 of f is undefined/);
  assert.throws(() => identity(tf.tensor(['a'])), /Input 0 of f holds strings/);
  const words = tf.tensor1d(['a', 'b', 'c']);
  assert.throws(() => compile((_) => tf.equal(words, 'a'))(x), /[Ss]trings/);
  tf.equal(words, words);
  assert.throws(() => compile((_) => tf.equal(words, words))(x), /[Ss]trings/);
});

test('means of whole numbers and of truths', () => {
  const means: TensorFunction = (a) => [
    tf.mean(a),
    tf.mean(tf.greater(a, 1)),
    tf.sum(tf.equal(a, 2)),
  ];
  const input = tf.tensor1d([1, 2, 5], 'int32');
  const [found, wanted] = [compile(means)(input), means(input)] as tf.Tensor[][];
  found.forEach((tensor, i) => {
    near(values(tensor), values(wanted[i]));
  });
});

test('gather and embedding, with gradients', () => {
  const table = tf.randomNormal([7, 3], 0, 1, 'float32', 1);
  const indices = tf.tensor2d(
    [
      [0, 6],
      [3, 3],
    ],
    [2, 2],
    'int32',
  );
  const look: TensorFunction = (i, w) => [
    tf.gather(w, i),
    tf.grad((t: tf.Tensor) => tf.sum(tf.square(tf.gather(t, i))))(w),
  ];
  const compiled = compile(look);
  const [found, wanted] = [compiled(indices, table), look(indices, table)] as tf.Tensor[][];
  found.forEach((tensor, i) => {
    near(values(tensor), values(wanted[i]));
  });
  const layer = tf.layers.embedding({ inputDim: 7, outputDim: 3 });
  const embed: TensorFunction = (i) => layer.apply(i) as tf.Tensor;
  const plain = values(embed(indices));
  near(values(compile(embed)(indices)), plain);
  assert.throws(() => tf.gather(table, tf.tensor1d([9], 'int32')), /not in \[0, 6\]/);
  const taken = compile((at) => tf.gather(table, at));
  const rowOf = (index: number) => values(taken(tf.tensor1d([index], 'int32')));
  assert.deepEqual([rowOf(9), rowOf(-1)], [rowOf(6), rowOf(0)]);
});

test('two variables change places', () => {
  const [a, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
  const swap = compile((by) => {
    const before = a.clone();
    a.assign(tf.mul(b, by));
    b.assign(before as never);
    return tf.add(a, b);
  });
  const plain = compile(() => {
    const before = a.clone();
    a.assign(b as never);
    b.assign(before as never);
    return tf.add(a, b);
  });
  swap(tf.scalar(10));
  assert.deepEqual([values(a), values(b)], [[20], [1]]);
  for (const wanted of [
    [1, 20],
    [20, 1],
  ]) {
    plain();
    assert.deepEqual([...values(a), ...values(b)], wanted);
  }
});

test('a compiled function within another is part of it, itself included', () => {
  const v = tf.variable(tf.scalar(0));
  const add = compile((a) => {
    v.assign(tf.add(v, tf.sum(a)));
    return tf.mul(a, 2);
  });
  const both = compile((a) => add(add(a)));
  assert.deepEqual(values(both(x)), [4, 8, 12]);
  assert.deepEqual(values(v), [18]);
  const power: (a: tf.Tensor) => tf.Tensor = compile((a: tf.Tensor) =>
    a.rank > 3 ? a : power(tf.mul(a.expandDims(0), 2)),
  );
  assert.deepEqual(values(power(x)), [8, 16, 24]);
});

test('a gradient belongs inside', () => {
  const square = compile((a) => tf.sum(tf.square(a)), { name: 'square' });
  assert.throws(
    () => tf.grad(square as (a: tf.Tensor) => tf.Tensor)(x),
    /square is called within a gradient.*put the gradient inside/,
  );
  const w = tf.variable(x);
  assert.throws(
    () => tf.train.sgd(1).minimize(() => square(w) as tf.Scalar),
    /put the gradient inside/,
  );
  const inside = compile((a) => tf.grad(square as (a: tf.Tensor) => tf.Tensor)(a));
  assert.deepEqual(values(inside(x)), [2, 4, 6]);
});

test('what is gone is named, and another backend', () => {
  const v = tf.variable(x, true, 'gone');
  const uses = compile((a) => tf.add(a, v), { name: 'user' });
  uses(x);
  v.dispose();
  assert.throws(() => uses(x), /user uses the variable gone, which has been disposed/);
  const again = compile((a) => tf.add(a, v), { name: 'again' });
  assert.throws(() => again(x), /again uses a tensor that has been disposed/);
  tf.registerBackend('other', () => ({ dispose() {} }) as never);
  const before = tf.getBackend();
  tf.setBackend('other');
  try {
    assert.throws(() => uses(x), /the backend is "other": tf.setBackend\('tensorflow'\)/);
  } finally {
    tf.setBackend(before);
    tf.removeBackend('other');
  }
});

test('`this` is what it was called on', () => {
  class Scaler {
    constructor(readonly factor: number) {}
    apply = compile(function (this: Scaler, a: tf.Tensor) {
      return tf.mul(a, this.factor);
    } as TensorFunction);
  }
  assert.deepEqual(values(new Scaler(3).apply(x)), [3, 6, 9]);
});

test('large tensors from outside and from inside are not written into the function', () => {
  const large = tf.randomNormal([2_000_000], 0, 1, 'float32', 1);
  const numbers = Float32Array.from({ length: 2_000_000 }, (_, i) => i % 7);
  const fresh = tf.tensor1d(numbers);
  const sum: TensorFunction = (a) =>
    tf.sum(tf.mul(tf.mul(tf.add(large, fresh), tf.tensor1d(numbers)), a));
  const before = process.memoryUsage.rss();
  const compiled = compile(sum);
  const wanted = values(sum(tf.scalar(2)));
  const native = backend().binding.getNumOfTensors();
  near(values(compiled(tf.scalar(2))), wanted, 1e-4);
  assert.ok(process.memoryUsage.rss() - before < 2e8);
  compiled.dispose();
  assert.ok(backend().binding.getNumOfTensors() <= native + 3);
  near(values(tf.sum(fresh)), [numbers.reduce((a, b) => a + b)]);
});

test('a second derivative that tfjs gets wrong is warned of', (t) => {
  const said: string[] = [];
  t.mock.method(process.stderr, 'write', (line: string) => said.push(line) > 0);
  const second = (f: (a: tf.Tensor) => tf.Tensor) =>
    compile((a) =>
      tf.grad((b: tf.Tensor) => tf.sum(tf.grad((c: tf.Tensor) => tf.sum(f(c)))(b)))(a),
    );
  const right = values(second((a) => tf.mul(tf.square(a), a))(x));
  second((a) => tf.tanh(tf.square(a)))(x);
  second((a) => tf.tanh(tf.square(a)))(x);
  t.mock.restoreAll();
  near(right, [6, 12, 18]);
  assert.equal(said.length, 1);
  assert.match(said[0], /second derivative of Tanh, which TensorFlow.js can get wrong/);
});
