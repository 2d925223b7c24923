import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { DataFrame } from 'danfojs-node';
import * as XLSX from 'xlsx';
import { findBrowser } from '../../lib/environment/browser';
import { OUT, ROOT } from '../../lib/environment/paths';
import { forPaper, pixels } from '../../lib/figures/paper';
import { drawPictures } from '../../lib/figures/pictures';
import { rankmeCurves } from '../../lib/figures/rankme-curves';
import { ledger } from '../../lib/findings/ledger';
import { executeNotebook } from '../../lib/notebook/execute';
import { figuresIn, notebookPaths, readNotebook } from '../../lib/notebook/file';
import { PLOTLY_MIME } from '../../lib/notebook/show';
import { writeSite } from '../../lib/notebook/site';
import { saveTable, tableHtml } from '../../lib/notebook/table';
import { typecheckNotebook } from '../../lib/notebook/typecheck';
import { studyRuns } from '../../lib/study/run-folder';
import { differences } from './committed';

const home = mkdtempSync(join(tmpdir(), 'anatomy-notebook-'));
test.after(() => rmSync(home, { recursive: true }));

for (const path of notebookPaths()) {
  test(`${path.slice(ROOT.length + 1)}: types hold, outputs are there, the file is small`, () => {
    assert.deepEqual(typecheckNotebook(path), []);
    const { cells } = readNotebook(path);
    assert.ok(figuresIn({ cells, metadata: {} }).every(({ output }) => output.data?.['image/png']));
    assert.ok(cells.some(({ outputs }) => outputs && outputs.length > 0));
    assert.ok(cells.every(({ outputs }) => !outputs?.some((o) => o.output_type === 'error')));
    assert.ok(statSync(path).size < 3e6, `${statSync(path).size} bytes`);
  });
}

test('a type error is found in its cell and line', () => {
  const path = join(ROOT, 'notebooks', 'none.ipynb');
  const cell = (source: string) => ({ cell_type: 'code', metadata: {}, source, outputs: [] });
  const file = join(home, 'wrong.ipynb');
  const cells = [
    cell('const a: number = 1;\nconst b = 2;'),
    cell('const c = 3;\nconst d: string = a + b + c;'),
  ];
  writeFileSync(file, JSON.stringify({ cells, metadata: {} }));
  const errors = typecheckNotebook(file).filter(({ message }) => !message.includes("'node'"));
  assert.equal(errors.length, 1);
  assert.deepEqual([errors[0].cell, errors[0].line], [2, 2]);
  assert.match(errors[0].message, /not assignable to type 'string'/);
  assert.ok(!existsSync(path));
});

test('notebook 01 runs on the real kernel and becomes an offline page', async () => {
  rmSync(join(OUT, 'runs', 'nano-s7-6'), { recursive: true, force: true });
  const [path] = notebookPaths(['01']);
  const { notebook, executed } = await executeNotebook(path, { steps: '6', seed: '7' });
  const figures = figuresIn(notebook);
  assert.ok(figures.length >= 3);
  for (const { figure } of figures) assert.ok(figure.data.length > 0);
  const html = JSON.stringify(notebook);
  for (const words of ['step 6 of 6', 'Trained here', 'MOD', 'v1, v2, v3']) {
    assert.ok(html.includes(words), words);
  }
  assert.deepEqual(differences(readNotebook(path), notebook), []);
  const front = await writeSite([executed]);
  assert.match(readFileSync(front, 'utf8'), /01-collapse-floors.html/);
  const page = readFileSync(join(OUT, '01-collapse-floors.html'), 'utf8');
  assert.match(page, /<head><script src="plotly.min.js">/);
  assert.ok(page.split('Plotly.newPlot(').length - 1 >= 3);
  assert.ok(!/<(script|link)[^>]+(src|href)="https?:/.test(page), 'the page fetches nothing');
});

// They share the short live run of the test above.
for (const [number, fewest] of [
  ['02', 3],
  ['03', 2],
  ['04', 1],
] as const) {
  test(`notebook ${number} runs on the real kernel and ends with its ledger`, async () => {
    const [path] = notebookPaths([number]);
    const { notebook } = await executeNotebook(path, { steps: '6', seed: '7' });
    assert.ok(figuresIn(notebook).length >= fewest);
    for (const { figure } of figuresIn(notebook)) assert.ok(figure.data.length > 0);
    const html = JSON.stringify(notebook.cells.map(({ outputs }) => outputs));
    assert.ok(html.includes('6 updates'));
    for (const { id, verdict } of ledger(studyRuns(), number)) {
      assert.ok(html.includes(`>${verdict}<`), id);
    }
    assert.ok(!/>NaN<|>undefined</.test(html));
    assert.deepEqual(differences(readNotebook(path), notebook), []);
  });
}

test('notebook 05 trains, saves, reads back and measures a stand-in on the real kernel', async () => {
  rmSync(join(OUT, 'pythia-live'), { recursive: true, force: true });
  const [path] = notebookPaths(['05']);
  const { notebook } = await executeNotebook(path, {});
  assert.ok(figuresIn(notebook).length >= 4);
  assert.ok(JSON.stringify(notebook).includes('Trained and measured on this machine'));
  assert.deepEqual(differences(readNotebook(path), notebook), []);
});

test('a failing cell is shown with its error', async () => {
  const path = join(home, 'fails.ipynb');
  const cells = [
    {
      cell_type: 'code',
      id: 'a',
      metadata: {},
      execution_count: null,
      outputs: [],
      source: 'throw new Error("as planned");',
    },
  ];
  const metadata = { kernelspec: { name: 'tslab', display_name: 'tslab', language: 'typescript' } };
  writeFileSync(path, JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }));
  await assert.rejects(executeNotebook(path, {}), /fails.ipynb failed:[\s\S]*as planned/);
  rmSync(join(OUT, 'notebooks', 'fails.ipynb'));
});

test('tables align numbers, escape text, sort, and say what is missing', () => {
  const rows = [
    { task: '<b>', rank: 2.123456, step: 3 },
    { task: 'MOD', rank: Number.NaN, step: 1 },
  ];
  const html = tableHtml(rows, { sortBy: 'step', digits: 3 });
  assert.ok(html.indexOf('MOD') < html.indexOf('&lt;b&gt;'));
  assert.match(html, />2.12</);
  assert.match(html, />–</);
  assert.match(html, /text-align:right[^>]*>step/);
  assert.throws(
    () => tableHtml(rows, { sortBy: 'rang' }),
    /no column "rang": sort by one of task, rank, step/,
  );
});

test('tables are saved whole as CSV and Excel', () => {
  const rows = [
    { task: 'a,"b"', rank: 1 / 3 },
    { task: 'c', rank: Number.NaN },
  ];
  const csv = saveTable(rows, join(home, 'deep', 'table.csv'));
  assert.equal(readFileSync(csv, 'utf8'), 'task,rank\n"a,""b""",0.3333333333333333\nc,\n');
  const book = XLSX.readFile(saveTable(new DataFrame(rows), join(home, 'table.xlsx')));
  const cells = XLSX.utils.sheet_to_json(book.Sheets[book.SheetNames[0]]) as { rank: number }[];
  assert.equal(cells[0].rank, 1 / 3);
  assert.throws(() => saveTable(rows, 'table.doc'), /cannot be saved as "table.doc": end the name/);
});

test('a figure for a paper has ink, the asked width, and type of 7 points or more', () => {
  const figure = rankmeCurves(
    [{ task: 'MOD', level: 1, layer: 2, steps: [0, 1, 2], rank: [5, 2, 4] }],
    [],
    { label: 'test' },
  );
  const { layout } = forPaper(figure, pixels('85mm'));
  assert.equal(layout.width, 321);
  assert.ok((layout.font?.size ?? 0) * 0.75 >= 7);
  assert.equal(layout.paper_bgcolor, '#ffffff');
  assert.equal(layout.yaxis?.linecolor, layout.font?.color);
  assert.throws(() => pixels('85'), /width "85" cannot be read: write 85mm or 800px/);
  assert.throws(() => pixels('2mm'), /too small/);
});

test('pictures are the same bytes each time', async (t) => {
  if (!findBrowser()) return t.skip('no browser on this machine: see npm run doctor');
  const figure = rankmeCurves(
    [{ task: 'MOD', level: 1, layer: 2, steps: [0, 1, 2], rank: [5, 2, 4] }],
    [],
    { label: 'test' },
  );
  const [one] = await drawPictures([figure], 'svg');
  const [two] = await drawPictures([figure], 'svg');
  assert.match(one.toString(), /^<svg/);
  assert.match(one.toString(), /RankMe/);
  assert.ok(one.equals(two));
  const pdf = readFileSync(await figure.save(join(home, 'figure.pdf'), '85mm'), 'latin1');
  assert.match(pdf, /^%PDF-/);
  assert.match(pdf, /\/FontFile/, 'fonts are embedded');
  await assert.rejects(figure.save('figure.bmp'), /Unknown picture format "bmp"/);
});

test('a number, a word or a figure that differs from what is committed is found; live cells may differ', () => {
  const cell = (source: string, data: object, tags?: string[]) => ({
    cell_type: 'code' as const,
    metadata: tags ? { tags } : {},
    source,
    outputs: [{ output_type: 'display_data', data: data as Record<string, unknown> }],
  });
  const notebook = (rank: number, word: string, live: string) => ({
    metadata: {},
    cells: [
      cell('show(a)', { [PLOTLY_MIME]: { data: [{ y: [1, rank] }] } }),
      cell('note(b)', { 'text/markdown': word }),
      cell('train()', { 'text/html': live }, ['live']),
    ],
  });
  const then = notebook(2, 'holds', 'one');
  assert.deepEqual(differences(then, notebook(2.00001, 'holds', 'two')), []);
  const [figure, text] = differences(then, notebook(2.1, 'holds not', 'two'));
  assert.match(figure, /^cell 1 \(show\(a\)\): .*y\/1 is 2.1, was 2$/);
  assert.match(text, /^cell 2 .* has "holds not", had "holds"$/);
});
