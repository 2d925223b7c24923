import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { readRates, sweepRates } from '../../lib/study/rate-sweep';

const home = mkdtempSync(join(tmpdir(), 'anatomy-sweep-'));
test.after(() => rmSync(home, { recursive: true }));

const SHORT = { scale: 'nano', steps: 12, batch: 24, seed: 3 } as const;

test('a sweep finds the better rate, keeps its rows when stopped and goes on from there', async () => {
  const path = join(home, 'deep', 'rates.csv');
  const stop = new AbortController();
  const grid = { path, learningRates: [1e-6, 1e-3], warmups: [4] };
  const onRow = () => stop.abort();
  await assert.rejects(
    sweepRates(SHORT, { ...grid, signal: stop.signal, onRow }),
    /Stopped after 1 of 2 trainings, which are in .*rates\.csv/,
  );
  const [first, ...none] = readRates(path);
  assert.deepEqual(none, []);
  const seen: [number, number][] = [];
  const rows = await sweepRates(SHORT, {
    ...grid,
    onProgress: (done, of) => seen.push([done, of]),
  });
  // Only the missing training is made.
  assert.deepEqual(seen.at(-1), [11, 12]);
  assert.deepEqual(rows[0], first);
  assert.deepEqual(readRates(path), rows);
  const [slow, fast] = rows;
  assert.deepEqual([slow.learning_rate, fast.learning_rate], [1e-6, 1e-3]);
  assert.ok(fast.loss! < slow.loss! - 0.3, `${fast.loss} against ${slow.loss}`);
  assert.ok(slow.spread! > 0 && slow.seconds > 0 && slow.note === '');
});

test('a training that diverges is a row with the reason', async () => {
  const path = join(home, 'diverged.csv');
  const [row] = await sweepRates(SHORT, { path, learningRates: [100], warmups: [1] });
  assert.equal(row.loss, undefined);
  assert.match(row.note, /diverged at step/);
  assert.deepEqual(readRates(path), [row]);
});

test('tables that are not there or damaged, and settings out of range, are named', async () => {
  assert.throws(() => readRates(join(home, 'none.csv')), /There is no sweep in .*none\.csv/);
  const path = join(home, 'diverged.csv');
  appendFileSync(path, 'nano,0.1\n');
  assert.throws(() => readRates(path), /line 3: 2 columns instead of 11/);
  await assert.rejects(
    sweepRates(SHORT, { path, learningRates: [-1], warmups: [1] }),
    /learningRate is -1/,
  );
  assert.match(readFileSync(path, 'utf8'), /nano,0\.1\n$/);
});
