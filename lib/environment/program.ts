import { spawn, spawnSync } from 'node:child_process';

/** How a program ended. */
export interface Outcome {
  /** True where it was found, ended in time and exited with 0. */
  readonly ok: boolean;
  /** True where it ran past its time limit and was stopped. */
  readonly timedOut: boolean;
  /** What it printed, both streams, trimmed. */
  readonly output: string;
}

/**
 * Runs a short program to its end with a time limit, so that no step of set-up can hang.
 * @param seconds time limit.
 */
export function runProgram(
  program: string,
  args: string[],
  seconds: number,
  env: NodeJS.ProcessEnv = process.env,
  cwd?: string,
): Outcome {
  const done = spawnSync(program, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: seconds * 1000,
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 << 20,
  });
  return {
    ok: done.status === 0,
    timedOut: (done.error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT',
    output: `${done.stdout ?? ''}${done.stderr ?? ''}`.trim(),
  };
}

/** {@link runProgram} for long programs: others can run meanwhile, and it ends with this process. */
export function startProgram(
  program: string,
  args: string[],
  seconds: number,
  env: NodeJS.ProcessEnv = process.env,
  cwd?: string,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const stop = () => child.kill('SIGKILL');
    process.once('exit', stop);
    let [output, timedOut] = ['', false];
    const timer = setTimeout(() => {
      timedOut = true;
      stop();
    }, seconds * 1000);
    const end = (ok: boolean) => {
      clearTimeout(timer);
      process.off('exit', stop);
      resolve({ ok, timedOut, output: output.trim() });
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        output += chunk;
      });
    }
    child.on('error', (error) => {
      output += error.message;
      end(false);
    });
    child.on('close', (code) => end(code === 0));
  });
}

/** First of `names` that answers `--version`, or undefined. */
export function findProgram(names: (string | undefined)[]): string | undefined {
  return names.find((name) => name && runProgram(name, ['--version'], 20).ok);
}
