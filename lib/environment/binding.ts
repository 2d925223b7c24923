import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Problem } from '../files/problem';
import { type Compiler, machinesCompiler, removeZig, zig } from './compiler';
import { TENSORFLOW, type Wheel } from './library';
import { once } from './once';
import { ROOT } from './paths';
import { startProgram } from './program';
import { say } from './progress';
import { step } from './steps';

const PACKAGE = join(ROOT, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
/** Where tfjs-node-gpu looks for its native half. */
const BINDING = join(PACKAGE, 'lib', 'napi-v8', 'tfjs_binding.node');
const SOURCES = join(ROOT, 'lib', 'compile', 'native');
const LOADER = join(ROOT, 'lib', 'environment', 'native', 'loader.cc');

/**
 * Compiles tfjs-node-gpu's native binding, together with what `compile` needs, against TensorFlow's library: with
 * the machine's compiler, or with Zig's where it has none or a broken one. Does nothing where it stands.
 * @throws Problem where no compiler can.
 */
export async function installBinding(wheel: Wheel): Promise<void> {
  const own = machinesCompiler();
  const sources = readdirSync(SOURCES).map((name) => readFileSync(join(SOURCES, name)));
  const inputs = [own ?? '', wheel.sha256, readFileSync(LOADER), ...sources];
  await once('binding', inputs, BINDING, async () => {
    const here = `${process.platform}-${process.arch}`;
    const failed =
      own && (await compileBinding({ program: own, args: [], env: process.env }, here));
    if (own && !failed) return;
    if (failed) say(`${own} could not compile (${failed}): taking Zig's compiler.`);
    const again = await compileBinding(await zig(here), here);
    if (!again) return removeZig();
    throw new Problem(
      `TensorFlow.js' binding could not be compiled (${again}): name a compiler for C++17 in CXX ` +
        '(g++ 9 or clang 10 and newer) and run again.',
    );
  });
}

/**
 * Compiles the binding and what loads it.
 * @param platform for which, as Node names it.
 * @param tensorflow TensorFlow's folder for that platform, and `binding` the file to be made.
 * @returns undefined where it worked, else what the compiler said.
 */
export async function compileBinding(
  { program, args, env }: Compiler,
  platform: string,
  tensorflow = TENSORFLOW,
  binding = BINDING,
): Promise<string | undefined> {
  const folder = dirname(binding);
  mkdirSync(folder, { recursive: true });
  const mac = platform.startsWith('darwin');
  const headers = join(ROOT, 'node_modules', 'node-api-headers', 'include');
  const includes = [PACKAGE, join(tensorflow, 'include'), headers];
  const shared = [
    ...['-O2', '-std=c++17', '-shared', '-fPIC', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'],
    // What the functions are called that Node itself holds, the linker of macOS wants to know.
    ...(mac ? ['-undefined', 'dynamic_lookup'] : ['-s']),
    ...includes.map((include) => `-I${include}`),
  ];
  const origin = mac ? '@loader_path' : '$ORIGIN';
  const libraries = readdirSync(tensorflow).filter((name) => name.startsWith('lib'));
  const parts: [file: string, rest: string[]][] = [
    [
      join(folder, 'tensorflow_binding.so'),
      [
        join(SOURCES, 'binding.cc'),
        ...libraries.map((library) => join(tensorflow, library)),
        // Relative, so that the library is found wherever the clone lies.
        `-Wl,-rpath,${origin}/${relative(folder, tensorflow)}`,
      ],
    ],
    // The loader comes last: while it is missing, the binding is not there.
    [binding, [LOADER, `-Wl,-rpath,${origin}`, ...(mac ? [] : ['-ldl'])]],
  ];
  for (const [file, rest] of parts) {
    // Compiled beside its place and renamed, so that a process that runs meanwhile keeps a whole file.
    const fresh = `${file}.${process.pid}`;
    const all = [...args, ...shared, ...rest, '-o', fresh];
    const work = startProgram(program, all, 30 * 60, { env });
    const name = file === binding ? 'its loader' : "TensorFlow.js' binding";
    const { ok, timedOut, output } = await step(`compiling ${name}`, work);
    if (ok) {
      renameSync(fresh, file);
      continue;
    }
    rmSync(fresh, { force: true });
    const lines = output.split('\n');
    return timedOut
      ? 'no end in 30 minutes'
      : (lines.find((line) => line.includes('error')) ?? lines[0]);
  }
  return undefined;
}
