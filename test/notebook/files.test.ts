import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import test from 'node:test';
import { OUT, ROOT } from '../../lib/environment/paths';
import { sweepCopies } from '../../lib/notebook/files/execute';
import {
  figuresIn,
  notebookPaths,
  readNotebook,
  textOf,
} from '../../lib/notebook/files/notebook-file';
import { setParameters } from '../../lib/notebook/files/parameters';
import { layCopies } from '../../lib/notebook/files/scratch';
import { barHtml } from '../../lib/notebook/progress';
import { PLOTLY_MIME } from '../../lib/notebook/show';
import { differences } from './committed';
import { displayed, notebookOf } from './notebook-of';
import { typecheckNotebook } from './typecheck';

const home = mkdtempSync(join(tmpdir(), 'anatomy-notebook-'));
test.after(() => rmSync(home, { recursive: true }));

for (const path of notebookPaths()) {
  test(`${path.slice(ROOT.length + 1)}: types hold, outputs are there, the file is small`, () => {
    assert.deepEqual(typecheckNotebook(path), []);
    const notebook = readNotebook(path);
    const { cells } = notebook;
    assert.ok(figuresIn(path, notebook).every(({ output }) => output.data?.['image/png']));
    assert.ok(cells.some(({ outputs }) => outputs && outputs.length > 0));
    assert.ok(cells.every(({ outputs }) => !outputs?.some((o) => o.output_type === 'error')));
    assert.ok(statSync(path).size < 3e6, `${statSync(path).size} bytes`);
  });
}

test('ours are those that git tracks; others are named by their path', () => {
  const scratch = join(ROOT, 'notebooks', `99-scratch-${process.pid}.ipynb`);
  writeFileSync(scratch, JSON.stringify(notebookOf('const wrong: number = "";')));
  try {
    assert.ok(!notebookPaths().includes(scratch));
    assert.deepEqual(
      notebookPaths([scratch, '01']).map((path) => basename(path).slice(0, 2)),
      ['01', '99'],
    );
  } finally {
    rmSync(scratch);
  }
  assert.throws(() => notebookPaths(['(=1']), /no notebook "\(=1": use one of 01-/);
  for (const [content, why] of [
    ['null', 'it has no cells'],
    ['[]', 'it has no cells'],
    ['{', 'JSON'],
  ]) {
    const path = join(home, 'bad.ipynb');
    writeFileSync(path, content);
    assert.throws(
      () => readNotebook(path),
      new RegExp(`bad.ipynb cannot be read as a notebook: .*${why}`),
    );
  }
});

test('a type error is found in its cell and line', () => {
  const file = join(home, 'wrong.ipynb');
  const cells = [
    'const a: number = 1;\nconst b = 2;',
    'const c = 3;\nconst d: string = a + b + c;',
  ];
  writeFileSync(file, JSON.stringify(notebookOf(...cells)));
  const errors = typecheckNotebook(file).filter(({ message }) => !message.includes("'node'"));
  assert.equal(errors.length, 1);
  assert.deepEqual([errors[0].cell, errors[0].line], [2, 2]);
  assert.match(errors[0].message, /not assignable to type 'string'/);
});

const PARAMETERS = [
  "const scale = 'nano'; // nano, micro or small",
  'const seed = 0;',
  'const steps = 300; // updates of the live run, 1 to 5000',
  'const rate = 0.5; // any',
  'const fresh = false; // true: train again',
  "const measure = 'nothing'; // or 160m: measured before",
].join('\n');
const parametrized = () => notebookOf('# Title', { source: PARAMETERS, tags: ['parameters'] });

test('parameters take other values in place', () => {
  const notebook = parametrized();
  const given = {
    scale: 'small',
    seed: '3',
    steps: '6',
    rate: '-1e-3',
    fresh: 'true',
    measure: "a'$&",
  };
  setParameters('x.ipynb', notebook, given);
  assert.deepEqual(textOf(notebook.cells[1].source).split('\n'), [
    'const scale = "small"; // nano, micro or small',
    'const seed = 3;',
    'const steps = 6; // updates of the live run, 1 to 5000',
    'const rate = -1e-3; // any',
    'const fresh = true; // true: train again',
    `const measure = "a'$&"; // or 160m: measured before`,
  ]);
});

for (const [name, value, wanted] of [
  ['scale', 'tiny', 'give one of nano, micro, small'],
  ['seed', '-1', 'give a whole number of 0 or more'],
  ['seed', 'abc', 'give a whole number of 0 or more'],
  ['seed', '', 'give a whole number of 0 or more'],
  ['seed', '1.5', 'give a whole number of 0 or more'],
  ['steps', '0', 'give a whole number from 1 to 5000'],
  ['steps', '6000', 'give a whole number from 1 to 5000'],
  ['rate', 'fast', 'give a number'],
  ['rate', '1; process.exit()', 'give a number'],
  ['fresh', 'yes', 'give true or false'],
  ['(', '1', 'no parameter "\\(": it has scale, seed'],
] as const) {
  test(`a notebook's parameter ${name}=${value} is refused`, () => {
    assert.throws(
      () => setParameters('x.ipynb', parametrized(), { [name]: value }),
      new RegExp(wanted),
    );
  });
}

test('figures have names by notebook and figure, each one once', () => {
  const figure = (layout: object) => displayed({ [PLOTLY_MIME]: { data: [], layout } });
  const outputs = [
    figure({ title: { text: 'Floors fall with <b>the</b> size<br><sub>nano</sub>' } }),
    figure({ title: { text: 'Anything' }, meta: { name: 'floors' } }),
    figure({ meta: { name: 'floors' } }),
    figure({}),
  ];
  const names = figuresIn('/a/01-x.ipynb', notebookOf({ source: 'show()', outputs }));
  assert.deepEqual(
    names.map(({ name }) => name),
    ['01-floors-fall-with-b-the-b', '01-floors', '01-floors-2', '01-figure'],
  );
});

test('a number, a word or a figure that differs from what is committed is found; live cells may differ', () => {
  const notebook = (rank: number, word: string, live: string) =>
    notebookOf(
      { source: 'show(a)', outputs: [displayed({ [PLOTLY_MIME]: { data: [{ y: [1, rank] }] } })] },
      { source: 'note(b)', outputs: [displayed({ 'text/markdown': word })] },
      { source: 'train()', outputs: [displayed({ 'text/html': live })], tags: ['live'] },
      {
        source: 'const run = await liveRun({});\nnote(b)',
        outputs: [
          displayed({ 'text/html': barHtml({ label: live, done: 9, of: 9, secondsLeft: 0 }) }),
          displayed({ 'text/markdown': `Reused: ${live}` }),
          displayed({ 'text/markdown': word }),
        ],
      },
    );
  const then = notebook(2, 'holds', 'one');
  assert.deepEqual(differences(then, notebook(2.00001, 'holds', 'two')), []);
  const [figure, text, below] = differences(then, notebook(2.1, 'holds not', 'two'));
  assert.match(figure, /^cell 1 \(show\(a\)\): .*y\/1 is 2.1, was 2$/);
  assert.match(text, /^cell 2 .* has "holds not", had "holds"$/);
  assert.match(below, /^cell 4 .* has "holds not", had "holds"$/);
});

test('copies of those who were killed while they executed go, and no others', () => {
  const [dead, living] = [2 ** 22 - 1, process.pid].map((pid) => join(OUT, `.executing-${pid}`));
  for (const path of [dead, living]) mkdirSync(path, { recursive: true });
  sweepCopies();
  assert.deepEqual([dead, living].map(existsSync), [false, true]);
  rmSync(living, { recursive: true });
});

test('copies for JupyterLab follow ours until somebody changes them', () => {
  const ours = join(home, '01-a.ipynb');
  const folder = join(home, 'scratch');
  const write = (path: string, ...cells: string[]) =>
    writeFileSync(path, JSON.stringify(notebookOf(...cells)));
  const copied = () => textOf(readNotebook(join(folder, '01-a.ipynb')).cells[0].source);
  write(ours, 'first');
  assert.deepEqual(layCopies(folder, [ours]), []);
  write(ours, 'second');
  assert.deepEqual(layCopies(folder, [ours]), []);
  assert.equal(copied(), 'second');
  const own = join(folder, 'own', 'double.ts');
  assert.match(readFileSync(own, 'utf8'), /name: 'DOUBLE'/);
  writeFileSync(own, 'mine');
  const copy = readNotebook(join(folder, '01-a.ipynb'));
  copy.cells[0].source = 'mine';
  writeFileSync(join(folder, '01-a.ipynb'), JSON.stringify(copy));
  assert.deepEqual(layCopies(folder, [ours]), []);
  write(ours, 'third');
  assert.deepEqual(layCopies(folder, [ours]), ['01-a.ipynb']);
  assert.equal(copied(), 'mine');
  assert.equal(readFileSync(own, 'utf8'), 'mine');
});
