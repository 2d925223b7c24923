import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../files/problem';
import { gpuName } from './machine';
import { CACHE } from './paths';
import { startProgram } from './program';
import { locked, pip, VENV_PYTHON } from './python';
import { megabytes, once, step } from './steps';

/** The TensorFlow whose C library computes. Its wheel is only a parcel: no Python runs any of it. */
const VERSION = '2.21.0';
/** The wheel's Python; its libraries are the same in all. */
const PYTHON = '3.12';

/** Where a platform's libraries and headers come from; `platform` is pip's name of it. */
export interface Wheel {
  readonly name: string;
  readonly platform: string;
  readonly sha256: string;
  /** Megabytes of the download, where known. */
  readonly size?: number;
  readonly cuda?: boolean;
}

/** One wheel for each platform, named as Node names it. */
export const WHEELS: Record<string, Wheel> = {
  'linux-x64': {
    ...{ name: 'tensorflow-cpu', platform: 'manylinux_2_27_x86_64', size: 274 },
    sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
  },
  'linux-x64-cuda': {
    ...{ name: 'tensorflow', platform: 'manylinux_2_27_x86_64', cuda: true },
    sha256: 'b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0',
  },
  'linux-arm64': {
    ...{ name: 'tensorflow', platform: 'manylinux_2_27_aarch64', size: 282 },
    sha256: 'b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552',
  },
  'darwin-arm64': {
    ...{ name: 'tensorflow', platform: 'macosx_12_0_arm64', size: 223 },
    sha256: '56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712',
  },
};

/** What is unpacked of a wheel: two libraries, and the folders of headers that the C API includes from. */
const PARTS =
  String.raw`tensorflow/lib\w+(\.so\.2|\.2\.dylib)$` +
  String.raw`|tensorflow/include/(xla/)?(tensorflow|tsl)/(c|core/platform|platform)/.*\.h$`;
const UNPACK = [
  'import re, sys, zipfile',
  'wheel = zipfile.ZipFile(sys.argv[1])',
  'wheel.extractall(sys.argv[2], [n for n in wheel.namelist() if re.match(sys.argv[3], n)])',
].join('\n');

/** Folder of the machine's TensorFlow, as in its wheel: `include` and the libraries. */
export const TENSORFLOW = join(CACHE, 'tensorflow', 'tensorflow');

/** The machine's wheel. @throws Problem on a platform that has none. */
export function machinesWheel(): Wheel {
  const here = `${process.platform}-${process.arch}`;
  const wheel = (gpuName() && WHEELS[`${here}-cuda`]) || WHEELS[here];
  if (wheel) return wheel;
  throw new Problem(
    `TensorFlow ${VERSION} has no library for ${here}: use Linux on x86-64 or Arm, or macOS on Apple silicon ` +
      '(on Windows, WSL is such a Linux).',
  );
}

/** Fetches TensorFlow's libraries and headers into .cache/tensorflow; does nothing where they stand. */
export async function installLibrary(wheel: Wheel): Promise<void> {
  await once('library', [wheel.sha256, PARTS], TENSORFLOW, async () => {
    await unpackWheel(wheel, join(CACHE, 'tensorflow'));
    // TensorFlow's library looks for CUDA's beside its own folder, as they lie in a Python environment.
    const target = ['--target', join(CACHE, 'tensorflow')];
    if (wheel.cuda) await step('CUDA 12', pip(['install', ...locked('cuda'), ...target]));
  });
}

/** Downloads a wheel and unpacks what we need of it. @throws Problem where it cannot be had. */
export async function unpackWheel(wheel: Wheel, folder: string): Promise<void> {
  const { name, platform, sha256, size } = wheel;
  rmSync(folder, { recursive: true, force: true });
  const scratch = join(folder, 'download');
  mkdirSync(scratch, { recursive: true });
  const list = join(folder, 'wheel.txt');
  writeFileSync(list, `${name}==${VERSION} --hash=sha256:${sha256}\n`);
  const any = ['--no-deps', '--only-binary=:all:', '--python-version', PYTHON];
  const from = ['--platform', platform, '--require-hashes', '-r', list, '-d', scratch];
  const tell = () => `${megabytes(scratch)}${size ? ` of ${size}` : ''} MB`;
  await step('TensorFlow', pip(['download', ...any, ...from], scratch), tell);
  const file = join(scratch, readdirSync(scratch).find((entry) => entry.endsWith('.whl')) ?? '');
  const work = startProgram(VENV_PYTHON, ['-c', UNPACK, file, folder, PARTS], 300);
  const unpacked = await step('unpacking TensorFlow', work);
  if (!unpacked.ok) {
    throw new Problem(
      `TensorFlow's wheel could not be unpacked into ${folder} (${unpacked.output.split('\n').at(-1)}): ` +
        'about 1.2 GB are needed; free some space and run again.',
    );
  }
  rmSync(scratch, { recursive: true });
  rmSync(list);
}
