import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../environment/paths';

/**
 * `npm run check`: style and lint of all sources by Biome. Types of lib and test are checked by every
 * build, those of the notebooks' cells by the tests. `npm run check -- --write` mends what it can.
 * `npm run check -- --tfjs [part of a test's name]` runs tfjs' own test suites on our binding instead, plain and compiled.
 */
export async function run(argv: string[]): Promise<number> {
  if (argv[0] === '--tfjs') {
    const suites = join(ROOT, 'lib', 'dist', 'test', 'tfjs', 'check.js');
    const done = spawnSync(process.execPath, [suites, ...argv.slice(1)], { stdio: 'inherit' });
    return done.status ?? 1;
  }
  const biome = join(ROOT, 'node_modules', '.bin', 'biome');
  return spawnSync(biome, ['check', ...argv], { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
}
