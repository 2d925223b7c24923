import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../environment/paths';

/**
 * `npm run check`: style and lint of all sources by Biome. Types of lib and test are checked by every
 * build, those of the notebooks' cells by the tests. `npm run check -- --write` mends what it can.
 */
export async function run(argv: string[]): Promise<number> {
  const biome = join(ROOT, 'node_modules', '.bin', 'biome');
  return spawnSync(biome, ['check', ...argv], { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
}
