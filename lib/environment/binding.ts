import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ROOT } from './paths';
import { Problem } from './problem';
import { findProgram, runProgram } from './program';
import { TENSORFLOW_VERSION, tensorflowFolder } from './python';
import { Stamp } from './stamp';

const PACKAGE = join(ROOT, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
/** Where tfjs-node-gpu looks for its native half. */
const BINDING = join(PACKAGE, 'lib', 'napi-v8', 'tfjs_binding.node');
const SOURCES = join(ROOT, 'lib', 'compile', 'native');
const DOWNLOAD_SECONDS = 10 * 60;

/**
 * Makes tfjs-node-gpu's native binding: compiled against .venv's TensorFlow together with what `compile`
 * needs; or, where there is no compiler or no such TensorFlow, the package's own download of
 * libtensorflow 2.9.1, which is slower and cannot compile functions.
 * @throws Problem where neither can be had.
 */
export function installBinding(say: (message: string) => void): void {
  const tensorflow = tensorflowFolder();
  const compiler = findProgram([process.env.CXX, 'g++', 'clang++', 'c++']);
  const sources = readdirSync(SOURCES).map((name) => readFileSync(join(SOURCES, name)));
  const kind = tensorflow && compiler ? 'compiled' : 'download';
  const stamp = new Stamp(
    'binding',
    kind,
    compiler ?? '',
    tensorflow ?? '',
    TENSORFLOW_VERSION,
    ...sources,
  );
  if (stamp.current && existsSync(BINDING)) return;
  stamp.clear();
  if (tensorflow && compiler) compileBinding(compiler, tensorflow, say);
  else downloadBinding(compiler ? 'no TensorFlow from PyPI' : 'no C++ compiler', say);
  stamp.write();
}

function compileBinding(
  compiler: string,
  tensorflow: string,
  say: (message: string) => void,
): void {
  say(`Compiling TensorFlow.js' binding with ${compiler} (about 15 seconds) …`);
  const folder = dirname(BINDING);
  mkdirSync(folder, { recursive: true });
  // Compiled beside its place and renamed, so that a process that runs meanwhile keeps a whole file.
  const fresh = `${BINDING}.${process.pid}`;
  const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
  const done = runProgram(
    compiler,
    [
      ...['-O2', '-std=c++17', '-shared', '-fPIC', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'],
      ...[
        PACKAGE,
        join(tensorflow, 'include'),
        join(ROOT, 'node_modules/node-api-headers/include'),
      ].map((include) => `-I${include}`),
      join(SOURCES, 'binding.cc'),
      ...libraries.map((library) => join(tensorflow, library)),
      // Relative, so that the library is found wherever the clone lies.
      `-Wl,-rpath,$ORIGIN/${relative(folder, tensorflow)}`,
      ...['-o', fresh],
    ],
    300,
  );
  if (!done.ok) {
    rmSync(fresh, { force: true });
    throw new Problem(
      `${compiler} could not compile ${join(SOURCES, 'binding.cc')} ` +
        `(${done.output.split('\n').find((line) => line.includes('error')) ?? done.output}): ` +
        'a compiler for C++17 is needed (g++ 9 or clang 10 and newer); name one in CXX and run again.',
    );
  }
  renameSync(fresh, BINDING);
}

function downloadBinding(reason: string, say: (message: string) => void): void {
  say(
    `There is ${reason}: falling back to TensorFlow.js' own download of libtensorflow 2.9.1. ` +
      'It runs everything, but without compiled functions (two to three times slower) and without ' +
      'GPUs newer than 2021. Downloading …',
  );
  const done = runProgram(
    process.execPath,
    ['scripts/install.js', 'gpu', 'download'],
    DOWNLOAD_SECONDS,
    process.env,
    PACKAGE,
  );
  if (!done.ok || !existsSync(BINDING)) {
    throw new Problem(
      `There is ${reason}, and the download of libtensorflow 2.9.1 failed ` +
        `(${done.timedOut ? 'no answer in time' : (done.output.split('\n').at(-1) ?? '')}): ` +
        'install g++ (Debian, Ubuntu: "apt install g++") and Python 3.10 to 3.13 on Linux, ' +
        'or let this machine reach storage.googleapis.com; then run again.',
    );
  }
}
