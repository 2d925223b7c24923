import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, VENV } from './paths';
import { Problem } from './problem';
import { findProgram, runProgram } from './program';
import { Stamp } from './stamp';

/** The TensorFlow whose C library carries the binding. Python only hosts it; none of our work is done there. */
export const TENSORFLOW_VERSION = '2.21.0';

/**
 * pip retries an unreachable index for minutes by default, so retries and waits are bounded here.
 * Indexes, mirrors and proxies stay as the user's own pip configuration sets them.
 */
const PIP = ['-m', 'pip', 'install', '--retries', '1', '--timeout', '20', '--quiet'];
const INSTALL_SECONDS = 20 * 60;

/** Python of the clone's own environment. */
export const VENV_PYTHON = join(VENV, 'bin', 'python');

/** Folder of TensorFlow inside .venv, or undefined where it is not installed. */
export function tensorflowFolder(): string | undefined {
  const lib = join(VENV, 'lib');
  if (!existsSync(lib)) return undefined;
  return readdirSync(lib)
    .map((python) => join(lib, python, 'site-packages', 'tensorflow'))
    .find((folder) => existsSync(join(folder, 'libtensorflow_cc.so.2')));
}

/** True where an NVIDIA driver answers. */
export function nvidiaDriver(): boolean {
  return runProgram('nvidia-smi', ['-L'], 20).ok;
}

/**
 * Makes .venv with JupyterLab and TensorFlow; does nothing where both are there and unchanged.
 * Where no TensorFlow can be installed it says why and goes on: the binding then falls back.
 * @throws Problem where Python or venv is missing, or JupyterLab cannot be installed.
 */
export function installPython(say: (message: string) => void): void {
  const requirements = join(ROOT, 'lib', 'environment', 'requirements.txt');
  const gpu = nvidiaDriver();
  const tensorflow = `${gpu ? 'tensorflow[and-cuda]' : 'tensorflow-cpu'}==${TENSORFLOW_VERSION}`;
  const lab = new Stamp('python', readFileSync(requirements), ROOT);
  if (!lab.current || !existsSync(VENV_PYTHON)) {
    lab.clear();
    makeVenv(say);
    say('Installing JupyterLab into .venv (about a minute) …');
    pipInstall(['-r', requirements], listRequirements(requirements));
    lab.write();
  }
  const library = new Stamp('tensorflow', tensorflow, ROOT);
  if (library.current && tensorflowFolder()) return;
  library.clear();
  say(
    `Installing ${tensorflow} into .venv (a download of about 300 MB${gpu ? ' and CUDA' : ''}) …`,
  );
  try {
    pipInstall([tensorflow], [tensorflow]);
    library.write();
  } catch (error) {
    say(`${(error as Error).message}\nGoing on with TensorFlow.js' own, older library.`);
  }
}

function makeVenv(say: (message: string) => void): void {
  if (existsSync(VENV_PYTHON) && runProgram(VENV_PYTHON, ['-m', 'pip', '--version'], 30).ok) return;
  const python = findPython();
  say(`Making .venv with ${python} …`);
  // What an interrupted attempt has left would confuse venv.
  rmSync(VENV, { recursive: true, force: true });
  const made = runProgram(python, ['-m', 'venv', VENV], 180);
  if (!made.ok) {
    rmSync(VENV, { recursive: true, force: true });
    throw new Problem(
      `${python} cannot make a virtual environment in ${VENV} (${lastLine(made.output)}): ` +
        'install its venv module (Debian, Ubuntu: "apt install python3-venv") and run again.',
    );
  }
}

/**
 * A Python of the machine that can make virtual environments.
 * @throws Problem where there is none of version 3.10 or newer.
 */
export function findPython(): string {
  const names = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
  const wanted = process.env.ANATOMY_PYTHON;
  const recent = 'import sys; sys.exit(sys.version_info < (3, 10))';
  for (const name of wanted ? [wanted] : names) {
    if (runProgram(name, ['-c', recent], 20).ok) return name;
  }
  const found = findProgram(wanted ? [wanted] : names);
  const seen = found ? `${found} is ${runProgram(found, ['--version'], 20).output}` : 'none found';
  throw new Problem(
    `Python 3.10 or newer is needed (${seen}): install it, or name one in ANATOMY_PYTHON, and run again.`,
  );
}

/** Installs `what`; when that fails, tries each of `parts` alone to name those that cannot be had. */
function pipInstall(what: string[], parts: string[]): void {
  const all = runProgram(VENV_PYTHON, [...PIP, ...what], INSTALL_SECONDS);
  if (all.ok) return;
  const failed = parts
    .map((part) => ({ part, done: runProgram(VENV_PYTHON, [...PIP, part], INSTALL_SECONDS) }))
    .filter(({ done }) => !done.ok)
    .map(
      ({ part, done }) =>
        `${part} (${done.timedOut ? 'no answer in time' : lastError(done.output)})`,
    );
  if (failed.length === 0) return;
  throw new Problem(
    `pip could not install ${failed.join('; ')}: check the network and the indexes that ` +
      '".venv/bin/pip config list" shows, then run again.',
  );
}

function listRequirements(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith('#'));
}

function lastLine(output: string): string {
  return output.split('\n').at(-1)?.trim() ?? '';
}

function lastError(output: string): string {
  const errors = output.split('\n').filter((line) => line.startsWith('ERROR'));
  return (errors.at(-1) ?? lastLine(output)).replace(/^ERROR:\s*/, '');
}
