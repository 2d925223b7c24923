import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { ROOT } from '../environment/paths';
import { command, flag } from './options';

const LIB = join(ROOT, 'lib');
/** Rooms that use the core and that it does not know. */
const BESIDE = ['bench', 'pythia'];

/** `npm run check`. */
export const check = command({
  words: { value: 'PART', help: 'with --tfjs: parts of the names of the tests to run' },
  options: {
    write: flag('mend what style rules can mend'),
    tfjs: flag("run TensorFlow.js' own test suites on our binding instead, plain and compiled"),
  },
  more: 'Types of lib and test are checked by every build, those of cells by the tests.',
  run: async ({ write, tfjs }, parts) => {
    if (tfjs) {
      const suites = join(ROOT, 'lib', 'dist', 'test', 'tfjs', 'check.js');
      return spawnSync(process.execPath, [suites, ...parts], { stdio: 'inherit' }).status ?? 1;
    }
    if (parts.length > 0) throw new RangeError(`"${parts[0]}" names tests: give it with --tfjs.`);
    const styled = style(write);
    const sources = sourcesOf(LIB);
    process.stdout.write(roomsText(sources));
    const circle = importCircle(sources);
    if (!circle) return styled;
    process.stdout.write(`Imports go in a circle: ${circle.join(' → ')}\n`);
    return 1;
  },
});

/** Style and lint of all sources, by Biome; its exit code. */
export function style(write: boolean): number {
  const biome = join(ROOT, 'node_modules', '.bin', 'biome');
  const args = ['check', ...(write ? ['--write'] : [])];
  return spawnSync(biome, args, { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
}

/** TypeScript files below a folder with their texts, by path from there. */
export function sourcesOf(folder: string): Map<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const own = paths.filter(
    (path) => /\.ts$/.test(path) && !/(^|\/)(dist|node_modules)\//.test(path),
  );
  return new Map(own.sort().map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

function roomsText(sources: Map<string, string>): string {
  const rooms = new Map<string, { files: number; lines: number }>();
  for (const [path, text] of sources) {
    const room = path.includes('/') ? path.split('/')[0] : '(lib)';
    const { files, lines } = rooms.get(room) ?? { files: 0, lines: 0 };
    rooms.set(room, { files: files + 1, lines: lines + text.split('\n').length - 1 });
  }
  const sum = (name: string, isIn: (room: string) => boolean) => {
    const all = [...rooms].flatMap(([room, counts]) => (isIn(room) ? [counts] : []));
    const total = (what: 'files' | 'lines') => all.reduce((so, counts) => so + counts[what], 0);
    return [name, { files: total('files'), lines: total('lines') }] as const;
  };
  const rows = [
    ...rooms,
    sum('the core', (room) => !BESIDE.includes(room)),
    sum(BESIDE.join(' + '), (room) => BESIDE.includes(room)),
  ];
  const text = rows.map(
    ([room, { files, lines }]) =>
      `${room.padEnd(16)}${String(files).padStart(4)} files${String(lines).padStart(7)} lines`,
  );
  return `${text.join('\n')}\n`;
}

/**
 * Files that import each other in a circle, the first one found, with its first file again at the end. Imports
 * of types and imports on demand count too.
 */
export function importCircle(sources: Map<string, string>): string[] | undefined {
  const importsOf = (path: string) =>
    [...(sources.get(path) ?? '').matchAll(/(?:from|import\(|^import) ?'(\.[^']*)'/gm)]
      .map(([, to]) => normalize(join(dirname(path), to.replace(/\.js$/, ''))))
      .flatMap((to) => [`${to}.ts`, join(to, 'index.ts')].filter((file) => sources.has(file)));
  const left = new Set<string>();
  const walk = (path: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (left.has(path)) return undefined;
    for (const to of importsOf(path)) {
      const found = walk(to, [...way, path]);
      if (found) return found;
    }
    left.add(path);
    return undefined;
  };
  for (const path of sources.keys()) {
    const found = walk(path, []);
    if (found) return found.map((file) => relative('.', file));
  }
  return undefined;
}
