import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test from 'node:test';
import { findBrowser } from '../../lib/environment/browser';
import { OUT } from '../../lib/environment/paths';
import { executeNotebook } from '../../lib/notebook/files/execute';
import { type Notebook, notebookPaths, textOf } from '../../lib/notebook/files/notebook-file';
import { progressLine } from '../../lib/notebook/progress';
import { PLOTLY_MIME } from '../../lib/notebook/show';
import { NOTEBOOK_RUNS } from '../../lib/study/run/run-folder';
import { asExpected, beforeRun, parametersFor } from './expected';
import { notebookOf } from './notebook-of';

// Inside the clone, where a kernel finds the library.
mkdirSync(OUT, { recursive: true });
const home = mkdtempSync(join(OUT, 'kernel-test-'));
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

test('whoever executes a notebook is told how far it is; what it trained is reused', async () => {
  const folder = join(NOTEBOOK_RUNS, 'kernel-test');
  rmSync(folder, { recursive: true, force: true });
  const path = join(home, 'live.ipynb');
  const parameters = { source: 'const steps = 5; // 1 to 50', tags: ['parameters'] };
  const source =
    'const shape = { layers: 1, width: 16, heads: 2 };\n' +
    "const run = await liveRun({ name: 'kernel-test', shape: shape, tasks: ['CMP'], steps: steps });";
  const cells = [parameters, "import { liveRun } from 'anatomy';", source] as const;
  writeFileSync(path, JSON.stringify(notebookOf(...cells)));
  const told: string[] = [];
  const given = { steps: '40' };
  const first = await executeNotebook(path, given, (one) => told.push(progressLine(one)));
  assert.ok(told.some((line) => /^live: \d of 3 \(\d+ %\), kernel-test: \d+ of 40/.test(line)));
  assert.equal(told.at(-1), 'live: 3 of 3 (100 %), done');
  const second = await executeNotebook(path, given);
  for (const [notebook, words] of [
    [first, 'Trained here'],
    [second, 'Reused'],
  ] as const) {
    assert.match(textOf(shown(notebook, 2, 'text/markdown')[0]), new RegExp(`^${words}`));
    assert.match(textOf(shown(notebook, 2, 'text/html')[0]), /kernel-test: 40 of 40 \(100 %\)/);
  }
  rmSync(folder, { recursive: true });
});

// Where there is a browser, test/browser runs them in JupyterLab.
for (const path of notebookPaths()) {
  test(`${basename(path)} runs on the real kernel and shows what it should`, {
    skip: findBrowser() ? 'a browser is here: see test/browser' : false,
  }, async () => {
    beforeRun(path);
    asExpected(path, await executeNotebook(path, parametersFor(path)));
  });
}
