import { Problem } from '../environment/problem';
import { setUp } from '../environment/setup';
import { usersLine } from '../environment/users-error';
import { type Command, columns, command, guess, helpText, readOptions } from './options';
import { say } from './say';

/** A command, loaded when it is called; or one that reads its arguments itself. */
interface Entry {
  /** One line of `npm run help`. */
  readonly about: string;
  // biome-ignore lint/suspicious/noExplicitAny: a command with any options.
  readonly load?: () => Promise<Command<any>>;
  readonly raw?: (argv: string[]) => Promise<number>;
}

/** All commands, in the order of `npm run help`. A test holds the scripts of package.json against them. */
export const COMMANDS: Record<string, Entry> = {
  start: {
    about: 'The main job: trains nano, runs the notebooks and writes the report, out/index.html.',
    load: async () => (await import('./start.js')).start,
  },
  lab: {
    about: 'Opens JupyterLab of this clone; further arguments go to it.',
    raw: async (argv) => (await import('./lab.js')).run(argv),
  },
  notebooks: {
    about: 'Executes notebooks and writes them, their figures and the report to out/.',
    load: async () => (await import('./notebooks.js')).notebooks,
  },
  figures: {
    about: "Writes the notebooks' figures to out/figures, for a paper: SVG, PDF or PNG.",
    load: async () => (await import('./figures.js')).figures,
  },
  ledger: {
    about: 'Prints every published claim beside what the runs here say.',
    load: async () => (await import('./ledger.js')).ledgerCommand,
  },
  train: {
    about: 'Trains one model on the tasks, measures it on the way and leaves tables in a folder.',
    load: async () => (await import('./train.js')).trainCommand,
  },
  measure: {
    about: "Measures the loss landscape and trains probes at a run's kept weights.",
    load: async () => (await import('./measure.js')).measure,
  },
  study: {
    about: "Works off the study's plan: trains and measures what is not whole yet.",
    load: async () => (await import('./study.js')).study,
  },
  pythia: {
    about: 'Measures checkpoints of Pythia, or of a small stand-in trained here.',
    load: async () => (await import('../pythia/command.js')).pythia,
  },
  bench: {
    about: 'Says what things cost on this machine.',
    raw: async (argv) => (await import('./bench.js')).run(argv),
  },
  doctor: {
    about: 'Says what is set up, and what would be faster.',
    load: async () => (await import('./doctor.js')).doctor,
  },
  test: {
    about: 'Checks style, then runs the tests, all or some.',
    load: async () => (await import('./test.js')).test,
  },
  check: {
    about: 'Checks style and import circles, and counts the lines of each room.',
    load: async () => (await import('./check.js')).check,
  },
  setup: {
    about: 'Sets up what is missing; every other command does so first.',
    load: async () => plain(() => say('Everything is set up.')),
  },
  help: {
    about: 'Lists the commands.',
    load: async () => plain(listCommands),
  },
};

/**
 * Reads a command's options, sets up what is missing, and runs it. What the user can mend is told in one line;
 * anything else keeps its stack trace, since it is a fault of ours.
 * @param ready is called when all is set up and the command begins.
 * @returns the exit code.
 */
export async function main(name: string, argv: string[], ready: () => void): Promise<number> {
  try {
    const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (!entry) {
      const near = guess(name, Object.keys(COMMANDS));
      throw new Problem(`There is no command "${name}"${near}; "npm run help" lists them.`);
    }
    if (!entry.load) {
      await setUp();
      ready();
      return await entry.raw!(argv);
    }
    const { load } = entry;
    // Some name parts of the landscape in their help, and those come with TensorFlow.
    const loaded = await load().catch(async () => {
      await setUp();
      return load();
    });
    if (argv.includes('--help') || argv.includes('-h')) {
      process.stdout.write(`${helpText(name, entry.about, loaded)}\n`);
      return 0;
    }
    const { values, words } = readOptions(name, loaded, argv);
    if (name !== 'help') await setUp();
    ready();
    return await loaded.run(values, words);
  } catch (error) {
    const line = usersLine(error);
    if (line === undefined) throw error;
    say(line);
    return 1;
  }
}

/** A command without options. */
function plain(work: () => void): Command {
  return command({
    options: {},
    run: async () => {
      work();
      return 0;
    },
  });
}

function listCommands(): void {
  const rows = Object.entries(COMMANDS).map(([name, { about }]) => [name, about] as const);
  const lines = [
    'npm run COMMAND -- [options]; "npm run COMMAND -- --help" tells more.',
    '',
    ...columns(rows),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
