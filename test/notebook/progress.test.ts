import assert from 'node:assert/strict';
import test from 'node:test';
import { ProgressBar } from '../../lib/notebook/progress';

test('a log has a line for every twentieth of the work, and one every five minutes', (context) => {
  let now = 0;
  context.mock.method(performance, 'now', () => now);
  const lines: string[] = [];
  const { isTTY } = process.stderr;
  process.stderr.isTTY = false;
  context.after(() => {
    process.stderr.isTTY = isTTY;
  });
  context.mock.method(process.stderr, 'write', (line: string) => lines.push(line));

  const fast = new ProgressBar();
  for (let done = 1; done <= 60; done++) {
    fast.update({ label: 'fast', done, of: 60, secondsLeft: 0, detail: 'loss 1.000' });
  }
  assert.equal(lines.length, 1 + 20);
  assert.equal(lines.at(-1), 'fast: 60 of 60 (100 %), loss 1.000, done\n');

  lines.length = 0;
  const slow = new ProgressBar();
  for (let done = 1; done <= 9; done++) {
    now += 100_000;
    slow.update({ label: 'slow', done, of: 1000, secondsLeft: 7200 });
  }
  assert.deepEqual(
    lines.map((line) => /: (\d)/.exec(line)?.[1]),
    ['1', '4', '7'],
  );
  assert.equal(lines[1], 'slow: 4 of 1000 (0 %), 2 h 0 min left\n');

  lines.length = 0;
  slow.update({ label: 'other', done: 1, of: 1000, secondsLeft: Number.NaN });
  slow.update({ label: 'nothing', done: 0, of: 0, secondsLeft: Number.NaN });
  assert.deepEqual(lines, ['other: 1 of 1000 (0 %)\n'], 'other work begins its own lines');

  lines.length = 0;
  const long = (done: number, secondsLeft: number) =>
    slow.update({ label: 'long', done, of: 1e9, secondsLeft });
  long(0, Number.NaN);
  long(2, Number.NaN);
  long(3, 5e7);
  long(4, 5e7);
  assert.deepEqual(lines, [
    'long: 0 of 1000000000 (0 %)\n',
    'long: 3 of 1000000000 (0 %), 579 days left\n',
  ]);
});
