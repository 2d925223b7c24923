import assert from 'node:assert/strict';
import test from 'node:test';
import { hutchinson } from '../../lib/measures/algorithms/hutchinson';
import { lanczos } from '../../lib/measures/algorithms/lanczos';
import { denseOperator, type LinearOperator } from '../../lib/measures/algorithms/linear-operator';
import { RandomVectors } from '../../lib/measures/algorithms/random-vectors';
import { smoothed, spectralDensity } from '../../lib/measures/algorithms/spectral-density';
import {
  symmetricEigen,
  symmetricEigenvalues,
} from '../../lib/measures/algorithms/symmetric-eigen';
import { dot, norm } from '../../lib/measures/algorithms/vector';
import { hessianTrace, topEigenvalue } from '../../lib/measures/hessian';
import { near } from './helpers';

/** XᵀX / samples of Gaussian X: its spectrum follows Marchenko and Pastur. */
function wishart(n: number, samples: number, seed: number): Float64Array {
  const x = new RandomVectors(seed).gaussians(n * samples);
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let s = 0; s < samples; s++) sum += x[s * n + i] * x[s * n + j];
      matrix[i * n + j] = matrix[j * n + i] = sum / samples;
    }
  }
  return matrix;
}

function diagonal(entries: ArrayLike<number>): LinearOperator {
  return {
    size: entries.length,
    matvec: (vector) => vector.map((value, i) => value * entries[i]),
  };
}

test('the dense solver gives known eigenvalues to float64 precision', () => {
  // The second difference matrix: 2 − 2 cos(kπ / (n + 1)).
  const n = 30;
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    matrix[i * n + i] = 2;
    if (i + 1 < n) matrix[i * n + i + 1] = matrix[(i + 1) * n + i] = -1;
  }
  const { values, vectors } = symmetricEigen(matrix, n);
  const [batched] = symmetricEigenvalues([matrix, matrix], n);
  for (let k = 0; k < n; k++) {
    const known = 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1));
    near(values[k], known, 1e-11);
    near(batched[k], known, 1e-11);
    near(norm(vectors[k]), 1, 1e-11);
  }
});

test('Lanczos in as many steps as dimensions finds a whole Wishart spectrum', () => {
  const n = 60;
  const matrix = wishart(n, 150, 1);
  const [dense] = symmetricEigenvalues([matrix], n);
  const start = new RandomVectors(2).gaussians(n);
  const { values, residuals, weights, steps } = lanczos(denseOperator(matrix, n), start, {
    steps: n,
  });
  assert.equal(steps, n);
  values.forEach((value, i) => {
    near(value, dense[i], 1e-8);
  });
  assert.ok(residuals.every((residual) => residual < 1e-8));
  near(
    weights.reduce((a, b) => a + b),
    1,
    1e-10,
  );
});

test('Ritz residuals bound the distance to an eigenvalue, and no ghosts appear', () => {
  const n = 150;
  const entries = Float64Array.from({ length: n }, (_, i) => (i === n - 1 ? 100 : i / n));
  const start = new RandomVectors(3).gaussians(n);
  for (const steps of [5, 20, 60, 120]) {
    const { values, residuals } = lanczos(diagonal(entries), start, { steps });
    values.forEach((value, i) => {
      const distance = Math.min(...entries.map((entry) => Math.abs(entry - value)));
      assert.ok(distance <= residuals[i] + 1e-9, `${value} at ${steps} steps`);
    });
    // Without reorthogonalization the outlier would be found again and again.
    assert.equal(values.filter((value) => value > 50).length, 1);
  }
});

test('Lanczos stops where the Krylov space ends, also on the zero operator', () => {
  const eigenvector = Float64Array.from({ length: 10 }, (_, i) => (i === 3 ? 2 : 0));
  const one = lanczos(diagonal(Float64Array.from({ length: 10 }, (_, i) => i)), eigenvector, {
    steps: 10,
  });
  assert.deepEqual([...one.values], [3]);
  assert.deepEqual([...one.residuals], [0]);
  const zero = lanczos(diagonal(new Float64Array(10)), eigenvector, { steps: 5 });
  assert.deepEqual([...zero.values], [0]);
  // Three distinct eigenvalues, three steps.
  const few = diagonal(Float64Array.from({ length: 30 }, (_, i) => i % 3));
  assert.equal(lanczos(few, new RandomVectors(4).gaussians(30), { steps: 20 }).steps, 3);
});

test('the top eigenvalue agrees with the dense solver, and says how good it is', () => {
  const n = 100;
  const matrix = wishart(n, 200, 5);
  const [dense] = symmetricEigenvalues([matrix], n);
  const top = topEigenvalue(denseOperator(matrix, n), { steps: 60, tolerance: 1e-6 });
  near(top.value, dense[n - 1], 1e-6);
  assert.ok(top.residual <= 1e-6 * top.value && top.spread === top.residual);
  assert.ok(top.steps < 60, 'stops as soon as the residual is small');
  assert.ok(top.smallest >= dense[0] - 1e-9);
  assert.deepEqual(top.settings, { steps: 60, tolerance: 1e-6, seed: 0 });
  assert.ok(Object.isFrozen(top) && Object.isFrozen(top.settings));
  // Largest in value, even where the most negative one is larger in size.
  near(topEigenvalue(diagonal([-9, 1, 4, 2, 0])).value, 4, 1e-9);
});

test('quadrature weights sum to one and reproduce moments', () => {
  const n = 120;
  const matrix = wishart(n, 240, 6);
  const [dense] = symmetricEigenvalues([matrix], n);
  const density = spectralDensity(denseOperator(matrix, n), { probes: 10, steps: 30, seed: 1 });
  assert.equal(density.weights.length, 300);
  near(
    density.weights.reduce((a, b) => a + b),
    1,
    1e-10,
  );
  assert.ok(density.weights.every((weight) => weight >= 0));
  const trace = dense.reduce((a, b) => a + b);
  assert.ok(Math.abs(density.trace - trace) < 3 * density.traceError + 1e-9);
  // The share of eigenvalues below 1, the median's neighborhood.
  const below = density.nodes.reduce(
    (sum, node, i) => sum + (node < 1 ? density.weights[i] : 0),
    0,
  );
  near(below, dense.filter((value) => value < 1).length / n, 0.1);
});

test('the smoothed density is a density', () => {
  const density = spectralDensity(diagonal([0, 0, 0, 5]), { probes: 4, steps: 4 });
  const grid = Float64Array.from({ length: 2001 }, (_, i) => -5 + i / 100 / 1.25);
  const curve = smoothed(density, grid, 0.2);
  near(
    curve.reduce((sum, value) => sum + value / 125, 0),
    1,
    1e-3,
  );
  const nearFive = curve.reduce((sum, value, i) => sum + (grid[i] > 2.5 ? value / 125 : 0), 0);
  near(nearFive, 0.25, 1e-3);
  assert.throws(() => smoothed(density, grid, 0), /width is 0/);
});

test("Hutchinson's trace is exact on diagonals and within its error elsewhere", () => {
  const entries = Float64Array.from({ length: 50 }, (_, i) => i - 10);
  const exact = hutchinson(diagonal(entries), { probes: 3 });
  near(
    exact.trace,
    entries.reduce((a, b) => a + b),
    1e-12,
  );
  assert.equal(exact.error, 0);
  const n = 80;
  const matrix = wishart(n, 160, 7);
  const trace = Array.from({ length: n }, (_, i) => matrix[i * n + i]).reduce((a, b) => a + b);
  const estimate = hessianTrace(denseOperator(matrix, n), { probes: 200, seed: 2 });
  assert.ok(Math.abs(estimate.value - trace) < 3 * estimate.spread);
  // Twice the squares off the diagonal, per probe.
  let squares = 0;
  matrix.forEach((value, at) => {
    if (Math.floor(at / n) !== at % n) squares += value ** 2;
  });
  near(estimate.spread, Math.sqrt((2 * squares) / 200), 0.15);
  assert.equal(estimate.samples, 200);
});

test('random vectors: seeded, balanced, orthogonal enough', () => {
  const [a, b, other] = [1, 1, 2].map((seed) => new RandomVectors(seed).gaussians(20_000));
  assert.deepEqual(a, b);
  assert.ok(Math.abs(dot(a, other)) < 4 * Math.sqrt(20_000));
  near(dot(a, a), 20_000, 0.04);
  const signs = new RandomVectors(3).rademacher(20_000);
  assert.ok(signs.every((sign) => Math.abs(sign) === 1));
  assert.ok(Math.abs(signs.reduce((x, y) => x + y)) < 4 * Math.sqrt(20_000));
  const order = new RandomVectors(4).permutation(100);
  assert.deepEqual(
    [...order].sort((x, y) => x - y),
    [...new Array(100).keys()],
  );
  assert.notDeepEqual([...order], [...new Array(100).keys()]);
});

test('bad settings and bad operators are refused by name', () => {
  const fine = diagonal([1, 2, 3]);
  const start = Float64Array.of(1, 1, 1);
  assert.throws(() => lanczos(fine, start, { steps: 0 }), /steps is 0/);
  assert.throws(() => lanczos(fine, new Float64Array(3), { steps: 2 }), /not all 0/);
  assert.throws(() => lanczos(fine, Float64Array.of(1), { steps: 2 }), /needs a start of 3/);
  assert.throws(() => spectralDensity(fine, { probes: 0 }), /probes is 0/);
  assert.throws(() => hutchinson(fine, { probes: 1.5 }), /probes is 1.5/);
  assert.throws(() => hessianTrace(fine, { probes: 1 }), /probes is 1/);
  assert.throws(() => topEigenvalue(fine, { tolerance: -1 }), /tolerance is -1/);
  assert.throws(() => denseOperator([1, 2], 2), /needs 4 numbers/);
  assert.throws(() => new RandomVectors(0.5), /seed is 0.5/);
  const broken = { size: 3, matvec: () => Float64Array.of(1, Number.NaN, 0) };
  assert.throws(() => topEigenvalue(broken), /not finite/);
  const short = { size: 3, matvec: () => Float64Array.of(1) };
  assert.throws(() => topEigenvalue(short), /vector of 1 entries/);
});
