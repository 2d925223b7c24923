import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { facts } from '../../lib/environment/facts';
import { ROOT } from '../../lib/environment/paths';
import { Problem, writing } from '../../lib/environment/problem';

const home = mkdtempSync(join(tmpdir(), 'anatomy-setup-'));
test.after(() => rmSync(home, { recursive: true }));

function cli(args: string[], env: NodeJS.ProcessEnv = {}) {
  const done = spawnSync(process.execPath, [join(ROOT, 'lib/cli.mjs'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { code: done.status, out: done.stdout, said: done.stderr };
}

/** A copy of the set-up code in which nothing has been set up, with only the given programs on its PATH. */
function bareClone(name: string, programs: Record<string, string>): { root: string; path: string } {
  const root = join(home, name);
  for (const part of ['package.json', 'package-lock.json'])
    cpSync(join(ROOT, part), join(root, part));
  for (const room of ['environment', 'compile']) {
    cpSync(join(ROOT, 'lib', room), join(root, 'lib', room), { recursive: true });
  }
  cpSync(join(ROOT, 'lib/dist/lib/environment'), join(root, 'lib/dist/lib/environment'), {
    recursive: true,
  });
  mkdirSync(join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu', 'scripts'), {
    recursive: true,
  });
  writeFileSync(
    join(root, 'node_modules/@tensorflow/tfjs-node-gpu/scripts/install.js'),
    'console.error("getaddrinfo ENOTFOUND"); process.exit(1)',
  );
  const path = join(root, 'bin');
  mkdirSync(path);
  for (const [program, text] of Object.entries(programs)) {
    writeFileSync(join(path, program), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  return { root, path };
}

function setUp({ root, path }: { root: string; path: string }) {
  const script = `try { require(${JSON.stringify(
    join(root, 'lib/dist/lib/environment/setup.js'),
  )}).setUp((m) => console.error(m)) } catch (e) { console.error(e.name + ': ' + e.message); process.exit(1) }`;
  const done = spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    env: { PATH: path, CXX: '' },
  });
  return { code: done.status, said: done.stderr };
}

test('without Python, or with an old one, set-up names what it needs', () => {
  const none = setUp(bareClone('no-python', {}));
  assert.equal(none.code, 1);
  assert.match(none.said, /Problem: Python 3.10 or newer is needed \(none found\): install it/);
  const old = 'case "$1" in --version) echo Python 3.8.1;; *) exit 1;; esac';
  const found = setUp(bareClone('old-python', { python3: old }));
  assert.match(found.said, /Python 3.10 or newer is needed \(python3 is Python 3.8.1\)/);
});

test('without venv, set-up says which package brings it', () => {
  const python = 'case "$*" in "-m venv"*) echo "ensurepip is not available"; exit 1;; esac';
  const { code, said } = setUp(bareClone('no-venv', { python3: python }));
  assert.equal(code, 1);
  assert.match(
    said,
    /cannot make a virtual environment .*ensurepip is not available.*python3-venv/,
  );
});

test('without a compiler and without the fallback download, set-up says how to get either', () => {
  // A Python whose venv and pip do nothing: TensorFlow is "installed" and not found.
  const python = `case "$*" in "-m venv"*) /bin/mkdir -p "$3/bin"; /bin/cp "$0" "$3/bin/python";; esac`;
  const { code, said } = setUp(bareClone('no-compiler', { python3: python }));
  assert.equal(code, 1);
  assert.match(said, /There is no C\+\+ compiler: falling back .*libtensorflow 2.9.1/);
  assert.match(said, /download of libtensorflow 2.9.1 failed \(.*ENOTFOUND.*\): install g\+\+/);
});

test('an index that has nothing is reported package by package, and soon', () => {
  const python = `case "$*" in "-m venv"*) /bin/mkdir -p "$3/bin"; /bin/cp "$0" "$3/bin/python";;
    *"pip install"*) echo "ERROR: No matching distribution found for it"; exit 1;; esac`;
  const { code, said } = setUp(bareClone('no-index', { python3: python }));
  assert.equal(code, 1);
  assert.match(
    said,
    /could not install jupyterlab==.*No matching distribution.*; nbconvert==.*check the network/,
  );
});

test('Node 23 and newer are refused in one line', () => {
  const fake = join(home, 'version.mjs');
  writeFileSync(fake, 'Object.defineProperty(process.versions, "node", { value: "24.1.0" });');
  const done = cli(['doctor'], { NODE_OPTIONS: `--import ${fake}` });
  assert.equal(done.code, 1);
  assert.match(done.said, /^Node 24.1.0 does not work .*install Node 22 or 20/);
  assert.equal(done.said.trim().split('\n').length, 1);
});

test('wrong commands and options end in one clear line and a code that is not 0', () => {
  const cases: [string[], RegExp][] = [
    [['trian'], /Unknown command "trian": use one of setup, start/],
    [['train', '--scale', 'tiny'], /Unknown scale "tiny": use one of nano/],
    [['train', '--steps=-5'], /steps is -5: it must be a positive integer/],
    [['train', '--steps', '-5'], /an option argument starting with a dash use '--steps=-XYZ'/],
    [['train', '--stepz', '5'], /Unknown option '--stepz'/],
    [['notebooks', '99'], /no notebook 99: use one of 01-collapse-floors.ipynb/],
    [['notebooks', '01', '-p', 'scale'], /parameter "scale" has no value: write -p name=value/],
    [
      ['notebooks', '01', '-p', 'sclae=micro'],
      /no parameter "sclae": use one of scale, seed, steps/,
    ],
    [['figures', '--format', 'bmp'], /Unknown picture format "bmp": use svg, png, pdf/],
  ];
  for (const [args, message] of cases) {
    const { code, said } = cli(args);
    assert.equal(code, 1, args.join(' '));
    assert.match(said, message);
    assert.ok(!said.includes('    at '), said);
  }
});

test('a second set-up does nothing; the doctor says what is live', () => {
  const { code, said } = cli(['setup']);
  assert.equal(code, 0);
  assert.equal(said, 'Everything is set up.\n');
  const { binding, tensorflow, node } = JSON.parse(cli(['doctor', '--json']).out);
  assert.deepEqual(
    [binding, tensorflow, node],
    ['compiled', facts().tensorflow, process.versions.node],
  );
});

test('a refusal of the system becomes one line that names the path', () => {
  const refuse = (code: string) => () => {
    throw Object.assign(new Error(code), { code });
  };
  assert.throws(() => writing('/x', refuse('ENOSPC')), /Cannot write \/x: the disk is full/);
  assert.throws(
    () => writing('/x', refuse('EROFS')),
    /Cannot write \/x: the file system is read-only/,
  );
  assert.throws(
    () => writing('/x', refuse('EIO')),
    (error) => !(error instanceof Problem),
  );
  const loop = join(home, 'loop');
  symlinkSync(loop, loop);
  assert.throws(() => writing(loop, () => writeFileSync(join(loop, 'x'), '')), /ELOOP/);
});
