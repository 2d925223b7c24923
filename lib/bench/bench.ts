import { flag, helpText, type Options, readOptions, type Values } from '../commands/options';

/** What one look has found: rows for programs, and the same in words. */
export interface Look {
  readonly rows: readonly object[];
  readonly words: string;
}

/** One bench: what it takes, and what it finds, look by look. */
export interface Bench<O extends Options = Options> {
  readonly about: string;
  readonly options: O;
  run(values: Values<O>): AsyncIterable<Look>;
}

/** Declares a bench; the values that `run` gets have the types of its options. */
export function bench<O extends Options>(declared: Bench<O>): Bench<O> {
  return declared;
}

/** Runs a bench with its options as they were typed, and prints what it finds; gives the exit code. */
export async function runBench(name: string, { about, options, run }: Bench, argv: string[]) {
  const all = { ...options, json: flag('print a JSON array and nothing else') };
  if (argv.includes('--help')) {
    const declared = { options: all, run: async () => 0 };
    process.stdout.write(`${helpText(`bench ${name}`, about, declared)}\n`);
    return 0;
  }
  const { values } = readOptions('bench', { options: all }, argv);
  const found: object[] = [];
  try {
    for await (const { rows, words } of run(values)) {
      found.push(...rows);
      if (!values.json) process.stdout.write(words);
    }
  } finally {
    if (values.json) process.stdout.write(`${JSON.stringify(found, null, 1)}\n`);
  }
  return 0;
}
