import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './paths';

/**
 * Remembers that a step of set-up has ended, and from what. A step whose inputs hash to the same key is
 * skipped; an interrupted step has left no stamp and is done again.
 */
export class Stamp {
  private readonly path: string;
  private readonly key: string;

  /** @param inputs everything whose change must make the step run again. */
  constructor(name: string, ...inputs: (string | Buffer)[]) {
    const sum = createHash('sha256');
    for (const input of inputs) sum.update(input).update('\0');
    this.key = sum.digest('hex');
    this.path = join(CACHE, 'setup', name);
  }

  /** True where the step has ended with these inputs. */
  get current(): boolean {
    return existsSync(this.path) && readFileSync(this.path, 'utf8') === this.key;
  }

  /** To be called before the step changes anything. */
  clear(): void {
    rmSync(this.path, { force: true });
  }

  /** To be called when the step has ended well. */
  write(): void {
    mkdirSync(join(CACHE, 'setup'), { recursive: true });
    writeFileSync(this.path, this.key);
  }
}
