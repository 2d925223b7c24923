import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { DataFrame } from 'danfojs-node';
import * as XLSX from 'xlsx';
import { saveTable } from '../../lib/notebook/save-table';
import {
  isFrame,
  type TableData,
  type TableOptions,
  tableHtml,
  toRows,
} from '../../lib/notebook/table';

const home = mkdtempSync(join(tmpdir(), 'anatomy-table-'));
test.after(() => rmSync(home, { recursive: true }));

const html = (data: TableData, options?: TableOptions) => {
  const { columns, rows } = toRows(data);
  return tableHtml(columns, rows, options);
};
/** Texts of a column's cells, in order. */
const column = (text: string, at: number) =>
  [...text.matchAll(/<tr>(<td.*?)<\/tr>/g)].map(
    ([, row]) => [...row.matchAll(/<td[^>]*>(.*?)<\/td>/g)][at][1],
  );

test('tables align numbers, escape text, and say what is missing', () => {
  const rows = [
    { task: '<b onclick="x">', rank: 2.123456, step: 3 },
    { task: 'MOD', rank: Number.NaN, step: 1 },
  ];
  const text = html(rows, { sortBy: 'step', digits: 3, caption: '<i>' });
  assert.deepEqual(column(text, 0), ['MOD', '&lt;b onclick=&quot;x&quot;&gt;']);
  assert.deepEqual(column(text, 1), ['–', '2.12']);
  assert.match(text, /<th style="text-align:left">task</);
  assert.match(text, /<th>rank</);
  assert.match(text, /<caption>&lt;i&gt;</);
  assert.throws(
    () => html(rows, { sortBy: 'rang' }),
    /no column "rang": sort by one of task, rank, step/,
  );
  assert.throws(() => html(3 as never), /This is no table: give a DataFrame, or an array of rows/);
});

test('NaN and missing values come last, whichever way a table is sorted', () => {
  const values = [2, Number.NaN, -1, undefined, 7, null, Number.POSITIVE_INFINITY];
  const rows = values.map((a) => ({ a }));
  const sorted = (descending: boolean) => column(html(rows, { sortBy: 'a', descending }), 0);
  assert.deepEqual(sorted(false), ['-1', '2', '7', 'Infinity', '–', '–', '–']);
  assert.deepEqual(sorted(true), ['Infinity', '7', '2', '-1', '–', '–', '–']);
});

test('a column has one number of decimals, or powers of ten throughout', () => {
  const written = (...values: number[]) => column(html(values.map((a) => ({ a }))), 0);
  assert.deepEqual(written(1, 20000), ['1', '20,000']);
  assert.deepEqual(written(0.5, 12.25), ['0.50', '12.25']);
  assert.deepEqual(written(0.0012, 0.98), ['0.0012', '0.9800']);
  assert.deepEqual(written(1e-9, 0.5), ['1.000e-9', '5.000e-1']);
  assert.deepEqual(written(1e-17, 0.5), ['0.0000', '0.5000'], 'a rounding error is a zero');
  assert.deepEqual(written(Number.NEGATIVE_INFINITY, 0.5), ['-Infinity', '0.5000']);
});

test('every derived frame is a table', () => {
  const frame = new DataFrame([
    { task: 'MOD', rank: 3 },
    { task: 'COPY', rank: 1 },
    { task: 'MOD', rank: 5 },
  ]);
  const mean = frame.groupby(['task']).col(['rank']).mean();
  const derived: [unknown, string[]][] = [
    [frame, ['MOD', 'COPY', 'MOD']],
    [frame.head(2), ['MOD', 'COPY']],
    [frame.query(frame.rank.gt(2)), ['MOD', 'MOD']],
    [frame.sortValues('rank'), ['COPY', 'MOD', 'MOD']],
    [frame.loc({ rows: [1] }), ['COPY']],
    [mean, ['MOD', 'COPY']],
    [frame.rank, ['3', '1', '5']],
    [frame.describe(), ['count', 'mean', 'std', 'min', 'median', 'max', 'variance']],
  ];
  for (const [one, first] of derived) {
    assert.ok(isFrame(one));
    assert.deepEqual(column(html(one), 0), first);
  }
  assert.equal(
    readFileSync(saveTable(mean, join(home, 'm.csv')), 'utf8'),
    'task,rank_mean\nMOD,4\nCOPY,1\n',
  );
  for (const other of [[], 'x', null, { columns: [] }, frame.groupby(['task'])]) {
    assert.ok(!isFrame(other));
  }
});

test('rows after the thirtieth are folded, those after the thousandth are counted, and 130,000 are no trouble', () => {
  const text = html(
    Array.from({ length: 130_000 }, (_, i) => ({ i, x: i % 7 ? i / 3 : Number.NaN })),
    {
      sortBy: 'x',
    },
  );
  const [open, folded] = text.split('<details>');
  assert.equal(column(open, 0).length, 30);
  assert.equal(column(folded, 0).length, 970);
  assert.match(folded, /<summary>970 more rows</);
  assert.match(folded, /129,000 rows are not shown: saveTable writes all/);
  assert.ok(!html([{ a: 1 }]).includes('<details>'));
});

test('tables are saved whole as CSV and Excel; NaN is an empty cell', () => {
  const rows = [
    { task: 'a,"b"', rank: 1 / 3 },
    { task: 'c', rank: Number.NaN },
    { task: 'd', rank: Number.POSITIVE_INFINITY },
  ];
  const csv = saveTable(rows, join(home, 'deep', 'table.csv'));
  assert.equal(
    readFileSync(csv, 'utf8'),
    'task,rank\n"a,""b""",0.3333333333333333\nc,\nd,Infinity\n',
  );
  const path = saveTable(new DataFrame(rows), join(home, 'table.xlsx'));
  const book = XLSX.readFile(path, { cellNF: true });
  const sheet = book.Sheets[book.SheetNames[0]];
  assert.equal(sheet.B2.v, 1 / 3);
  assert.equal(sheet.B3?.v ?? '', '');
  assert.equal(sheet.B4.v, 'Infinity');
  const xml = XLSX.write(XLSX.readFile(path), { type: 'string', bookType: 'csv' });
  assert.ok(!xml.includes('NaN'));
  const upper = saveTable(rows, join(home, 'excel', 'TABLE.XLSX'));
  assert.deepEqual(readdirSync(dirname(upper)), ['TABLE.XLSX'], 'nothing is left beside it');
  assert.throws(() => saveTable(rows, 'table.doc'), /cannot be saved as "table.doc": end the name/);
});

test('cells that a spreadsheet would run are made harmless; numbers stay numbers', () => {
  const rows = [{ '=a': '=HYPERLINK("x")', b: '+1', c: '@x', d: -1.5 }];
  assert.equal(
    readFileSync(saveTable(rows, join(home, 'formula.csv')), 'utf8'),
    `"'=a",b,c,d\n"'=HYPERLINK(""x"")","'+1","'@x",-1.5\n`,
  );
  const book = XLSX.readFile(saveTable(rows, join(home, 'formula.xlsx')));
  const { A2 } = book.Sheets[book.SheetNames[0]];
  assert.deepEqual([A2.t, A2.v, A2.f], ['s', '=HYPERLINK("x")', undefined]);
});

test('a table without rows says so', () => {
  assert.equal(tableHtml(['a'], [], { caption: 'Arms <1>' }), '<p>Arms &lt;1&gt;: no rows.</p>');
});
