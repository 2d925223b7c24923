import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { COMMANDS, load, main } from '../../lib/commands/main';
import { OUT, ROOT } from '../../lib/environment/paths';
import { train } from '../../lib/study/run/train';

const home = mkdtempSync(join(tmpdir(), 'anatomy-bad-'));
test.after(() => rmSync(home, { recursive: true }));
const place = (name: string) => join(home, name);

/** Calls a command as typed and tells how it ended. */
async function typed(argv: readonly string[]): Promise<{ code: number; said: string }> {
  const real = process.stderr.write;
  let said = '';
  process.stderr.write = ((chunk: string | Uint8Array) => {
    said += chunk;
    return true;
  }) as typeof process.stderr.write;
  try {
    return { code: await main(argv[0], argv.slice(1), () => {}), said };
  } catch (error) {
    return { code: Number.NaN, said: `${said}${(error as Error).stack}` };
  } finally {
    process.stderr.write = real;
  }
}

/** What tests that run meanwhile write: notebooks in a browser, their runs and pages. */
const BUSY = /\/out\/(browser|\.executing|runs\/notebooks|pythia-live|notebooks|tables)|\/scratch/;

/** Sizes and times of all files in folders. */
function stateOf(...folders: readonly string[]): Map<string, string> {
  return new Map(
    folders.filter(existsSync).flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
        const path = join(folder, name);
        if (BUSY.test(path)) return [];
        const found = lstatSync(path, { throwIfNoEntry: false });
        // A lock that came and went changes its folder's time alone.
        return [[path, found?.isFile() ? `${found.size} ${found.mtimeMs}` : 'no file'] as const];
      }),
    ),
  );
}

/** One clear line that names what was typed, no success, and every file as before. */
async function refused(argv: readonly string[], ...named: readonly string[]): Promise<string> {
  const watched = [home, OUT, join(ROOT, 'data', 'runs'), join(ROOT, 'notebooks')];
  const before = stateOf(...watched);
  const { code, said } = await typed(argv);
  const what = `${argv.join(' ')}\n→ ${said}`;
  assert.ok(code === 1 || code === 2, what);
  assert.match(said, /^[^\n]+\.\n$/, `not one sentence: ${what}`);
  assert.doesNotMatch(said, /\bat .*:\d+:\d+|undefined|\[object|\bNaN\b(?!")/, what);
  for (const name of named) assert.ok(said.includes(name), `${name} is not named: ${what}`);
  assert.deepEqual(stateOf(...watched), before, `files have changed: ${what}`);
  return said;
}

/** A fresh folder or file for cases that need one. */
let made = 0;
function fresh(content?: string | Record<string, string>): string {
  const path = place(`${++made}`);
  if (typeof content === 'string') writeFileSync(path, content);
  else {
    mkdirSync(path);
    for (const [name, text] of Object.entries(content ?? {})) writeFileSync(join(path, name), text);
  }
  return path;
}

const READING = Object.keys(COMMANDS).filter((name) => !load(name).passesOn);
let count = 0;
test.after(() => assert.ok(count > 300, `only ${count} bad inputs`));

for (const name of READING) {
  test(`${name}: options with impossible values, without one, twice, misspelled, and what is left over`, async () => {
    const { options, words } = load(name);
    const no = async (argv: string[], ...named: string[]) => {
      count++;
      await refused([name, ...argv], ...named);
    };
    for (const [key, { declared }] of Object.entries(options)) {
      const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      const short = flag.slice(0, -2) + flag.slice(-1);
      if (!(short.slice(2) in options)) await no([short], short, 'no option');
      if (declared.value === '') {
        await no([`${flag}=yes`], flag, 'takes no value');
        if (!words) await no([flag, 'yes'], '"yes" is left over');
        continue;
      }
      await no([flag], flag, 'has no value');
      await no([flag, '--help-me'], flag, 'has no value');
      await no([flag, ''], `${flag} is ""`);
      const numeric = ['N', 'X'].includes(declared.value);
      const bad = numeric ? 'abc -5 NaN Infinity -Infinity 0x10 1e999 5% 1_000 ١٢' : 'nosuch NANO';
      if (!numeric && !declared.known) continue;
      for (const value of bad.split(' ')) await no([flag, value], `${flag} is "${value}"`);
      if (declared.value === 'N') await no([flag, '1.5'], `${flag} is "1.5"`);
      if (declared.many === 'list') await no([flag, '1,,2'], `${flag} is "1,,2", and `);
      const good = declared.known?.[0] ?? (declared.value === 'X' ? '5' : '50');
      if (declared.many !== 'repeated') await no([flag, good, flag, good], 'given twice');
    }
    await no(['-x'], 'no option -x');
    await no(['--'.concat('constructor')], 'no option --constructor');
    if (!words) await no(['extra'], '"extra" is left over');
  });
}

/** What is refused for what it names, line by line: the words typed, and what the answer must hold. */
const LINES: [typed: string, ...named: string[]][] = [
  ['tarin', '"tarin"', 'did you mean train?'],
  ['', '""', 'npm run help'],
  ['constructor', '"constructor"'],
  ['__proto__', '"__proto__"'],
  ['train --steps 2 --keep 5000', 'keep names step 5000'],
  ['train --steps 2 --scheduled 1', 'steps is 2', 'scheduled is 1'],
  ['train --steps 200000', 'steps is 200000'],
  ['train --seed 4294967296', '--seed is "4294967296"'],
  ['train --tasks DIV', '"DIV"'],
  ['train --tasks ADD,', '""'],
  ['train --tasks add', '"add"'],
  ['train --warmup 200000', 'warmup is 200000'],
  ['train --batch 1000000000', 'batch is 1000000000'],
  ['train --learning-rate 1e-400', '--learning-rate is "1e-400"'],
  ['train --learning_rate 1', 'did you mean --learning-rate?'],
  ['train nano', '"nano" is left over'],
  ['train --steps 2 --intervention nosuch', 'nosuch'],
  ['train --steps 2 --intervention variance-penalty:nosuch=1', 'nosuch'],
  ['measure', '--run is missing'],
  ['measure --run nosuch', '"nosuch"'],
  ['measure --run /nowhere/at/all', '"/nowhere/at/all"'],
  ['measure --run RUN --steps 7', 'step 7', 'the nearest'],
  ['measure --run RUN --levels MOD', 'MOD'],
  ['measure --run RUN --levels PAR9', 'level 9 of PAR'],
  ['measure --run RUN --levels ,', '""'],
  ['measure --run FILE', 'FILE'],
  ['measure --run EMPTY', 'EMPTY'],
  ['measure --run UNKEPT', 'holds no weights to measure'],
  ['study nano-s99', '"nano-s99"'],
  ['study nano-s0 huge', '"huge"'],
  ['study --plan nano,micro', '"nano,micro"'],
  ['study --plan-file /nowhere.json', '/nowhere.json'],
  ['study --plan-file EMPTY', 'EMPTY', 'cannot be read'],
  ['study --plan-file FILE', 'FILE', 'cannot be read'],
  ['study --verify --plan-file GOODPLAN', 'no run to verify'],
  ['notebooks 99', '"99"'],
  ['notebooks nosuch.ipynb', '"nosuch.ipynb"'],
  ['notebooks /nowhere/x.ipynb', '/nowhere/x.ipynb'],
  ['notebooks 01 -p', '-p'],
  ['notebooks 01 -p scale', '"scale"'],
  ['notebooks 01 -p =1', '"=1"'],
  ['notebooks 01 -p (=1', '"("'],
  ['notebooks 01 -p nosuch=1', '"nosuch"'],
  ['notebooks 01 -p toString=1', '"toString"'],
  ['notebooks NOTEBOOKS/empty.ipynb', 'empty.ipynb cannot be read'],
  ['notebooks NOTEBOOKS/null.ipynb', 'null.ipynb cannot be read'],
  ['notebooks NOTEBOOKS/cells.ipynb', 'cells.ipynb cannot be read'],
  ['notebooks NOTEBOOKS/folder.ipynb', 'folder.ipynb cannot be read'],
  ['figures 99', '"99"'],
  ['figures --only nosuch', '"nosuch"'],
  ['figures --width 10', '"10"'],
  ['figures --width 10mm', '"10mm"', 'too small'],
  ['figures --width -85mm', '"-85mm"'],
  ['figures --width 1e9mm', '"1e9mm"'],
  ['figures --width 99999999mm', '"99999999mm"'],
  ['figures --width 85,5mm', '"85,5mm"'],
  ['figures --format svg,gif', '"gif"'],
  ['figures --format svg,', '""'],
  ['figures --dpi 35', '--dpi is "35"'],
  ['figures --dpi 1201', '--dpi is "1201"'],
  ['ledger 99', '"99"'],
  ['ledger 01 x', '"x"'],
  ['pythia', '--model NAME'],
  ['pythia --model nosuch', 'nosuch'],
  ['pythia --model ../../etc', '../../etc'],
  ['pythia --model 160m --standin austen-0.2m', '--standin'],
  ['pythia --standin austen-0.2m --steps abc', 'abc'],
  ['pythia --standin austen-0.2m --folder RUN', 'RUN', 'and no measurements of Pythia'],
  ['pythia --model 160m --folder FILE', 'FILE'],
  ['pythia --model 160m --steps -1', '-1'],
  ['pythia --model 160m --steps 1.5', '1.5'],
  ['pythia --model 160m --steps 999999', '999999'],
  ['pythia --model 160m --steps 0,,1', '0,,1'],
  ['pythia --model 160m --text /nowhere.txt', '/nowhere.txt'],
  ['pythia --model 160m --text EMPTY', 'EMPTY'],
  ['bench nosuch', '"nosuch"'],
  ['bench step --rounds 0', 'rounds'],
  ['bench step --scales huge', 'huge'],
  ['bench step --nosuch', '--nosuch'],
  ['bench measures --nosuch 1', '--nosuch'],
  ['bench step --rounds abc', '--rounds is "abc"'],
  ['bench memory extra', 'extra'],
  ['test nosuch/file', 'nosuch/file'],
  ['check style', '"style"', '--tfjs'],
];

/** Plans that are none, and what the answer must hold. */
const PLANS: [plan: unknown, ...named: string[]][] = [
  [null, 'not a JSON object'],
  [[], 'not a JSON object'],
  [{}, 'runs should be a list'],
  [{ runs: [] }, 'runs should be a list'],
  [{ runs: {} }, 'runs should be a list'],
  [{ runs: [null] }, 'run 1'],
  [{ runs: [{ scale: 'nano' }] }, 'steps is missing'],
  [{ runs: [{ steps: '5' }] }, 'steps is "5"'],
  [{ runs: [{ steps: null }] }, 'steps is null'],
  [{ runs: [{ steps: 0 }] }, 'run 1: steps is 0'],
  [{ runs: [{ steps: 2.5 }] }, 'steps is 2.5'],
  [{ runs: [{ steps: 5, scale: 'huge' }] }, '"huge"'],
  [{ runs: [{ steps: 5, seed: -1 }] }, 'seed is -1'],
  [{ runs: [{ steps: 5, landscape: -1 }] }, 'landscape is -1'],
  [{ runs: [{ steps: 5, landscape: 'all' }] }, 'landscape is "all"'],
  [{ runs: [{ steps: 5, tasks: 'ADD' }] }, 'tasks is "ADD"'],
  [{ runs: [{ steps: 5, tasks: ['DIV'] }] }, '"DIV"'],
  [{ runs: [{ steps: 5, parts: ['nosuch'] }] }, '"nosuch"'],
  [{ runs: [{ steps: 5, shape: { layers: 0, width: 16, heads: 2 } }] }, 'layers'],
  [{ runs: [{ steps: 5, shape: { layers: 1, width: 17, heads: 2 } }] }, '17'],
  [{ runs: [{ steps: 5, shape: { layers: 1 } }] }, 'width'],
  [{ runs: [{ steps: 5, samples: { behavior: 5000 } }] }, 'samples.behavior is 5000'],
  [{ runs: [{ steps: 5, samples: { nosuch: 5 } }] }, 'nosuch'],
  [{ runs: [{ steps: 5, name: '../x' }] }, 'name is "../x"'],
  [{ runs: [{ steps: 5, name: '' }] }, 'name is ""'],
  [{ runs: [{ steps: 5, wat: 1 }] }, '"wat"'],
  [{ runs: [{ steps: 5 }, { steps: 6 }] }, 'two runs are called nano-s0'],
  [{ runs: [{ steps: 5 }], folders: 'x' }, '"folders"'],
  [{ runs: [{ steps: 5 }], folder: 5 }, 'folder should be a path'],
];

let run: string;
test.before(async () => {
  run = place('run');
  const choices = {
    shape: { layers: 1, width: 16, heads: 2 },
    tasks: ['PAR'],
    steps: 3,
    warmup: 1,
  };
  const samples = { behavior: 10, dense: 10, rankme: 10 };
  await train({ ...choices, samples, batch: 8, folder: run, keep: [0, 3] });
  writeFileSync(place('file'), 'not { JSON\n');
  mkdirSync(place('empty'));
  cpSync(run, place('unkept'), { recursive: true });
  rmSync(place('unkept/weights'), { recursive: true });
  mkdirSync(place('notebooks/folder.ipynb'), { recursive: true });
  for (const [name, text] of Object.entries({ empty: '', null: 'null', cells: '{"cells": 1}' }))
    writeFileSync(place(`notebooks/${name}.ipynb`), text);
  writeFileSync(place('plan.json'), JSON.stringify({ runs: [{ steps: 5 }] }));
});

/** Stand for paths in the lines above. */
const PATHS: Record<string, string> = {
  ...{ FILE: 'file', EMPTY: 'empty', UNKEPT: 'unkept', RUN: 'run', NOTEBOOKS: 'notebooks' },
  GOODPLAN: 'plan.json',
};
const filled = (word: string) =>
  word.replace(/^[A-Z]+(?=$|\/)/, (name) => (name in PATHS ? place(PATHS[name]) : name));

for (const [line, ...named] of LINES) {
  test(`"${line}" is refused in one line`, async () => {
    count++;
    await refused(line.split(' ').map(filled), ...named.map(filled));
  });
}

test('plans that are none are refused, run and field named', async () => {
  for (const [plan, ...named] of PLANS) {
    count++;
    const path = `${fresh()}.json`;
    writeFileSync(path, JSON.stringify(plan));
    await refused(['study', '--plan', '--plan-file', path], ...named);
  }
});

test('folders that are no run’s, or cannot be written, are named and left as they are', async () => {
  const here = async (folder: string, ...named: string[]) => {
    count++;
    return refused(['train', '--steps', '2', '--folder', folder], ...named);
  };
  const stray = fresh({ 'training.csv': 'my own numbers\n' });
  await here(stray, 'training.csv and no run');
  count++;
  await refused(['train', '--steps', '2', '--folder', stray, '--fresh'], 'training.csv and no run');
  await here(fresh('a file'), 'file');
  await here(join(fresh('a file'), 'inside'), 'inside');
  await here('/proc/anatomy', '/proc/anatomy');
  await here(`/tmp/${'x'.repeat(300)}`, 'too long');
  const loop = place('loop');
  symlinkSync(loop, loop);
  await here(join(loop, 'x'), 'loop');
  await here(run, 'other settings', 'tasks');
  for (const text of ['', '{', 'null', '[]', '5', '{}', '{"step": 1}']) {
    await here(fresh({ 'run.json': text }), 'run.json');
  }
  if (process.getuid?.() === 0) return;
  const locked = fresh();
  chmodSync(locked, 0o500);
  await here(join(locked, 'x'), 'permission is denied');
});

/** What may happen to a table outside: in Excel, by git, by a full disk. */
const DAMAGES: Record<string, (path: string) => void> = {
  'CRLF line ends': (path) => rewrite(path, (text) => text.replaceAll('\n', '\r\n')),
  'a byte-order mark': (path) => rewrite(path, (text) => `\uFEFF${text}`),
  'decimal commas': (path) => rewrite(path, (text) => text.replace(/(\d)\.(\d)/g, '$1,$2')),
  'semicolons and decimal commas': (path) =>
    rewrite(path, (text) => text.replaceAll(',', ';').replace(/(\d)\.(\d)/g, '$1,$2')),
  tabs: (path) => rewrite(path, (text) => text.replaceAll(',', '\t')),
  'a cut within the last number': (path) => truncateSync(path, lstatSync(path).size - 2),
  'a cut after a line': (path) =>
    rewrite(path, (text) => `${text.split('\n').slice(0, -2).join('\n')}\n`),
  'the header alone': (path) => rewrite(path, (text) => `${text.split('\n')[0]}\n`),
  'no content': (path) => truncateSync(path, 0),
  'no file': (path) => rmSync(path),
  'a row too many': (path) => rewrite(path, (text) => `${text}${text.split('\n').at(-2)}\n`),
  'a column too many': (path) => rewrite(path, (text) => text.replace(/$/gm, ',1')),
  'a word for a number': (path) => rewrite(path, (text) => text.replace(/\n\d+/, '\nthree')),
  'no header': (path) => rewrite(path, (text) => text.slice(text.indexOf('\n') + 1)),
  'a folder in its place': (path) => {
    rmSync(path);
    mkdirSync(path);
  },
  'bytes of something else': (path) => writeFileSync(path, Buffer.from([0, 255, 10, 13, 0])),
};

function rewrite(path: string, change: (text: string) => string): void {
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

for (const table of ['training', 'behavior', 'geometry']) {
  test(`${table}.csv with whatever befalls a table is named, and stays as it is`, async () => {
    for (const [what, damage] of Object.entries(DAMAGES)) {
      // These have no number with a point that a comma could come into.
      const copy = fresh();
      cpSync(run, copy, { recursive: true });
      damage(join(copy, `${table}.csv`));
      count++;
      await refused(['measure', '--run', copy, '--parts', 'gradients'], `${table}.csv`).catch(
        (error) => assert.fail(`${what}: ${error.message}`),
      );
    }
  });
}

test('a damaged run.json, landscape.json or weights file is named', async () => {
  const broken = async (file: string, change: (path: string) => void, ...named: string[]) => {
    const copy = fresh();
    cpSync(run, copy, { recursive: true });
    change(join(copy, file));
    count++;
    return refused(['measure', '--run', copy, '--parts', 'gradients'], ...named);
  };
  for (const text of ['', '{', 'null', '[]', '{}'])
    await broken('run.json', (path) => writeFileSync(path, text), 'run.json');
  await broken('run.json', (path) => rewrite(path, (text) => text.slice(0, 200)), 'run.json');
  for (const text of ['', '{', 'null', '[]'])
    await broken('landscape.json', (path) => writeFileSync(path, text), 'landscape.json');
  await broken('run.json', (path) => rewrite(path, (text) => `\uFEFF${text}`), 'run.json');
  appendFileSync(place('file'), '');
});
