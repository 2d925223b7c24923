import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { OUT, ROOT } from '../../lib/environment/paths';
import { executeNotebook } from '../../lib/notebook/files/execute';
import {
  figuresIn,
  type Notebook,
  notebookPaths,
  readNotebook,
  textOf,
} from '../../lib/notebook/files/notebook-file';
import { ledgerRows } from '../../lib/notebook/ledger-rows';
import { progressLine } from '../../lib/notebook/progress';
import { PLOTLY_MIME } from '../../lib/notebook/show';
import { differences } from './committed';
import { notebookOf } from './notebook-of';

// Inside the clone, where a kernel finds the library.
const home = mkdtempSync(join(ROOT, 'out', 'kernel-test-'));
test.after(() => rmSync(home, { recursive: true }));

/** Executes cells on the real kernel. */
async function executed(...cells: string[]): Promise<Notebook> {
  const path = join(home, 'made.ipynb');
  writeFileSync(path, JSON.stringify(notebookOf(...cells)));
  return executeNotebook(path);
}

/** What a cell printed. */
function printed({ cells }: Notebook, at: number, stream = 'stdout'): string {
  const outputs = cells[at].outputs ?? [];
  return outputs.flatMap((one) => (one.name === stream ? textOf(one.text) : [])).join('');
}

/** What a cell displayed, as the given type. */
function shown({ cells }: Notebook, at: number, type: string): unknown[] {
  return (cells[at].outputs ?? []).flatMap(({ data }) => (data?.[type] ? [data[type]] : []));
}

test('any amount of printing arrives in order, tables stand where they were shown, and nothing throws', async () => {
  const notebook = await executed(
    "import { DataFrame, note, ProgressBar, show, table } from 'anatomy';",
    'for (let i = 0; i < 2000; i++) console.log(i);\ntable([{ a: 1 }]);',
    'for (let i = 0; i < 1e6; i++) console.log(i);',
    'for (let i = 0; i < 40; i++) { console.log(i); table([{ a: i }]); await new Promise((done) => setTimeout(done, 1)); }',
    'const bar = new ProgressBar();\nfor (let i = 0; i <= 5000; i++) bar.update({ label: "x", done: i, of: 5000, secondsLeft: 0 });',
    'new DataFrame([{ a: 1 }, { a: 2 }]).query(new DataFrame([{ a: 1 }, { a: 2 }]).a.gt(1));',
    'show({ data: [{ y: new Float32Array([1, 2]) as never }], layout: {} });\nnote("**bold**");',
  );
  const numbers = (n: number) => Array.from({ length: n }, (_, i) => `${i}\n`).join('');
  assert.equal(printed(notebook, 1), numbers(2000));
  assert.equal(shown(notebook, 1, 'text/html').length, 1);
  const long = printed(notebook, 2);
  assert.ok(long.length < 220_000 && long.startsWith('0\n1\n'));
  assert.match(
    long,
    /only its end will follow …\n… [\d,]+ characters are left out …\n[\s\S]*\n999999\n$/,
  );
  assert.equal(printed(notebook, 3), numbers(40));
  const kinds = (notebook.cells[3].outputs ?? []).map(({ output_type }) => output_type);
  assert.deepEqual(
    kinds,
    Array.from({ length: 80 }, (_, i) => (i % 2 ? 'display_data' : 'stream')),
  );
  assert.match(textOf(shown(notebook, 4, 'text/html')[0]), /x: 5000 of 5000 \(100 %\), done/);
  assert.match(textOf(shown(notebook, 5, 'text/html')[0]), /<td>2<\/td>/);
  assert.deepEqual((shown(notebook, 6, PLOTLY_MIME)[0] as { data: unknown }).data, [{ y: [1, 2] }]);
});

test('an error of the user is one line; a fault of ours keeps its trace, and the last good output stays', async () => {
  const failing = (source: string) => executed("import { table } from 'anatomy';", source);
  await assert.rejects(failing('table([{ a: 1 }], { sortBy: "b" });'), (error: Error) => {
    assert.match(
      error.message,
      /made.ipynb failed:[\s\S]*There is no column "b": sort by one of a\./,
    );
    assert.doesNotMatch(error.message, /at .*\.js:\d/);
    return true;
  });
  await assert.rejects(failing('throw new TypeError("as planned");'), /as planned[\s\S]* at /);
  const left = readdirSync(OUT).filter((name) => name === `.executing-${process.pid}`);
  assert.deepEqual(left, [], 'nothing is left behind');
});

test('a parameter that does not fit is told before a kernel starts', async () => {
  const start = Date.now();
  const [path] = notebookPaths(['01']);
  await assert.rejects(
    executeNotebook(path, { scale: 'tiny' }),
    /scale of 01-.*ipynb is "tiny": give one of nano/,
  );
  assert.ok(Date.now() - start < 1000);
});

/** A live run of its own, short and long enough for the floors; nobody else uses the seed. */
const LIVE = { steps: '500', seed: '7' };

test('notebook 01 runs on the real kernel, and tells how far it is', async () => {
  rmSync(join(OUT, 'runs', 'notebooks', 'nano-s7'), { recursive: true, force: true });
  const [path] = notebookPaths(['01']);
  const told: string[] = [];
  const notebook = await executeNotebook(path, LIVE, (progress) =>
    told.push(progressLine(progress)),
  );
  const figures = figuresIn(path, notebook);
  assert.ok(figures.length >= 3);
  for (const { figure } of figures) assert.ok(figure.data.length > 0);
  const html = JSON.stringify(notebook);
  for (const words of ['500 of 500 (100 %)', 'Trained here', 'MOD'])
    assert.ok(html.includes(words), words);
  assert.deepEqual(differences(readNotebook(path), notebook), []);
  const code = notebook.cells.filter(({ cell_type }) => cell_type === 'code').length;
  assert.equal(told.at(-1), `01-collapse-floors: ${code} of ${code} (100 %), done`);
  assert.ok(told.some((line) => /nano-s7: \d+ of 500/.test(line)));
});

// They share the short live run of the test above.
for (const [number, fewest] of [
  ['02', 3],
  ['03', 2],
  ['04', 1],
] as const) {
  test(`notebook ${number} runs on the real kernel and ends with its ledger`, async () => {
    const [path] = notebookPaths([number]);
    const notebook = await executeNotebook(path, LIVE);
    const figures = figuresIn(path, notebook);
    assert.ok(figures.length >= fewest);
    for (const { figure } of figures) assert.ok(figure.data.length > 0);
    const html = JSON.stringify(notebook.cells.map(({ outputs }) => outputs));
    assert.ok(html.includes('500 updates'));
    for (const { id, by_its_rule } of ledgerRows(number)) {
      assert.ok(html.includes(`>${by_its_rule.verdict}<`), id);
    }
    assert.ok(!/>NaN<|>undefined</.test(html));
    assert.deepEqual(differences(readNotebook(path), notebook), []);
  });
}

test('notebook 05 trains, saves, reads back and measures a stand-in on the real kernel', async () => {
  rmSync(join(OUT, 'pythia-live'), { recursive: true, force: true });
  const [path] = notebookPaths(['05']);
  const notebook = await executeNotebook(path);
  assert.ok(figuresIn(path, notebook).length >= 4);
  assert.ok(JSON.stringify(notebook).includes('General text, last layer'));
  assert.deepEqual(differences(readNotebook(path), notebook), []);
  assert.ok(existsSync(OUT));
});
