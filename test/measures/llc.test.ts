import assert from 'node:assert/strict';
import test from 'node:test';
import { sgld } from '../../lib/measures/algorithms/sgld';
import { type LlcChoice, localLearningCoefficient } from '../../lib/measures/llc';
import { near } from './helpers';
import { type BatchGradient, plainLoss } from './plain-walk';

/** A loss of one batch from a formula and its gradient. */
function formula(value: (w: Float64Array) => number, gradient: (w: Float64Array) => number[]) {
  const both: BatchGradient = (point) => ({ loss: value(point), gradient: gradient(point) });
  return { ...plainLoss(both), gradient: both };
}

/** ½ Σ cᵢwᵢ². */
function quadratic(curvatures: readonly number[]) {
  return formula(
    (w) => curvatures.reduce((sum, c, i) => sum + (c / 2) * w[i] ** 2, 0),
    (w) => curvatures.map((c, i) => c * w[i]),
  );
}

/** x²ᵃ y²ᵇ: a normal crossing. */
function crossing(a: number, b: number) {
  return formula(
    ([x, y]) => x ** (2 * a) * y ** (2 * b),
    ([x, y]) => [
      2 * a * x ** (2 * a - 1) * y ** (2 * b),
      b === 0 ? 0 : 2 * b * x ** (2 * a) * y ** (2 * b - 1),
    ],
  );
}

const plain = { scattered: false, noise: 1, seed: 0 };

test('without noise, SGLD is gradient descent', async () => {
  const loss = quadratic([1, 4, 0.5]);
  const start = Float64Array.of(1, -1, 2);
  const options = { ...plain, steps: 50, stepSize: 1e-2, nBeta: 10, localization: 0, noise: 0 };
  const { point, losses } = await sgld(loss, start, options);
  const descent = start.slice();
  const rate = (1e-2 * 10) / 2;
  for (let step = 0; step < 50; step++) {
    near(losses[step], loss.gradient(descent, 0).loss, 1e-12);
    const { gradient } = loss.gradient(descent, 0);
    descent.forEach((value, i) => {
      descent[i] = value - rate * gradient[i];
    });
  }
  point.forEach((value, i) => {
    near(value, descent[i], 1e-12);
  });
});

test('without noise and loss, localization pulls back to the start', async () => {
  const flat = formula(
    () => 0,
    () => [0],
  );
  const options = { ...plain, steps: 10, stepSize: 0.1, nBeta: 1, localization: 5, noise: 0 };
  assert.deepEqual([...(await sgld(flat, Float64Array.of(3), options)).point], [3]);
  // A constant slope s against the pull: rest at −nβ s / γ from the start.
  const slope = formula(
    (w) => 2 * w[0],
    () => [2],
  );
  const { point } = await sgld(slope, Float64Array.of(3), { ...options, steps: 400 });
  near(point[0], 3 - 2 / 5, 1e-6);
});

test('every pass over mini-batches visits each for two draws, in an order of its own', async () => {
  const loss = { ...quadratic([1]), batches: 7 };
  const options = { ...plain, steps: 42, stepSize: 1e-3, nBeta: 1, localization: 1, seed: 4 };
  const { batches } = await sgld(loss, Float64Array.of(0), options);
  const turns = Array.from({ length: 21 }, (_, i) => {
    assert.equal(batches[2 * i], batches[2 * i + 1]);
    return batches[2 * i];
  });
  const passes = [0, 7, 14].map((from) => turns.slice(from, from + 7));
  for (const pass of passes) assert.deepEqual([...pass].sort(), [0, 1, 2, 3, 4, 5, 6]);
  assert.notDeepEqual(passes[0], passes[1]);
});

test('acceptance is near one for small steps, falls for large ones, and is blind to how batches differ', async () => {
  const { gradient } = quadratic(new Array(20).fill(1));
  const loss = plainLoss((w, batch) => {
    const { loss: value, gradient: slope } = gradient(w, 0);
    return { loss: value + 1000 * batch, gradient: slope };
  }, 3);
  const acceptance = async (stepSize: number) => {
    const options = { ...plain, steps: 8000, nBeta: 1, localization: 0, seed: 1, stepSize };
    return (await sgld(loss, new Float64Array(20), options)).acceptance;
  };
  assert.ok((await acceptance(0.01)) > 0.99);
  const coarse = await acceptance(1.2);
  assert.ok(coarse < 0.7 && coarse > 0.05, `${coarse}`);
});

test('in flat directions acceptance is ½ + exp(s²/2) Φ(−s) with s² = d h³/16: never below a half', async () => {
  // For a Gaussian of curvature a and h = ε a, the log odds are h/8 (|x|² − |y|²); where the walk has settled their mean
  // is 0 and their variance d h³/16.
  const [d, h] = [4000, 0.1];
  const options = { ...plain, scattered: true, nBeta: 0, localization: 1, stepSize: h, seed: 2 };
  const flat = formula(
    () => 0,
    (w) => new Array(w.length).fill(0),
  );
  const { acceptance } = await sgld(flat, new Float64Array(d), { ...options, steps: 4000 });
  const s = Math.sqrt((d * h ** 3) / 16);
  near(acceptance, 0.5 + Math.exp((s * s) / 2) * normalTail(s), 0.02);
});

/** Share of the standard normal distribution above z, by the trapezoidal rule. */
function normalTail(z: number): number {
  const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(z) / 2;
  for (let i = 1; i < 8000; i++) sum += density(z + i / 1000);
  return sum / 1000;
}

const long: LlcChoice = {
  ...{ chains: 4, draws: 60_000, burnIn: 3_000, seed: 1 },
  ...{ stepSize: 1e-3, localization: 1, nBeta: 100 },
};

/**
 * What the chains of `long` give for a quadratic, known exactly: in each direction they are autoregressive with
 * coefficient φ = 1 − ε a / 2 for a = nβ c + γ, so their variance is σ² = 1 / (a (1 − ε a / 4)), the direction
 * adds nβ c σ² / 2, and squares of neighbors correlate by φ².
 */
function autoregressive(curvatures: readonly number[], { stepSize, draws, chains }: typeof long) {
  let [value, variance] = [0, 0];
  for (const c of curvatures) {
    const a = 100 * c + 1;
    const part = (100 * c) / 2 / (a * (1 - (stepSize * a) / 4));
    const square = (1 - (stepSize * a) / 2) ** 2;
    value += part;
    variance += (2 * part ** 2 * (1 + square)) / (1 - square) / (draws! * chains!);
  }
  return { value, error: Math.sqrt(variance) };
}

test('a quadratic in d dimensions has λ = d/2, whatever its curvatures', async () => {
  const curvatures = [1, 2, 3, 1, 5, 2, 1, 4, 2, 1];
  const llc = await localLearningCoefficient(quadratic(curvatures), new Float64Array(10), long);
  const known = autoregressive(curvatures, long);
  // 5 × 0.0036: the sampler is right to its own standard error, thrice.
  assert.ok(known.error < 0.004 * 5, `${known.error}`);
  assert.ok(
    Math.abs(llc.value - known.value) < 3 * known.error,
    `${llc.value}, not ${known.value} ± ${known.error}`,
  );
  // What is left to d/2, 5 %, is the step's. A fifth of it leaves 0.5 %, and 3 × 0.7 % of standard error.
  const fine = await localLearningCoefficient(quadratic(curvatures), new Float64Array(10), {
    ...long,
    stepSize: 2e-4,
  });
  near(fine.value, 5, 0.026);
  // Four chains know their standard error to a factor: χ² with 3 degrees, beyond it once in a thousand.
  const factor = llc.standardError / known.error;
  assert.ok(factor > 0.09 && factor < 2.33, `${llc.standardError} against ${known.error}`);
  assert.equal(llc.stepSize, long.stepSize);
  assert.ok(Math.abs(llc.drift) < 6, `${llc.drift}`);
});

/** E[L] nβ under exp(−nβ L − γ/2 |w|²) by quadrature on a plane that is symmetric in both axes. */
function exact(loss: ReturnType<typeof formula>, nBeta: number, localization: number): number {
  let [mass, weighted] = [0, 0];
  // Even in log w down to 1e-8: crossings pile their mass up along the axes.
  const grid = Float64Array.from({ length: 400 }, (_, i) => Math.exp(-18 + i / 20));
  for (const x of grid) {
    for (const y of grid) {
      const { loss: value } = loss.gradient(Float64Array.of(x, y), 0);
      const p = Math.exp(-nBeta * value - (localization / 2) * (x * x + y * y)) * x * y;
      mass += p;
      weighted += p * nBeta * value;
    }
  }
  return weighted / mass;
}

const crossings = { ...long, nBeta: 300, localization: 5, draws: 150_000, stepSize: 2e-4 };

for (const [name, a, b, lambda] of [
  ['x²', 1, 0, 1 / 2],
  ['x⁴y²', 2, 1, 1 / 4],
  ['x⁶y²', 3, 1, 1 / 6],
] as const) {
  test(`normal crossing ${name}: λ = ${lambda.toFixed(3)}`, async () => {
    const loss = crossing(a, b);
    const llc = await localLearningCoefficient(loss, new Float64Array(2), crossings);
    const posterior = exact(loss, crossings.nBeta, crossings.localization);
    // Sampler against the exact posterior: its own error only.
    near(llc.value, posterior, 0.08, `λ̂ of ${name} against its exact posterior`);
    // The posterior against theory, which holds for nβ → ∞: slower, the more singular the crossing is.
    near(exact(loss, 1e7, 1), lambda, 0.06, `λ of ${name}`);
  });
}

test('x²y², of multiplicity 2, approaches λ = 1/2 by 1/ln n from below', async () => {
  const loss = crossing(1, 1);
  const llc = await localLearningCoefficient(loss, new Float64Array(2), crossings);
  near(llc.value, exact(loss, crossings.nBeta, crossings.localization), 0.08);
  const [near1, near2] = [1e4, 1e8].map((n) => 1 / 2 - exact(loss, n, 1));
  assert.ok(near1 > near2 && near2 > 0 && near2 < 0.06);
});

/** Learning coefficient of reduced-rank regression (Aoyagi & Watanabe 2005): M inputs, N outputs, H hidden, rank r. */
function aoyagiWatanabe(M: number, N: number, H: number, r: number): number {
  if (N + r <= M + H && M + r <= N + H && H + r <= M + N) {
    const odd = (M + N + H + r) % 2;
    return (2 * (H + r) * (M + N) - (M - N) ** 2 - (H + r) ** 2 + odd) / 8;
  }
  if (M + H < N + r) return (H * M - H * r + N * r) / 2;
  if (N + H < M + r) return (H * N - H * r + M * r) / 2;
  return (M * N) / 2;
}

test('reduced-rank regression has the learning coefficient of Aoyagi and Watanabe', async () => {
  // ½ |BA − T|² for standard normal inputs; T has rank r, A is H × M, B is N × H.
  const loss = (M: number, N: number, H: number) =>
    formula(
      (w) => residual(w).reduce((sum, e) => sum + e * e, 0) / 2,
      (w) => {
        const error = residual(w);
        const gradient = new Array(H * (M + N)).fill(0);
        for (let n = 0; n < N; n++) {
          for (let m = 0; m < M; m++) {
            for (let h = 0; h < H; h++) {
              gradient[h * M + m] += error[n * M + m] * w[H * M + n * H + h];
              gradient[H * M + n * H + h] += error[n * M + m] * w[h * M + m];
            }
          }
        }
        return gradient;
      },
    );
  const dims = { M: 0, N: 0, H: 0, target: (_n: number, _m: number) => 0 };
  const residual = (w: Float64Array) => {
    const { M, N, H, target } = dims;
    return Float64Array.from({ length: N * M }, (_, at) => {
      const [n, m] = [Math.floor(at / M), at % M];
      let sum = -target(n, m);
      for (let h = 0; h < H; h++) sum += w[H * M + n * H + h] * w[h * M + m];
      return sum;
    });
  };
  for (const [M, N, H, r] of [
    [3, 3, 2, 1],
    [4, 3, 3, 1],
  ]) {
    Object.assign(dims, { M, N, H, target: (n: number, m: number) => (n === m && n < r ? 1 : 0) });
    const start = new Float64Array(H * (M + N));
    for (let i = 0; i < r; i++) {
      start[i * M + i] = 1;
      start[H * M + i * H + i] = 1;
    }
    const settings = { ...long, draws: 40_000, nBeta: 1000, stepSize: 5e-5, localization: 1 };
    const llc = await localLearningCoefficient(loss(M, N, H), start, settings);
    const lambda = aoyagiWatanabe(M, N, H, r);
    // Half the number of parameters, the regular answer, is far off: 6 and 10.5.
    near(llc.value, lambda, 0.1, `λ̂ of ${M}, ${N}, ${H}, ${r}`);
  }
  // The formula itself, from Aoyagi & Watanabe's cases: one hidden unit, two of each; wide hidden layers.
  assert.equal(aoyagiWatanabe(2, 2, 1, 0), 1);
  assert.equal(aoyagiWatanabe(2, 2, 9, 0), 2);
});

test('mini-batches: what differs between them cancels, and the mean counts', async () => {
  // Losses offset by a hundred times the rise.
  const loss = plainLoss(
    (w, batch) => ({
      loss: batch * 10 + w.reduce((sum, x) => sum + (x * x) / 2, 0),
      gradient: [...w],
    }),
    5,
  );
  const settings = { ...long, draws: 20_001 };
  const llc = await localLearningCoefficient(loss, new Float64Array(4), settings);
  near(llc.value, 2, 0.1);
});

test('a divergent chain is reported and left out; when all diverge, that is an error', async () => {
  // A cliff: whoever steps past 1 is lost. Some seeds do and some do not.
  const cliff = formula(
    (w) => (w[0] > 1 ? Number.POSITIVE_INFINITY : w[0] ** 2 / 2),
    (w) => [w[0]],
  );
  const settings = { ...long, chains: 12, draws: 600, burnIn: 0, nBeta: 6, stepSize: 1e-2 };
  const llc = await localLearningCoefficient(cliff, Float64Array.of(0), settings);
  const { nBeta, stepSize, localization } = settings;
  const options = { ...plain, nBeta, stepSize, localization, steps: 600 };
  const chains = await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      sgld(cliff, Float64Array.of(0), { ...options, seed: settings.seed! + i }),
    ),
  );
  const good = chains.filter((chain) => !chain.diverged);
  assert.ok(good.length > 0 && good.length < 12, `${good.length} of 12 did not diverge`);
  const rises = good.map(({ losses }) => losses.reduce((a, b) => a + b) / losses.length);
  near(llc.value, (6 * rises.reduce((a, b) => a + b)) / good.length, 1e-12);
  const bad = chains.find((chain) => chain.diverged);
  assert.match(bad!.diverged!, /loss Infinity at draw \d+/);
  // A step far too large.
  const steep = quadratic([1e4]);
  const wild = { ...long, draws: 500, burnIn: 0, stepSize: 1, nBeta: 10 };
  await assert.rejects(
    localLearningCoefficient(steep, Float64Array.of(0), wild),
    /All 4 SGLD chains diverged .* lower stepSize \(1\) or raise localization/,
  );
});

test('ε is halved until the exact sampler would accept the moves', async () => {
  const steep = quadratic([400, 1, 1]);
  const choice = { ...long, draws: 4000, burnIn: 100, nBeta: 10, stepSize: 1, trial: 200 };
  const llc = await localLearningCoefficient(steep, new Float64Array(3), {
    ...{ ...choice, acceptance: 0.9, scattered: true },
  });
  assert.ok(llc.acceptance > 0.88, `${llc.acceptance}`);
  // Halved from 1, and once less is not enough: a curvature of 4,000 takes steps below 1e-3.
  const halvings = Math.log2(1 / llc.stepSize);
  assert.ok(Number.isInteger(halvings) && halvings >= 9 && halvings <= 12, `${halvings}`);
  const part = (c: number) =>
    (10 * c) / 2 / ((10 * c + 1) * (1 - (llc.stepSize * (10 * c + 1)) / 4));
  near(llc.value, part(400) + 2 * part(1), 0.15);
  await assert.rejects(
    localLearningCoefficient(quadratic([1e9]), new Float64Array(1), { ...choice, acceptance: 0.9 }),
    /No step is small enough/,
  );
});

test('drift is in standard errors: small for settled chains, large for those that still climb', async () => {
  const flat = quadratic(new Array(50).fill(1));
  const choice = { ...long, nBeta: 10, localization: 10, stepSize: 1e-3 };
  const climbing = { ...choice, draws: 100, burnIn: 0 };
  const drift = async (chosen: LlcChoice) =>
    (await localLearningCoefficient(flat, new Float64Array(50), chosen)).drift;
  assert.ok((await drift(climbing)) > 4);
  // What chains settle at in flat directions they have from the start where they are scattered.
  assert.ok(Math.abs(await drift({ ...climbing, nBeta: 1e-3, scattered: true })) < 4);
  // A single chain has the same by stretches.
  assert.ok((await drift({ ...climbing, chains: 1 })) > 4);
  assert.ok(Math.abs(await drift({ ...choice, chains: 1, draws: 20_000, burnIn: 2000 })) < 4);
});

test('a start that is no minimum shows as negative', async () => {
  const slope = quadratic([1]);
  const llc = await localLearningCoefficient(slope, Float64Array.of(10), { ...long, draws: 2000 });
  assert.ok(llc.value < -5 * llc.standardError);
});

test('chains depend on their seed alone', async () => {
  const settings = { ...long, draws: 50, burnIn: 0 };
  const of = (seed: number, chains: number) =>
    localLearningCoefficient(quadratic([1, 1]), [0, 0], { ...settings, seed, chains });
  const both = await of(7, 2);
  assert.deepEqual(await of(7, 2), both);
  const [first, second] = [await of(7, 1), await of(8, 1)];
  assert.notEqual(first.value, second.value);
  near(both.value, (first.value + second.value) / 2, 1e-12);
});

test('bad settings are refused by name', async () => {
  const refused = (change: object, message: RegExp, loss = quadratic([1])) =>
    assert.rejects(localLearningCoefficient(loss, [0], { ...long, ...change }), message);
  await refused({ chains: 0 }, /chains is 0/);
  await refused({ draws: 1 }, /draws is 1/);
  await refused({ stepSize: 0 }, /stepSize is 0/);
  await refused({ localization: -1 }, /localization is -1/);
  await refused({ localization: 0, scattered: true }, /localization is 0/);
  await refused({ nBeta: Number.NaN }, /nBeta is NaN/);
  await refused({ acceptance: 1 }, /acceptance is 1/);
  const broken = formula(
    () => Number.NaN,
    () => [0],
  );
  await refused({}, /loss is NaN at the start/, broken);
  await refused({}, /mini-batches .* is 0/, { ...quadratic([1]), batches: 0 });
});

test('whoever waits can stop the chains', async () => {
  let pauses = 0;
  const pause = async () => {
    if (++pauses > 3) throw new Error('enough');
  };
  await assert.rejects(localLearningCoefficient(quadratic([1]), [0], long, pause), /enough/);
});
