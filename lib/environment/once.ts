import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './paths';

/**
 * Does a step of set-up, unless it has ended before with the same inputs and its result stands. An interrupted step has
 * left no stamp and is done again.
 * @param inputs everything whose change must make the step run again.
 * @param result a path that is there when it has ended.
 */
export async function once(
  name: string,
  inputs: readonly (string | Buffer)[],
  result: string,
  work: () => Promise<void> | void,
): Promise<void> {
  const sum = createHash('sha256');
  for (const input of inputs) sum.update(input).update('\0');
  const key = sum.digest('hex');
  const stamp = join(CACHE, 'setup', name);
  const known = existsSync(stamp) && readFileSync(stamp, 'utf8') === key;
  if (known && existsSync(result)) return;
  rmSync(stamp, { force: true });
  await work();
  mkdirSync(join(CACHE, 'setup'), { recursive: true });
  writeFileSync(stamp, key);
}
