import assert from 'node:assert/strict';
import test from 'node:test';
import { CellText, inOrder } from '../../lib/notebook/output';

test('a queue sends one message after the other, in order, and outlives a socket that refuses', async () => {
  const sent: unknown[] = [];
  let busy = false;
  const add = inOrder(async (message) => {
    assert.ok(!busy, 'Socket is busy writing');
    busy = true;
    await new Promise((resolve) => setTimeout(resolve, 1));
    busy = false;
    if (message === 3) throw new Error('closed');
    sent.push(message);
  });
  const sentUpTo = async (last: number) => {
    while (sent.at(-1) !== last) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  for (let i = 0; i < 20; i++) add(i);
  await sentUpTo(19);
  add(20);
  await sentUpTo(20);
  assert.deepEqual(
    sent,
    Array.from({ length: 21 }, (_, i) => i).filter((i) => i !== 3),
  );
});

test('lines of a tick go out together, by stream and in order', async () => {
  const sent: [string, string][] = [];
  const text = new CellText((stream, words) => sent.push([stream, words]));
  for (let i = 0; i < 1000; i++) text.print('stdout', `${i}\n`);
  text.print('stderr', 'wrong\n');
  text.print('stdout', 'right\n');
  assert.equal(sent.length, 2);
  await new Promise((resolve) => setImmediate(resolve));
  const all = `${Array.from({ length: 1000 }, (_, i) => i).join('\n')}\n`;
  assert.deepEqual(sent, [
    ['stdout', all],
    ['stderr', 'wrong\n'],
    ['stdout', 'right\n'],
  ]);
});

test('of very long output the middle is left out, with a word', () => {
  let said = '';
  const text = new CellText((_, words) => {
    said += words;
  });
  for (let i = 0; i < 100_000; i++) text.print('stdout', `line ${i}\n`);
  text.close();
  assert.ok(said.length < 210_000);
  assert.match(said, /^line 0\nline 1\n/);
  assert.match(
    said,
    /… the output is long: only its end will follow …\n… [\d,]+ characters are left out …\n/,
  );
  assert.match(said, /line 99998\nline 99999\n$/);
});
