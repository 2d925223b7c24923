import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './paths';
import { findProgram } from './program';
import { locked, pip } from './python';
import { megabytes, step } from './steps';

/** A C++ compiler: how it is called, before any arguments. */
export interface Compiler {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Name of the machine's own compiler, what CXX names first; undefined where it has none. */
export function machinesCompiler(): string | undefined {
  return findProgram([process.env.CXX, 'g++', 'clang++', 'c++']);
}

/** What Zig calls the platforms; the oldest C library that TensorFlow's own wheel takes. */
const ZIG_TARGETS: Record<string, string> = {
  'linux-x64': 'x86_64-linux-gnu.2.27',
  'linux-arm64': 'aarch64-linux-gnu.2.27',
  'darwin-arm64': 'aarch64-macos.12.0',
};

const ZIG = join(CACHE, 'zig');

/**
 * Zig's C++ compiler from PyPI: whole, for any platform on any other, with nothing of the machine's. It is fetched
 * (100 MB) where it is not there.
 */
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

/** Takes Zig away again: half a gigabyte that is of use once. */
export function removeZig(): void {
  rmSync(ZIG, { recursive: true, force: true });
}
