import assert from 'node:assert/strict';
import test from 'node:test';
import { symmetricEigen, symmetricEigenvalues } from '../../lib/measures/algorithms/float64';
import { type LinearOperator, lanczos } from '../../lib/measures/algorithms/lanczos';
import {
  dot,
  gaussians,
  norm,
  permutation,
  randomNumbers,
} from '../../lib/measures/algorithms/vectors';
import { PAPER_LANCZOS_STEPS, topEigenvalue } from '../../lib/measures/hessian';
import { near } from './helpers';

const normal = (size: number, seed: number) => gaussians(randomNumbers(seed), size);

function denseOperator(matrix: Float64Array, n: number): LinearOperator {
  const row = (vector: Float64Array, i: number) => dot(matrix.subarray(i * n, (i + 1) * n), vector);
  return { size: n, matvec: (vector) => vector.map((_, i) => row(vector, i)) };
}

/** XᵀX / samples of Gaussian X: its spectrum follows Marchenko and Pastur. */
function wishart(n: number, samples: number, seed: number): Float64Array {
  const x = normal(n * samples, seed);
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
  const batched = symmetricEigenvalues(matrix, n);
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
  const dense = symmetricEigenvalues(matrix, n);
  const start = normal(n, 2);
  const { values, residuals, steps } = lanczos(denseOperator(matrix, n), start, {
    steps: n,
  });
  assert.equal(steps, n);
  values.forEach((value, i) => {
    near(value, dense[i], 1e-8);
  });
  assert.ok(residuals.every((residual) => residual < 1e-8));
});

test('Ritz residuals bound the distance to an eigenvalue, and no ghosts appear', () => {
  const n = 150;
  const entries = Float64Array.from({ length: n }, (_, i) => (i === n - 1 ? 100 : i / n));
  const start = normal(n, 3);
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
  assert.equal(lanczos(few, normal(30, 4), { steps: 20 }).steps, 3);
});

test('the top eigenvalue agrees with the dense solver, and says how good it is', () => {
  const n = 100;
  const matrix = wishart(n, 200, 5);
  const dense = symmetricEigenvalues(matrix, n);
  const hessian = denseOperator(matrix, n);
  const { converged, early } = topEigenvalue(hessian, { steps: 60, tolerance: 1e-6 });
  near(converged.value, dense[n - 1], 1e-6);
  assert.ok(converged.residual <= 1e-6 * converged.value);
  assert.ok(converged.steps < 60, 'stops as soon as the residual is small');
  // Five steps, as they would be alone: below the eigenvalue, by far more than the tolerance.
  assert.equal(early.steps, PAPER_LANCZOS_STEPS);
  assert.deepEqual(early, topEigenvalue(hessian, { steps: 5 }).early);
  assert.ok(converged.value - early.value > 1e-3);
  // The residual bounds the distance to some eigenvalue, which need not be the top one.
  assert.ok(Math.min(...dense.map((value) => Math.abs(value - early.value))) <= early.residual);
  // Largest in value, even where the most negative one is larger in size.
  near(topEigenvalue(diagonal([-9, 1, 4, 2, 0])).converged.value, 4, 1e-9);
});

test('random vectors: seeded, standard normal, different', () => {
  const [a, b, other] = [1, 1, 2].map((seed) => normal(20_000, seed));
  assert.deepEqual(a, b);
  assert.ok(Math.abs(dot(a, other)) < 4 * Math.sqrt(20_000));
  near(dot(a, a), 20_000, 0.04);
  const order = permutation(randomNumbers(4), 100);
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
  assert.throws(() => topEigenvalue(fine, { tolerance: -1 }), /tolerance is -1/);
  assert.throws(() => randomNumbers(0.5), /seed is 0.5/);
  const broken = { size: 3, matvec: () => Float64Array.of(1, Number.NaN, 0) };
  assert.throws(() => topEigenvalue(broken), /not finite/);
  const short = { size: 3, matvec: () => Float64Array.of(1) };
  assert.throws(() => topEigenvalue(short), /vector of 1 entries/);
});
