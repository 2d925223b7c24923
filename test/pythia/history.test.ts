import assert from 'node:assert/strict';
import test from 'node:test';
import { type Found, judgeHistory } from '../../lib/pythia/history';
import { checkpointSteps, logSteps, PYTHIA_STEPS } from '../../lib/pythia/steps';
import { generator } from '../../lib/tasks/random';

const steps = checkpointSteps(PYTHIA_STEPS);

/** A training of 500 weights: from a random start to a random end, at a pace like log(step), with noise. */
function training(seed: number, noise = 0.003): Found[] {
  const random = generator(seed, 'history');
  const start = Array.from({ length: 500 }, () => 0.02 * random.gaussian());
  const change = Array.from({ length: 500 }, () => 0.2 * random.gaussian());
  return steps.map((step) => {
    const done = Math.log1p(step / 500) / Math.log1p(PYTHIA_STEPS / 500);
    const sketch = start.map(
      (value, i) =>
        value +
        change[i] * done +
        (step && step < PYTHIA_STEPS ? noise * 0.2 * random.gaussian() : 0),
    );
    return { step, sha256: `weights of ${step}`, sketch };
  });
}

const verdicts = (found: Found[]) => new Map(judgeHistory(found).map((each) => [each.step, each]));

test('the schedule has 154 steps', () => {
  assert.equal(steps.length, 154);
  assert.deepEqual(steps.slice(0, 13), [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000]);
  assert.equal(steps.at(-1), 143_000);
  assert.deepEqual(logSteps(PYTHIA_STEPS).slice(-5), [16_000, 32_000, 64_000, 128_000, 143_000]);
  assert.deepEqual(
    checkpointSteps(3000),
    [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 3000],
  );
  assert.deepEqual(checkpointSteps(5), [0, 1, 2, 4, 5]);
});

test('a clean history is genuine from end to end', () => {
  for (const seed of [1, 2, 3]) {
    assert.ok(judgeHistory(training(seed)).every(({ verdict }) => verdict === 'genuine'));
  }
});

test('planted duplicates are found, with the step that they repeat', () => {
  const history = training(4);
  const at = (step: number) => steps.indexOf(step);
  for (const [claims, is] of [
    [1, 0],
    [5000, 143_000],
    [40_000, 90_000],
    [120_000, 3000],
  ]) {
    history[at(claims)] = { ...history[at(is)], step: claims };
  }
  const found = verdicts(history);
  assert.equal(found.get(1)!.of, 0);
  assert.equal(found.get(5000)!.of, 143_000);
  assert.equal(found.get(40_000)!.of, 90_000);
  assert.equal(found.get(120_000)!.of, 3000);
  const damaged = [...found.values()].filter(({ verdict }) => verdict !== 'genuine');
  assert.deepEqual(
    damaged.map(({ step }) => step),
    [1, 5000, 40_000, 120_000],
  );
});

test('86 of 154 branches with final-era weights, as in Pythia 2.8B: the 68 genuine ones remain', () => {
  const history = training(5);
  const genuine = (step: number) => step >= 66_000 && step <= 142_000;
  const late = history.slice(-20);
  const damaged = history.map((own, i) =>
    genuine(own.step) || own.step === 143_000 ? own : { ...late[(i * 7) % 20], step: own.step },
  );
  const found = verdicts(damaged);
  const kept = [...found.values()].filter(({ verdict }) => verdict === 'genuine');
  assert.deepEqual(
    kept.map(({ step }) => step).filter((step) => step < 124_000),
    steps.filter((step) => genuine(step) && step < 124_000),
  );
  assert.ok(kept.length >= 76 && kept.every(({ step }) => step >= 66_000));
  for (const { step, verdict } of found.values()) {
    if (step < 66_000) assert.equal(verdict, 'duplicate', `step ${step}`);
  }
});

test('final-era weights that repeat nothing are inconsistent with their step', () => {
  const history = training(6);
  const random = generator(6, 'changed');
  const changed = history.map((own) =>
    [256, 7000, 31_000].includes(own.step)
      ? {
          step: own.step,
          sha256: `others ${own.step}`,
          sketch: Array.from(history.at(-3)!.sketch, (value) => value + 0.002 * random.gaussian()),
        }
      : own,
  );
  const bad = judgeHistory(changed).filter(({ verdict }) => verdict !== 'genuine');
  assert.deepEqual(
    bad.map(({ step, verdict }) => [step, verdict]),
    [
      [256, 'inconsistent'],
      [7000, 'inconsistent'],
      [31_000, 'inconsistent'],
    ],
  );
});

test('shuffled steps do not pass for a history', () => {
  const history = training(7);
  const random = generator(7, 'shuffle');
  const shuffled = history
    .map((own) => ({ ...own, key: random.uniform() }))
    .sort((a, b) => a.key - b.key);
  const judged = judgeHistory(shuffled.map((own, i) => ({ ...own, step: steps[i] })));
  const kept = judged.filter(({ verdict }) => verdict === 'genuine').length;
  assert.ok(kept < 60, `${kept} of 154`);
});

test('none and one', () => {
  assert.deepEqual(judgeHistory([]), []);
  assert.equal(judgeHistory(training(8).slice(0, 1))[0].verdict, 'genuine');
});
