import { type ParseArgsConfig, parseArgs } from 'node:util';
import { Problem } from '../files/problem';

const COMMON = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

type Given<O extends NonNullable<ParseArgsConfig['options']>> = ReturnType<
  typeof parseArgs<{ options: O & typeof COMMON }>
>['values'];

/**
 * Reads a bench's options, `--json` and `--help` among them, which all have.
 * @param options its own, as `parseArgs` takes them.
 * @returns their values; undefined where `--help` was asked for and has been answered.
 */
export function benchOptions<const O extends NonNullable<ParseArgsConfig['options']>>(
  argv: string[],
  usage: string,
  options: O,
): Given<O> | undefined {
  const { values } = parsed(() => parseArgs({ args: argv, options: { ...options, ...COMMON } }));
  if ((values as { help: boolean }).help) {
    process.stdout.write(`${usage}\n`);
    return undefined;
  }
  return values as Given<O>;
}

/** Node's own words for what is typed wrongly, without its advice. */
function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const [what] = (error as Error).message.split(/\.\s|\n/);
    throw new Problem(`${what.replace(/\.$/, '')}: "npm run bench -- --help" lists what there is.`);
  }
}

/**
 * The members of a list with commas between them.
 * @throws RangeError for one that is not known.
 */
export function chosen<T extends string>(name: string, list: string, known: readonly T[]): T[] {
  return list.split(',').map((value) => {
    if (!(known as readonly string[]).includes(value)) {
      throw new RangeError(`Unknown ${name} "${value}": use some of ${known.join(', ')}.`);
    }
    return value as T;
  });
}

/**
 * A whole number of `least` or more.
 * @throws RangeError for anything else.
 */
export function whole(name: string, text: string, least = 1): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`--${name} is ${text}: give a whole number of ${least} or more.`);
  }
  return value;
}
