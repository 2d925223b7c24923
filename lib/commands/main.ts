import { say } from '../environment/progress';
import { setUp } from '../environment/setup';
import { Problem, usersLine } from '../files/problem';
import { type Command, columns, command, guess, helpText, readOptions } from './options';

/** All commands in the order of `npm run help`, a line each. A test holds the scripts of package.json against them. */
export const COMMANDS: Record<string, string> = {
  start: 'The main job: trains nano, runs the notebooks and writes the report, out/index.html.',
  lab: 'Opens JupyterLab of this clone; further arguments go to it.',
  notebooks: 'Executes notebooks and writes them, their figures and the report to out/.',
  figures: "Writes the notebooks' figures to out/figures, for a paper: SVG, PDF or PNG.",
  ledger: 'Prints every published claim beside what the runs here say.',
  train: 'Trains one model on the tasks, measures it on the way and leaves tables in a folder.',
  measure: "Measures the loss landscape and trains probes at a run's kept weights.",
  study: "Works off the study's plan: trains and measures what is not whole yet.",
  pythia: 'Measures checkpoints of Pythia, or of a small stand-in trained here.',
  bench: 'Says what things cost on this machine.',
  doctor: 'Says what is set up, and what would be faster.',
  test: 'Checks style, then runs the tests, all or some.',
  check: 'Checks style and import circles, and counts the lines of each room; or longer checks.',
  setup: 'Sets up what is missing; every other command does so first.',
  help: 'Lists the commands.',
};

/** What has no file of its own. */
const HERE: Record<string, Command> = {
  setup: command({
    options: {},
    run: async () => {
      say('Everything is set up.');
      return 0;
    },
  }),
  help: command({ options: {}, run: listCommands }),
};

/**
 * Loads a command: its file is called as it is, and its default export is the command.
 * @throws Error where it is of a workspace that was left out.
 */
export function load(name: string): Command {
  return HERE[name] ?? require(name === 'pythia' ? '../pythia/command' : `./${name}`).default;
}

/**
 * Reads a command's options, sets up what is missing, and runs it. What the user can mend is told in one line;
 * anything else keeps its stack trace, since it is a fault of ours.
 * @param ready is called when all is set up and the command begins.
 * @returns the exit code.
 */
export async function main(name: string, argv: string[], ready: () => void): Promise<number> {
  try {
    if (!Object.hasOwn(COMMANDS, name)) {
      const near = guess(name, Object.keys(COMMANDS));
      throw new Problem(`There is no command "${name}"${near}; "npm run help" lists them.`);
    }
    const loaded = await loadOrSetUp(name);
    if (!loaded.passesOn && (argv.includes('--help') || argv.includes('-h'))) {
      process.stdout.write(`${helpText(name, COMMANDS[name], loaded)}\n`);
      return 0;
    }
    const { values, words } = loaded.passesOn
      ? { values: {}, words: argv }
      : readOptions(name, loaded, argv);
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

/** Some commands name parts of the landscape in their help, and those come with TensorFlow. */
async function loadOrSetUp(name: string): Promise<Command> {
  try {
    return load(name);
  } catch {
    await setUp();
    return load(name);
  }
}

async function listCommands(): Promise<number> {
  const first = 'npm run COMMAND -- [options]; "npm run COMMAND -- --help" tells more.';
  process.stdout.write(`${[first, '', ...columns(Object.entries(COMMANDS))].join('\n')}\n`);
  return 0;
}
