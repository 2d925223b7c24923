import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CACHE, ROOT } from '../environment/paths';
import { runProgram } from '../environment/program';
import { say } from '../environment/progress';
import { findPython } from '../environment/python';
import { once } from '../environment/steps';
import { Problem } from '../files/problem';

/** The PyTorch that is compared against. */
export const TORCH_VERSION = '2.13.0';

/** The bench's own environment: nothing else of the project needs PyTorch, so set-up leaves it out. */
const VENV = join(CACHE, 'bench-venv');
export const PYTHON = join(VENV, 'bin', 'python');
const INSTALL_SECONDS = 30 * 60;
/** PyTorch's own index of builds without CUDA, which are ten times smaller; PyPI's serves where it cannot be reached. */
const CPU_BUILDS = 'https://download.pytorch.org/whl/cpu';

/**
 * Makes the bench's Python environment where it is missing.
 * @throws Problem where PyTorch cannot be had.
 */
export function installTorch(): Promise<void> {
  return once('bench', [TORCH_VERSION, ROOT], PYTHON, () => {
    rmSync(VENV, { recursive: true, force: true });
    const python = findPython();
    say(`Installing torch==${TORCH_VERSION} into .cache/bench-venv (once; some minutes) …`);
    const made = runProgram(python, ['-m', 'venv', VENV], 180);
    const pip = ['-m', 'pip', 'install', '--retries', '1', '--timeout', '20', '--quiet'];
    const wanted = [`torch==${TORCH_VERSION}`, '--extra-index-url', CPU_BUILDS];
    const done = made.ok ? runProgram(PYTHON, [...pip, ...wanted], INSTALL_SECONDS) : made;
    if (!done.ok) {
      rmSync(VENV, { recursive: true, force: true });
      const lines = done.output.split('\n');
      const reason = lines.filter((line) => line.startsWith('ERROR')).at(-1) ?? lines.at(-1);
      throw new Problem(
        `torch==${TORCH_VERSION} could not be installed for the bench (${done.timedOut ? 'no answer in time' : reason}): ` +
          'check the network and the indexes that "pip config list" shows, then run again; ' +
          'or leave PyTorch out with --alone.',
      );
    }
  });
}

/** PyTorch in a process of its own, asked one thing at a time. */
export class TorchProcess {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private errors = '';

  constructor() {
    this.child = spawn(PYTHON, [join(ROOT, 'lib', 'bench', 'pytorch.py')], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Threads that wait must sleep: the other side needs the cores then.
      env: { ...process.env, OMP_WAIT_POLICY: 'PASSIVE' },
    });
    this.child.stderr!.on('data', (text) => {
      this.errors = `${this.errors}${text}`.slice(-2000);
    });
    this.lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  /**
   * Sends one request and waits for its answer.
   * @throws Problem with Python's last words where the process has ended.
   */
  async ask<T = { ms: number }>(request: object): Promise<T> {
    this.child.stdin!.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.lines.next();
    if (done) {
      const last = this.errors.trim().split('\n').at(-1);
      throw new Problem(
        `PyTorch's process has ended (${last}): delete .cache/bench-venv and run again.`,
      );
    }
    return JSON.parse(value) as T;
  }

  close(): void {
    this.child.stdin!.end();
  }
}
