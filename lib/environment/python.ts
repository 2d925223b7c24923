import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../files/problem';
import { ROOT, VENV } from './paths';
import { findProgram, runProgram, startProgram } from './program';
import { once, step } from './steps';

const INSTALL_SECONDS = 20 * 60;

/** Python of the clone's own environment. */
export const VENV_PYTHON = join(VENV, 'bin', 'python');

/** Makes .venv on the machine's Python. @throws Problem where that or its venv module is missing. */
export function makeVenv(): Promise<void> {
  return once('venv', [ROOT], VENV_PYTHON, async () => {
    const python = findPython();
    // What an interrupted attempt has left would confuse venv.
    rmSync(VENV, { recursive: true, force: true });
    const work = startProgram(python, ['-m', 'venv', VENV], 300);
    const made = await step('Python’s environment', work);
    if (made.ok) return;
    rmSync(VENV, { recursive: true, force: true });
    throw new Problem(
      `${python} cannot make a virtual environment in ${VENV} (${lastError(made.output)}): ` +
        'install its venv module (Debian, Ubuntu: "apt install python3-venv") and run again.',
    );
  });
}

/** Installs JupyterLab into .venv. */
export function installJupyter(): Promise<void> {
  return once('jupyter', [readFileSync(requirements('jupyter')), ROOT], VENV_PYTHON, () =>
    step('JupyterLab', pip(['install', ...locked('jupyter'), '--no-compile'])),
  );
}

/** pip's arguments for a list of packages in requirements/: wheels only, each held against its hash. */
export function locked(list: string): string[] {
  return ['--no-deps', '--only-binary=:all:', '--require-hashes', '-r', requirements(list)];
}

function requirements(list: string): string {
  return join(ROOT, 'lib', 'environment', 'requirements', `${list}.txt`);
}

/**
 * Runs pip in .venv, with bounded retries and waits; indexes, mirrors and proxies are the user's own.
 * @param scratch folder for what is being downloaded. @throws Problem that tells what pip said.
 */
export async function pip([command, ...args]: string[], scratch?: string): Promise<void> {
  const bounds = ['--retries', '1', '--timeout', '20', '--quiet', '--disable-pip-version-check'];
  const env = { ...process.env, ...(scratch && { TMPDIR: scratch }) };
  const call = ['-m', 'pip', command, ...bounds, ...args];
  const { ok, timedOut, output } = await startProgram(VENV_PYTHON, call, INSTALL_SECONDS, { env });
  if (ok) return;
  const reason = timedOut ? 'no answer in time' : lastError(output);
  throw new Problem(
    `pip could not ${command} what is needed (${reason}): check the network and the indexes that ` +
      '".venv/bin/pip config list" shows, then run again.',
  );
}

/** The machine's Python, or what ANATOMY_PYTHON names. @throws Problem where there is none from 3.10 on. */
export function findPython(): string {
  const versions = Array.from({ length: 10 }, (_, i) => `python3.${19 - i}`);
  const wanted = process.env.ANATOMY_PYTHON;
  const names = wanted ? [wanted] : ['python3', 'python', ...versions];
  const recent = 'import sys; sys.exit(sys.version_info < (3, 10))';
  for (const name of names) if (runProgram(name, ['-c', recent], 20).ok) return name;
  const found = findProgram(names);
  const seen = found ? `${found} is ${runProgram(found, ['--version'], 20).output}` : 'none found';
  throw new Problem(
    `Python 3.10 or newer is needed (${seen}): install it, or name one in ANATOMY_PYTHON, and run again.`,
  );
}

function lastError(output: string): string {
  const lines = output.split('\n').filter(Boolean);
  const errors = lines.filter((line) => line.startsWith('ERROR'));
  return (errors.at(-1) ?? lines.at(-1) ?? 'it said nothing').replace(/^ERROR:\s*/, '').trim();
}
