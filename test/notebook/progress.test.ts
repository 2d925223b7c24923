import assert from 'node:assert/strict';
import test from 'node:test';
import { ProgressBar } from '../../lib/notebook/progress';

test('a log has a line for every twentieth of the work, and one every five minutes', (context) => {
  context.mock.timers.enable({ apis: ['Date'] });
  const lines: string[] = [];
  const { isTTY } = process.stderr;
  process.stderr.isTTY = false;
  context.after(() => {
    process.stderr.isTTY = isTTY;
  });
  context.mock.method(process.stderr, 'write', (line: string) => lines.push(line));

  const fast = new ProgressBar('fast');
  for (let step = 1; step <= 60; step++) {
    fast.update({ step, steps: 60, loss: 1, secondsLeft: 0 });
  }
  assert.equal(lines.length, 1 + 20);
  assert.equal(lines.at(-1), 'fast: step 60 of 60 (100 %), loss 1.000, done\n');

  lines.length = 0;
  const slow = new ProgressBar('slow');
  for (let step = 1; step <= 9; step++) {
    context.mock.timers.tick(100_000);
    slow.update({ step, steps: 1000, loss: 1, secondsLeft: 7200 });
  }
  assert.deepEqual(
    lines.slice(1).map((line) => /step (\d)/.exec(line)?.[1]),
    ['3', '6', '9'],
  );
});
