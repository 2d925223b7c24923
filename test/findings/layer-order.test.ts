import assert from 'node:assert/strict';
import test from 'node:test';
import { layerOrders, orderPairs, topDown } from '../../lib/findings/layer-order';
import { noise, syntheticRun } from './synthetic';

const down = [30, 20, 12, 6];
const up = [...down].reverse();

test('a planted top-down order comes back, at every share of the fall', () => {
  const run = syntheticRun({ steps: 2000, plan: () => ({ falls: down, floor: 2 }) });
  for (const share of [0.25, 0.5, 0.75]) {
    const orders = layerOrders(run, { share });
    assert.equal(orders.length, 24);
    for (const { correlation, steps } of orders) {
      assert.equal(correlation, -1);
      assert.equal(steps.length, 4);
    }
  }
  const half = layerOrders(run)[0].steps;
  for (const [i, step] of half.entries()) assert.ok(Math.abs(step! - down[i]) <= 1);
  const found = topDown([run]);
  assert.equal(found.share!.count, 8);
  assert.equal(found.share!.of, 8);
  assert.deepEqual(found.left, []);
  assert.ok(found.chance!.p < 0.02);
});

test('bottom-up, tied and mixed pairs are told apart', () => {
  const plans: Record<string, readonly number[]> = { COPY: up, REV: [9, 9, 9, 9] };
  const run = syntheticRun({
    steps: 500,
    plan: ({ task }) => ({ falls: plans[task] ?? down, floor: 2 }),
  });
  const pairs = orderPairs(layerOrders(run));
  assert.deepEqual(
    pairs.map(({ order }) => order),
    ['bottom-up', 'tied', ...Array(6).fill('top-down')],
  );
  assert.equal(topDown([run]).share!.count, 6);
});

test('random layers are top-down about half the time, and chance says so', () => {
  const uniform = noise(11);
  const runs = [0, 1, 2, 3].map((seed) =>
    syntheticRun({
      ...{ steps: 500, seed, scale: `s${seed}` },
      plan: () => ({ falls: [1, 2, 3, 4].map(() => 4 + 40 * uniform()), floor: 2 }),
    }),
  );
  const { share, chance, correlation } = topDown(runs);
  assert.equal(share!.of, 32);
  assert.ok(share!.low < 0.5 && share!.high > 0.5, JSON.stringify(share));
  assert.ok(chance!.p > 0.02);
  assert.ok(correlation!.low < 0 && correlation!.high > 0);
});

test('one layer, a layer that does not collapse, and an empty table are named', () => {
  const one = syntheticRun({ steps: 300, plan: () => ({ falls: [10], floor: 2 }) });
  assert.equal(layerOrders(one)[0].reason, 'the model has one layer');
  const found = topDown([one]);
  assert.equal(found.share, undefined);
  assert.equal(found.correlation, undefined);
  assert.equal(found.chance, undefined);
  assert.equal(found.pairs[0].order, 'cannot be judged');
  assert.equal(found.left.length, 24);
  assert.match(found.left[0], /COPY 1 \(nano, seed 0\): the model has one layer/);
  const shallow = syntheticRun({ steps: 300, plan: () => ({ falls: [10, 5], floor: 16 }) });
  assert.match(layerOrders(shallow)[0].reason!, /0 of 2 layers fall by 25 % or more/);
  assert.equal(layerOrders(shallow, { least: 0 })[0].correlation, -1);
  assert.deepEqual(topDown([{ ...one, geometry: [] }]).pairs, []);
});
