import { parseArgs } from 'node:util';
import { wrap } from '../figures/title';
import { Problem } from '../files/problem';
import { isWhole } from '../files/range';

/** Columns of a terminal that help fills. */
const WIDTH = 100;

interface Declared {
  /** Stands for the value in help, such as `N`. Empty for a flag, which takes none. */
  readonly value: string;
  readonly help: string;
  /** What a value must be: `a whole number of 1 or more`. */
  readonly expects: string;
  /** Gives undefined where the text is no such value. */
  readonly read: (text: string) => unknown;
  /** All values, where they can be listed. */
  readonly known?: readonly string[];
  readonly short?: string;
  readonly fallback?: unknown;
  readonly many?: 'list' | 'repeated';
}

/** One option of a command, with the type of its value: `whole(1, 'updates').or(4000)`. */
export class Option<T> {
  constructor(readonly declared: Declared) {}

  /** The value where the option is not given; help shows it. */
  or<F extends T & {}>(fallback: F): Option<T & {}> {
    return new Option({ ...this.declared, fallback });
  }

  /** Several values with commas between them. */
  list(): Option<(T & {})[] | undefined> {
    return new Option({ ...this.declared, many: 'list' });
  }

  /** May be given several times. */
  repeated(): Option<(T & {})[]> {
    return new Option({ ...this.declared, many: 'repeated', fallback: [] });
  }
}

/** An option that is there or not. */
export function flag(help: string): Option<boolean> {
  return new Option({ value: '', help, expects: '', read: () => true, fallback: false });
}

/** @param short a letter that stands for the name: `-p`. */
export function text(value: string, help: string, short?: string): Option<string | undefined> {
  return new Option({ value, help, expects: 'a text', read: (given) => given || undefined, short });
}

export function choice<K extends string>(known: readonly K[], help: string): Option<K | undefined> {
  const read = (given: string) => known.find((name) => name === given);
  return new Option({ value: 'NAME', help, expects: `one of ${known.join(', ')}`, read, known });
}

/** A whole number within a range, both ends included. */
export function whole(least: number, help: string, most = Number.MAX_SAFE_INTEGER) {
  const open = most === Number.MAX_SAFE_INTEGER;
  const expects = `a whole number ${open ? `of ${least} or more` : `from ${least} to ${most}`}`;
  const read = numberThat((value) => isWhole(value, least, most));
  return new Option<number | undefined>({ value: 'N', help, expects, read });
}

/** A number above `above` and below `below`. */
export function number(above: number, help: string, below: number) {
  const expects = `a number above ${above} and below ${below}`;
  const read = numberThat((value) => value > above && value < below);
  return new Option<number | undefined>({ value: 'X', help, expects, read });
}

/** Reads decimal numbers alone: `Number` would take an empty text for 0. */
function numberThat(fits: (value: number) => boolean) {
  return (given: string) => {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(given) ? Number(given) : Number.NaN;
    return fits(value) ? value : undefined;
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the options of any command.
export type Options = Record<string, Option<any>>;
/** Values by option, whether given or by default; those that are neither are left out. */
export type Values<O extends Options> = {
  [K in keyof O]: O[K] extends Option<infer T> ? T : never;
};

/** A command of the project: what it takes, and what it does. */
export interface Command<O extends Options = Options> {
  /** By name as in code: `learningRate` is typed as `--learning-rate`. */
  readonly options: O;
  /** What may be named besides options, such as notebooks; nothing where it is left out. */
  readonly words?: { readonly value: string; readonly help: string };
  /** Further paragraphs of its help. */
  readonly more?: string;
  /** True where all that is typed goes on to another program, unread: as words. */
  readonly passesOn?: boolean;
  /** @returns the exit code. */
  run(values: Values<O>, words: string[]): Promise<number>;
}

/** Gives `run` values of the types of the command's options. */
export function command<O extends Options>(declared: Command<O>): Command<O> {
  return declared;
}

/**
 * Reads what was typed after a command's name.
 * @throws Problem naming the option, its value as typed, and what it must be.
 */
export function readOptions<O extends Options>(
  name: string,
  { options, words: wanted }: Pick<Command<O>, 'options' | 'words'>,
  argv: readonly string[],
): { values: Values<O>; words: string[] } {
  const help = `"npm run ${name} -- --help" lists what there is`;
  const keys = new Map(Object.keys(options).map((key) => [flagOf(key), key]));
  const parsed = [...keys].map(([typed, key]) => {
    const { value, short } = options[key].declared;
    const type = value === '' ? ('boolean' as const) : ('string' as const);
    return [typed.slice(2), { type, ...(short && { short }) }];
  });
  const { tokens } = parseArgs({
    ...{ args: [...argv], options: Object.fromEntries(parsed) },
    ...{ strict: false, allowPositionals: true, tokens: true },
  });
  const values: Record<string, unknown> = {};
  const words: string[] = [];
  for (const token of tokens ?? []) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const { rawName: typed, value } = token;
    const key = keys.get(`--${token.name}`);
    if (!key) {
      throw new Problem(`There is no option ${typed}${guess(typed, [...keys.keys()])}; ${help}.`);
    }
    const option = options[key].declared;
    if (option.value === '' && value !== undefined) {
      throw new Problem(`${typed} takes no value, and "${value}" was given.`);
    }
    const next = value?.startsWith('--') && !token.inlineValue;
    if (option.value !== '' && (value === undefined || next)) {
      throw new Problem(`${typed} has no value: give ${option.expects}.`);
    }
    if (key in values && option.many !== 'repeated') {
      throw new Problem(`${typed} is given twice: give it once.`);
    }
    const found = readValue(option, typed, value ?? '');
    const before = (values[key] ?? []) as unknown[];
    values[key] = option.many === 'repeated' ? [...before, found] : found;
  }
  for (const [typed, key] of keys) {
    if (key in values) continue;
    // npm keeps options that stand before its "--" for itself, and only says so in the environment.
    const kept = process.env[`npm_config_${typed.slice(2).replaceAll('-', '_')}`];
    if (kept !== undefined && process.env.npm_lifecycle_event === name) {
      throw new Problem(`npm kept ${typed} for itself: write "npm run ${name} -- ${typed} …".`);
    }
    const { fallback } = options[key].declared;
    if (fallback !== undefined) values[key] = fallback;
  }
  if (words.length > 0 && !wanted) {
    const near = guess(`--${words[0]}`, [...keys.keys()]);
    throw new Problem(`"${words[0]}" is left over${near}; ${help}.`);
  }
  return { values: values as Values<O>, words };
}

/** `--learning-rate` for `learningRate`. */
function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function readValue(option: Declared, name: string, typed: string): unknown {
  const parts = option.many === 'list' ? typed.split(',') : [typed];
  const values = parts.map((part) => {
    const value = option.read(part.trim());
    if (value !== undefined) return value;
    const which = parts.length > 1 ? `, and "${part}"` : ', which';
    throw new Problem(
      `${name} is "${typed}"${which} is not ${option.expects}${guess(part, option.known ?? [])}.`,
    );
  });
  return option.many === 'list' ? values : values[0];
}

/** `: did you mean nano?`, where something known is near; else nothing. */
export function guess(typed: string, known: readonly string[]): string {
  const [[nearest, away] = ['', 9]] = known
    .map((name) => [name, distance(typed.toLowerCase(), name.toLowerCase())] as const)
    .sort((a, b) => a[1] - b[1]);
  return away <= Math.ceil(nearest.length / 3) ? `: did you mean ${nearest}?` : '';
}

/** Letters to insert, drop or change between two words (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, changed));
    }
    row = next;
  }
  return row[b.length];
}

/** What `--help` prints, made from the declarations. */
export function helpText(name: string, about: string, { options, words, more }: Command): string {
  const rows = Object.entries(options).map(([key, { declared }]): [string, string] => {
    const { short, value, help, many, fallback, expects } = declared;
    const left = `${short ? `-${short}, ` : ''}${flagOf(key)}${value && ` ${value}${many === 'list' ? ',…' : ''}`}`;
    const isTold = fallback !== undefined && value !== '' && many !== 'repeated';
    const range = value !== '' && expects !== 'a text' && expects;
    const notes = [range, isTold && `default ${fallback}`].filter(Boolean).join('; ');
    return [left, notes ? `${help} (${notes})` : help];
  });
  const first: [string, string][] = words ? [[`${words.value} …`, words.help]] : [];
  const all = columns([...first, ...rows, ['--help', 'this text']]);
  const takes = [words && `[${words.value} …]`, rows.length > 0 && '[options]'].filter(Boolean);
  const usage = ['npm run', name, ...(takes.length > 0 ? ['--', ...takes] : [])].join(' ');
  return [usage, '', ...wrap(about, WIDTH), '', ...all, ...(more ? ['', more] : [])].join('\n');
}

/** Two columns, the second of which wraps. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const left = Math.min(26, Math.max(...rows.map(([name]) => name.length))) + 2;
  return rows.flatMap(([name, words]) => {
    const lines = wrap(words, WIDTH - left - 2);
    const wide = name.length >= left;
    return (wide ? ['', ...lines] : lines).map((line, i) =>
      `  ${(i === 0 ? name : '').padEnd(left)}${line}`.trimEnd(),
    );
  });
}
