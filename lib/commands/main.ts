import { Problem } from '../environment/problem';
import { setUp } from '../environment/setup';

/** One command of the project: takes its arguments, returns the exit code. */
type Command = (argv: string[]) => Promise<number>;

const COMMANDS: Record<string, () => Promise<Command>> = {
  setup: async () => async () => {
    say('Everything is set up.');
    return 0;
  },
  start: async () => (await import('./start.js')).run,
  test: async () => (await import('./test.js')).run,
  check: async () => (await import('./check.js')).run,
  doctor: async () => (await import('./doctor.js')).run,
  study: async () => (await import('./study.js')).run,
  train: async () => (await import('./train.js')).run,
  measure: async () => (await import('./measure.js')).run,
  pythia: async () => (await import('./pythia.js')).run,
  lab: async () => (await import('./lab.js')).run,
  notebooks: async () => (await import('./notebooks.js')).run,
  figures: async () => (await import('./figures.js')).run,
  bench: async () => (await import('./bench.js')).run,
  ledger: async () => (await import('./ledger.js')).run,
};

/**
 * Sets up what is missing and runs a command. What the user can mend is told in one line; anything else
 * keeps its stack trace, since it is a fault of ours.
 * @param ready is called when all is set up and the command begins.
 * @returns the exit code.
 */
export async function main(command: string, argv: string[], ready: () => void): Promise<number> {
  try {
    await setUp();
    ready();
    return await (await COMMANDS[command]())(argv);
  } catch (error) {
    if (!isUsersToMend(error)) throw error;
    say((error as Error).message);
    return 1;
  }
}

function isUsersToMend(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return (
    error instanceof Problem ||
    error instanceof RangeError ||
    (code ?? '').startsWith('ERR_PARSE_ARGS')
  );
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}
