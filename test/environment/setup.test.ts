import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { facts } from '../../lib/environment/facts';
import { ROOT } from '../../lib/environment/paths';
import { runProgram } from '../../lib/environment/program';
import { findPython, locked } from '../../lib/environment/python';
import { Problem, writing } from '../../lib/files/problem';

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
  const built = ['lib/dist/lib/environment', 'lib/dist/lib/files/problem.js'];
  for (const part of ['lib/environment', 'lib/compile/native', ...built]) {
    cpSync(join(ROOT, part), join(root, part), { recursive: true });
  }
  const path = join(root, 'bin');
  mkdirSync(path);
  for (const [program, text] of Object.entries(programs)) {
    writeFileSync(join(path, program), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  return { root, path };
}

function setUp({ root, path }: { root: string; path: string }) {
  const script = `require(${JSON.stringify(
    join(root, 'lib/dist/lib/environment/setup.js'),
  )}).setUp().catch((e) => { console.error(e.name + ': ' + e.message); process.exit(1) })`;
  const done = spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    env: { PATH: path, CXX: '' },
  });
  return { code: done.status, said: done.stderr };
}

/** A Python that makes an environment of itself, unpacks with the real one, and whose pip does what is told. */
function python(pip: string): string {
  const real = runProgram(findPython(), ['-c', 'import sys; print(sys.executable)'], 20).output;
  return `case "$*" in
    "-m venv"*) /bin/mkdir -p "$3/bin"; /bin/cp "$0" "$3/bin/python";;
    "-c import re"*) exec ${real} "$@";;
    *" pip "*) for last; do :; done; ${pip};;
  esac`;
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
  const broken = 'case "$*" in "-m venv"*) echo "ensurepip is not available"; exit 1;; esac';
  const { code, said } = setUp(bareClone('no-venv', { python3: broken }));
  assert.equal(code, 1);
  assert.match(
    said,
    /cannot make a virtual environment .*ensurepip is not available.*python3-venv/,
  );
});

test('an index that has nothing is reported by what pip said; a browser that cannot be had is no hindrance', () => {
  const pip = 'echo "ERROR: No matching distribution found for it"; exit 1';
  const { code, said } = setUp(bareClone('no-index', { python3: python(pip) }));
  assert.equal(code, 1);
  assert.match(
    said,
    /Problem: pip could not install .*\(No matching distribution.*check the network/,
  );
  assert.match(said, /No browser, so no pictures \(npm: .*apt install chromium/);
});

test('a compiler that fails gives way to Zig, and a wheel is unpacked only in part', () => {
  const wheel = join(home, 'tensorflow.whl');
  const unpacked = join(home, 'wheel', 'tensorflow');
  const parts = ['libtensorflow_cc.so.2', 'include/tensorflow/c/c_api.h', 'python/keras.py'];
  for (const part of parts) {
    mkdirSync(dirname(join(unpacked, part)), { recursive: true });
    writeFileSync(join(unpacked, part), '');
  }
  assert.ok(runProgram(findPython(), ['-m', 'zipfile', '-c', wheel, unpacked], 60).ok);
  const pip = `case "$*" in
    *" download "*) /bin/cp ${wheel} "$last/x.whl";;
    *zig.txt*) echo "ERROR: no Zig here"; exit 1;;
  esac`;
  const broken =
    'case "$1" in --version) exit 0;; *) echo "error: C++17 is unknown"; exit 1;; esac';
  const clone = bareClone('no-compiler', { python3: python(pip), 'g++': broken });
  const { code, said } = setUp(clone);
  assert.equal(code, 1);
  assert.match(
    said,
    /g\+\+ could not compile \(error: C\+\+17 is unknown\): taking Zig's compiler/,
  );
  assert.match(said, /pip could not install what is needed \(no Zig here\)/);
  const library = join(clone.root, '.cache/tensorflow/tensorflow');
  assert.deepEqual(
    parts.map((part) => existsSync(join(library, part))),
    [true, true, false],
  );
  // A compiler that works is then all that is missing.
  const works = `while [ $# -gt 1 ]; do [ "$1" = -o ] && : > "$2"; shift; done`;
  writeFileSync(join(clone.path, 'g++'), `#!/bin/sh\n${works}\n`, { mode: 0o755 });
  const again = setUp(clone);
  assert.equal(again.code, 0, again.said);
  const binding = 'node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node';
  assert.ok(existsSync(join(clone.root, binding)));
});

test('a Node that has ended is refused in one line', () => {
  const fake = join(home, 'version.mjs');
  writeFileSync(fake, 'Object.defineProperty(process.versions, "node", { value: "18.1.0" });');
  const done = cli(['doctor'], { NODE_OPTIONS: `--import ${fake}` });
  assert.equal(done.code, 1);
  assert.equal(
    done.said.trim(),
    'Node 18.1.0 is too old: install Node 20 or newer (for example "nvm install --lts") and run the command again.',
  );
});

test('TensorFlow says nothing while it starts, whoever loads it first', () => {
  const script =
    "const { DataFrame, tf } = require('anatomy'); new DataFrame([{ a: 1 }]); tf.ones([2]).dataSync()";
  // oneDNN announces itself from a static initializer, on processors where it is on or where it is asked for.
  const env = { ...process.env, TF_ENABLE_ONEDNN_OPTS: '1', TF_CPP_MIN_LOG_LEVEL: undefined };
  const done = spawnSync(process.execPath, ['-e', script], { cwd: ROOT, encoding: 'utf8', env });
  assert.deepEqual([done.status, done.stderr, done.stdout], [0, '', '']);
});

test('set-up and the doctor need no home folder', () => {
  const { code, said } = cli(['setup'], { HOME: '/nowhere' });
  assert.deepEqual([code, said], [0, 'Everything is set up.\n']);
});

test('a clone that is set up may be read-only', () => {
  const fake = join(home, 'read-only.mjs');
  const script = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const within = (path) => String(path).startsWith(${JSON.stringify(ROOT)});
    for (const name of ['writeFileSync', 'appendFileSync', 'mkdirSync', 'mkdtempSync', 'rmSync', 'renameSync', 'cpSync']) {
      const real = fs[name];
      fs[name] = (path, ...rest) => {
        if (!within(path) || (name === 'mkdirSync' && fs.existsSync(path))) return real(path, ...rest);
        if (name === 'rmSync' && !fs.existsSync(path)) return;
        throw Object.assign(new Error('EROFS: ' + path), { code: 'EROFS', path });
      };
    }
    syncBuiltinESMExports();`;
  writeFileSync(fake, script);
  const { code, said, out } = cli(['doctor', '--json'], { NODE_OPTIONS: `--import ${fake}` });
  assert.deepEqual([code, said], [0, '']);
  assert.equal(JSON.parse(out).tensorflow, facts().tensorflow);
});

test('Python packages are pinned with hashes, and npm packages that have ended are replaced', () => {
  const lists = join(ROOT, 'lib/environment/requirements');
  for (const name of readdirSync(lists).filter((one) => one.endsWith('.txt'))) {
    const packages = readFileSync(join(lists, name), 'utf8').split(/\n(?=\w)/);
    for (const one of packages)
      assert.match(one, /^[\w.-]+==[\w.]+[^\n]*(\n +--hash=sha256:\w{64}[^\n]*)+/);
  }
  for (const each of ['--no-deps', '--only-binary=:all:', '--require-hashes'])
    assert.ok(locked('jupyter').includes(each));
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const version = (name: string) => Number.parseInt(packages[`node_modules/${name}`].version, 10);
  assert.equal(packages['node_modules/request'].name, '@cypress/request');
  assert.equal(packages['node_modules/xlsx'].name, '@e965/xlsx');
  const least = { mathjs: 15, tar: 7, 'tough-cookie': 5, 'form-data': 4 };
  for (const [name, from] of Object.entries(least)) assert.ok(version(name) >= from, name);
});

test('a second process waits while one sets up, and takes over from one that is gone', () => {
  const turn = join(ROOT, '.cache', 'setup', 'turn');
  // Not a child of this process, which could not see it end while it waits for the command.
  const other = runProgram('sh', ['-c', 'sleep 3 >/dev/null 2>&1 & echo $!'], 20).output;
  writeFileSync(turn, other);
  const { code, said } = cli(['setup']);
  assert.equal(code, 0);
  const waiting = `Process ${other} sets up this clone: waiting for it.`;
  assert.equal(said, `${waiting}\nEverything is set up.\n`);
  assert.ok(!existsSync(turn));
});

test('a second set-up does nothing; the doctor says what is live', () => {
  const { code, said } = cli(['setup']);
  assert.equal(code, 0);
  assert.equal(said, 'Everything is set up.\n');
  const { tensorflow, node } = JSON.parse(cli(['doctor', '--json']).out);
  assert.deepEqual([tensorflow, node], [facts().tensorflow, process.versions.node]);
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
