import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { OUT } from '../../lib/environment/paths';
import { replay } from '../../lib/study/replay';
import { type TrainOptions, train } from '../../lib/study/run';
import { savedSteps, weightsPath } from '../../lib/study/saved-weights';

const home = mkdtempSync(join(tmpdir(), 'anatomy-replay-'));
test.after(() => rmSync(home, { recursive: true }));

const STEPS = 30;
/** Measured in between, so that a replay, which is not, shows whether measuring leaves the training alone. */
const SHORT = {
  ...{ scale: 'nano', seed: 5, steps: STEPS, batch: 24, warmup: 4, checkpoints: 2 },
  ...{ behaviorSamples: 10, rankmeSamples: 10 },
};
let made = 0;

/** An ended run in a folder whose name no other replay has. */
async function ended(options: Partial<TrainOptions> = {}) {
  const name = `replay-test-${process.pid}-${made++}`;
  const { folder } = await train({ ...SHORT, ...options, folder: join(home, name) });
  return { folder, replayed: join(OUT, 'replays', name) };
}

function changeLoss(folder: string, step: number, loss: string): string {
  const path = join(folder, 'training.csv');
  const lines = readFileSync(path, 'utf8').split('\n');
  const [, old, ...rest] = lines[step].split(',');
  lines[step] = [step, loss, ...rest].join(',');
  writeFileSync(path, lines.join('\n'));
  return old;
}

test('a replay makes the weights that the run had, and leaves its tables alone', async () => {
  const wanted = await ended({ keep: [5, STEPS] });
  const { folder, replayed } = await ended();
  assert.deepEqual(savedSteps(folder), []);
  const tables = () =>
    ['training.csv', 'geometry.csv', 'behavior.csv', 'run.json'].map((name) =>
      readFileSync(join(folder, name), 'utf8'),
    );
  const before = tables();
  await replay(folder, { keep: [STEPS, 5] });
  assert.deepEqual(savedSteps(folder), [5, STEPS]);
  for (const step of [5, STEPS]) {
    const [ours, theirs] = [folder, wanted.folder].map((of) => readFileSync(weightsPath(of, step)));
    assert.ok(ours.equals(theirs), `the weights of step ${step} are others`);
  }
  assert.deepEqual(tables(), before);
  assert.ok(!existsSync(replayed));
});

test('a replay that was stopped goes on, also for other steps', async () => {
  const { folder, replayed } = await ended();
  const stop = new AbortController();
  await assert.rejects(
    replay(folder, {
      ...{ keep: [12], signal: stop.signal },
      onProgress: ({ step }) => step === 20 && stop.abort(),
    }),
    /Stopped at step 20 of 30/,
  );
  assert.deepEqual(savedSteps(folder), []);
  const steps: number[] = [];
  await replay(folder, { keep: [12, 25], onProgress: ({ step }) => steps.push(step) });
  assert.equal(steps[0], 21);
  assert.deepEqual(savedSteps(folder), [12, 25]);
  // What is there already is not made again.
  await replay(folder, { keep: [25], onProgress: () => assert.fail('nothing is to be trained') });
  await replay(folder, { keep: [3] });
  assert.deepEqual(savedSteps(folder), [3, 12, 25]);
  assert.ok(!existsSync(replayed));
});

test('a run that does not repeat is told at the update where it departs', async () => {
  const { folder, replayed } = await ended();
  const loss = changeLoss(folder, 7, '1.23456');
  await assert.rejects(replay(folder, { keep: [STEPS] }), ({ message }: Error) => {
    assert.match(message, /does not repeat here: the loss of update 7 is /);
    assert.ok(message.includes(`is ${Number(loss)}, and 1.23456 in its table`), message);
    assert.match(message, /made on .* with \d+ threads?, and this is /);
    return true;
  });
  assert.deepEqual(savedSteps(folder), []);
  assert.ok(!existsSync(replayed));
});

test('what cannot be replayed is refused before any work', async () => {
  const { folder } = await ended();
  const onProgress = () => assert.fail('nothing is to be trained');
  await assert.rejects(replay(folder, { keep: [31], onProgress }), /Step 31 is not in the run/);
  rmSync(join(folder, 'training.csv'));
  await assert.rejects(
    replay(folder, { keep: [3], onProgress }),
    /no training.csv to hold a replay/,
  );
  const path = join(folder, 'run.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ended: false }));
  await assert.rejects(replay(folder, { keep: [3], onProgress }), /has not ended: train it first/);
  await assert.rejects(replay(join(home, 'none'), { keep: [3] }), /There is no run in /);
});
