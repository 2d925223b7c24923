import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Problem } from '../files/problem';
import { TENSORFLOW, type Wheel } from './library';
import { CACHE, ROOT } from './paths';
import { findProgram, startProgram } from './program';
import { say } from './progress';
import { locked, pip } from './python';
import { megabytes, once, step } from './steps';

const PACKAGE = join(ROOT, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
/** Where tfjs-node-gpu looks for its native half. */
const BINDING = join(PACKAGE, 'lib', 'napi-v8', 'tfjs_binding.node');
const SOURCES = join(ROOT, 'lib', 'compile', 'native');
const LOADER = join(ROOT, 'lib', 'environment', 'native', 'loader.cc');

/** A C++ compiler: how it is called, before any arguments. */
interface Compiler {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Compiles tfjs-node-gpu's native binding, with what `compile` needs, against TensorFlow's library: with the machine's
 * compiler, or with Zig's where that is missing or broken. @param library is being fetched meanwhile.
 * @throws Problem where no compiler can.
 */
export async function installBinding(wheel: Wheel, library: Promise<void>): Promise<void> {
  const own = findProgram([process.env.CXX, 'g++', 'clang++', 'c++']);
  const sources = readdirSync(SOURCES).map((name) => readFileSync(join(SOURCES, name)));
  const inputs = [own ?? '', wheel.sha256, readFileSync(LOADER), ...sources];
  await once('binding', inputs, BINDING, async () => {
    const here = `${process.platform}-${process.arch}`;
    const failed =
      own && (await compileBinding({ program: own, args: [], env: process.env }, here, library));
    if (own && !failed) return;
    if (failed) say(`${own} could not compile (${failed}): taking Zig's compiler.`);
    const again = await compileBinding(await zig(here), here, library);
    // Half a gigabyte that is of use once.
    if (!again) return rmSync(ZIG, { recursive: true, force: true });
    throw new Problem(
      `TensorFlow.js' binding could not be compiled (${again}): name a compiler for C++17 in CXX ` +
        '(g++ 9 or clang 10 and newer) and run again.',
    );
  });
}

/**
 * Compiles the binding and what loads it, for a platform as Node names it.
 * @param library comes to its end when `tensorflow` is whole.
 * @param tensorflow TensorFlow's folder for that platform. @param binding the file to be made.
 * @returns undefined where it worked, else what the compiler said.
 */
export async function compileBinding(
  { program, args, env }: Compiler,
  platform: string,
  library: Promise<void> = Promise.resolve(),
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
  /** Compiles one beside its place; @returns what the compiler said where it failed. */
  const compiled = async (name: string, file: string, rest: readonly string[]) => {
    const all = [...args, ...shared, ...rest, '-o', fresh(file)];
    const work = startProgram(program, all, 30 * 60, { env });
    const { ok, timedOut, output } = await step(`compiling ${name}`, work);
    if (ok) return undefined;
    rmSync(fresh(file), { force: true });
    const lines = output.split('\n');
    if (timedOut) return 'no end in 30 minutes';
    return lines.find((line) => line.includes('error')) ?? lines[0];
  };
  // The loader needs nothing of TensorFlow; with it Zig makes its C++ library, which takes most of the time.
  const loading = [LOADER, `-Wl,-rpath,${origin}`, ...(mac ? [] : ['-ldl'])];
  const failed = await compiled("TensorFlow.js' loader", binding, loading);
  if (failed) return failed;
  await library;
  const whole = join(folder, 'tensorflow_binding.so');
  const failedWhole = await compiled("TensorFlow.js' binding", whole, [
    join(SOURCES, 'binding.cc'),
    ...readdirSync(tensorflow)
      .filter((name) => name.startsWith('lib'))
      .map((name) => join(tensorflow, name)),
    // Relative, so that the library is found wherever the clone lies.
    `-Wl,-rpath,${origin}/${relative(folder, tensorflow)}`,
  ]);
  if (failedWhole) {
    rmSync(fresh(binding), { force: true });
    return failedWhole;
  }
  // Renamed, so that a process that runs meanwhile keeps a whole file; the loader last: it is what is looked for.
  for (const file of [whole, binding]) renameSync(fresh(file), file);
  return undefined;
}

const fresh = (file: string) => `${file}.${process.pid}`;

/** What Zig calls the platforms; the oldest C library that TensorFlow's own wheel takes. */
const ZIG_TARGETS: Record<string, string> = {
  'linux-x64': 'x86_64-linux-gnu.2.27',
  'linux-arm64': 'aarch64-linux-gnu.2.27',
  'darwin-arm64': 'aarch64-macos.12.0',
};

const ZIG = join(CACHE, 'zig');

/** Zig's C++ compiler from PyPI (100 MB, fetched where it is not there): for any platform on any other. */
export async function zig(platform: string): Promise<Compiler> {
  const program = join(ZIG, 'ziglang', 'zig');
  if (!existsSync(program)) {
    rmSync(ZIG, { recursive: true, force: true });
    const [fresh, scratch] = [join(ZIG, 'fresh'), join(ZIG, 'download')];
    mkdirSync(scratch, { recursive: true });
    const install = ['install', ...locked('zig'), '--target', fresh, '--no-compile'];
    await step('Zig', pip(install, scratch), () => `${megabytes(scratch)} MB`);
    // Whole or not at all: the program stands in its place only when everything else does.
    renameSync(join(fresh, 'ziglang'), join(ZIG, 'ziglang'));
    for (const folder of [fresh, scratch]) rmSync(folder, { recursive: true });
  }
  const cache = join(ZIG, 'cache');
  return {
    program,
    args: ['c++', '-target', ZIG_TARGETS[platform]],
    env: { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache },
  };
}
