import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../environment/paths';
import { command, flag, whole } from './options';

/** Rooms that use the core and that it does not know. */
const BESIDE = ['bench', 'pythia'];

/** `npm run check`. */
export default command({
  words: { value: 'PART', help: 'with --tfjs: parts of the names of the tests to run' },
  options: {
    write: flag('mend what style rules can mend'),
    tfjs: flag("run TensorFlow.js' own test suites on our binding instead, plain and compiled"),
    kills: whole(1, 'kill trainings, measurings and studies so often instead, and compare'),
  },
  more: 'Types of lib and test are checked by every build, those of cells by the tests.',
  run: async ({ write, tfjs, kills }, parts) => {
    if (tfjs) return built('tfjs/check', parts);
    if (parts.length > 0) throw new RangeError(`"${parts[0]}" names tests: give it with --tfjs.`);
    if (kills !== undefined) return built('study/kills', [String(kills)]);
    process.stdout.write(roomsText());
    return style(write);
  },
});

/** Runs a longer check, which lies with the tests; its exit code. */
function built(name: string, args: readonly string[]): number {
  const script = join(ROOT, 'lib', 'dist', 'test', `${name}.js`);
  return spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' }).status ?? 1;
}

/** Style, lint and import circles of all sources, by Biome; its exit code. */
export function style(write: boolean): number {
  const biome = join(ROOT, 'node_modules', '.bin', 'biome');
  const args = ['check', ...(write ? ['--write'] : [])];
  return spawnSync(biome, args, { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
}

function roomsText(): string {
  const lib = join(ROOT, 'lib');
  const paths = readdirSync(lib, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/(^|\/)(dist|node_modules)\//.test(path))
    .sort();
  const roomOf = (path: string) => (path.includes('/') ? path.split('/')[0] : '(lib)');
  const linesOf = (path: string) => readFileSync(join(lib, path), 'utf8').split('\n').length - 1;
  const row = (name: string, isIn: (room: string) => boolean) => {
    const own = paths.filter((path) => isIn(roomOf(path)));
    const lines = own.reduce((sum, path) => sum + linesOf(path), 0);
    return `${name.padEnd(16)}${String(own.length).padStart(4)} files${String(lines).padStart(7)} lines\n`;
  };
  const rooms = [...new Set(paths.map(roomOf))];
  return [
    ...rooms.map((name) => row(name, (room) => room === name)),
    row('the core', (room) => !BESIDE.includes(room)),
    row(BESIDE.join(' + '), (room) => BESIDE.includes(room)),
  ].join('');
}
