import { inspect } from 'node:util';

/**
 * A problem that the user can solve: its message is one line that names the value, the place and the remedy.
 * Commands print it without a stack trace and exit with 1; a notebook prints the line below the cell.
 */
export class Problem extends Error {
  override readonly name = 'Problem';

  /** The line alone, wherever an error is printed whole: tslab does so with `console.error`. */
  [inspect.custom](): string {
    return this.message;
  }
}

/** Codes of the operating system for "this cannot be written". */
const UNWRITABLE: Record<string, string> = {
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'the disk quota is used up: free some space',
  EROFS: 'the file system is read-only: use a writable folder',
  EACCES: 'permission is denied: use a folder you may write to',
  ENOENT: 'its folder is gone: make it again or choose another',
  EPERM: 'permission is denied: use a folder you may write to',
};

/** What the operating system refused, as a {@link Problem} that names `path`; any other error as it is. */
export function unwritable(path: string, error: unknown): unknown {
  const reason = UNWRITABLE[(error as NodeJS.ErrnoException).code ?? ''];
  return reason ? new Problem(`Cannot write ${path}: ${reason}, then run again.`) : error;
}

/** Runs `write` and turns the operating system's refusals (full disk, read-only, no permission) into a {@link Problem}. */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw unwritable(path, error);
  }
}
