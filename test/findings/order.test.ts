import assert from 'node:assert/strict';
import test from 'node:test';
import { layerFalls, profileMatches, topDown } from '../../lib/findings/order';
import { paperTables } from '../../lib/findings/paper';
import { falls, type Knots, noise, syntheticRun } from './synthetic';

/** A rank that falls from 20 to a floor and stays there. */
const stays = (floor: number, step: number): Knots => [
  [0, 20],
  [step, floor],
];

const orders = {
  /** Deepest last, and last layers first. */
  down: (layer: number, layers: number) => falls(2 + layers - layer, 100 + 100 * (layers - layer)),
  /** Deepest last, but first layers first. */
  deepUp: (layer: number, layers: number) => falls(2 + layers - layer, 100 + 100 * layer),
  /** Shallowest last. */
  up: (layer: number) => stays(2 + layer, 100 + 100 * layer),
};

test('order in depth and in time are told apart', () => {
  const shares = Object.values(orders).map((rank) => {
    const found = layerFalls(syntheticRun({ scale: 'micro', steps: 2000, plan: () => ({ rank }) }));
    return (['depth', 'time', 'monotone'] as const).map((by) => topDown(found, by).share!.value);
  });
  assert.deepEqual(shares, [
    [1, 1, 1],
    [1, 0, 1],
    [0, 0, 0],
  ]);
});

test('a coin does as well as layers in random order, and not as well as planted order', () => {
  const random = noise(3);
  const runs = (rank: (layer: number, layers: number) => ReturnType<typeof falls>) =>
    [0, 1].flatMap((seed) =>
      layerFalls(syntheticRun({ scale: 'micro', seed, steps: 2000, plan: () => ({ rank }) })),
    );
  const noisy = topDown(
    runs(() => falls(2, 100 + 400 * random())),
    'time',
  );
  assert.ok(noisy.chance!.p > 0.05, JSON.stringify(noisy));
  const planted = topDown(runs(orders.down), 'time');
  assert.ok(planted.chance!.p < 0.05);
  assert.deepEqual([planted.share!.count, planted.share!.of], [8, 8]);
});

test('a published profile that is planted comes back with a factor of 1', () => {
  const published = paperTables().layers_at_minimum['layers from the first up'].micro;
  const run = syntheticRun({
    scale: 'micro',
    steps: 1000,
    plan: () => ({ rank: (layer) => falls(published[layer - 1], 300) }),
  });
  const [match] = profileMatches(layerFalls(run));
  assert.equal(match.scale, 'micro');
  assert.ok(Math.abs(match.factor - 1) < 1e-9);
});

test('C2: the published profile of micro is not monotone', () => {
  const published = paperTables().layers_at_minimum['layers from the first up'];
  const found = Object.entries(published).flatMap(([scale, ranks]) => {
    const run = syntheticRun({
      ...{ scale, steps: 1000, tasks: ['MOD'] },
      plan: () => ({ rank: (layer) => falls(ranks[layer - 1], 300) }),
    });
    return layerFalls(run).map(({ monotone }) => [scale, monotone]);
  });
  const micro = found.filter(([scale]) => scale === 'micro');
  assert.deepEqual(micro, [['micro', false]]);
  assert.ok(found.every(([scale, monotone]) => scale === 'micro' || monotone));
});
