import { type ExecFileException, execFile, spawnSync } from 'node:child_process';

/** How a program ended. */
export interface Outcome {
  /** True where it was found, ended in time and exited with 0. */
  readonly ok: boolean;
  readonly timedOut: boolean;
  /** What it printed, both streams, trimmed. */
  readonly output: string;
}

const MOST_OUTPUT = 64 << 20;

/** Runs a short program to its end, so many seconds at most. */
export function runProgram(program: string, args: string[], seconds: number): Outcome {
  const done = spawnSync(program, args, {
    ...{ encoding: 'utf8', timeout: seconds * 1000, maxBuffer: MOST_OUTPUT },
    stdio: ['ignore', 'pipe', 'pipe'],
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
  { env, cwd }: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const limits = { timeout: seconds * 1000, maxBuffer: MOST_OUTPUT };
    const end = (error: ExecFileException | null, out: string, err: string) => {
      process.off('exit', stop);
      const missing = error?.code === 'ENOENT' ? error.message : '';
      const output = `${out}${err}${missing}`.trim();
      resolve({ ok: !error, timedOut: error?.killed === true, output });
    };
    const child = execFile(program, args, { env, cwd, ...limits, killSignal: 'SIGKILL' }, end);
    child.stdin?.end();
    const stop = () => child.kill('SIGKILL');
    process.once('exit', stop);
  });
}

/** First of `names` that answers `--version`, or undefined. */
export function findProgram(names: (string | undefined)[]): string | undefined {
  return names.find((name) => name && runProgram(name, ['--version'], 20).ok);
}
