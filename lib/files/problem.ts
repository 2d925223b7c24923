import { inspect } from 'node:util';

/**
 * A problem that the user can solve: one line that names the value, the place and the remedy. Commands print it without
 * a stack trace and exit with 1; a notebook prints it below the cell.
 */
export class Problem extends Error {
  override readonly name = 'Problem';

  /** The line alone, wherever an error is printed whole: tslab does so with `console.error`. */
  [inspect.custom](): string {
    return this.message;
  }
}

/** What a file system's refusal means to the user, and, where nothing can be written, what to do. */
const REFUSALS: Record<string, [what: string, remedy?: string]> = {
  ENOSPC: ['the disk is full', 'free some space'],
  EDQUOT: ['the disk quota is used up', 'free some space'],
  EROFS: ['the file system is read-only', 'use a writable folder'],
  EACCES: ['permission is denied', 'use a folder you may write to'],
  EPERM: ['permission is denied', 'use a folder you may write to'],
  ENOENT: ['there is no such file or folder', 'make its folder or choose another'],
  ENOTDIR: ['a part of this path is a file where a folder is needed', 'choose another'],
  EISDIR: ['this is a folder where a file is needed', 'choose another'],
  EEXIST: ['this is a file where a folder is needed', 'choose another'],
  ENAMETOOLONG: ['this name is too long', 'choose a shorter one'],
  ELOOP: ['its links go round in a circle'],
};

/** What the operating system refused, as a {@link Problem} that names `path`; any other error as it is. */
export function unwritable(path: string, error: unknown): unknown {
  const [what, remedy] = REFUSALS[(error as NodeJS.ErrnoException).code ?? ''] ?? [];
  return remedy ? new Problem(`Cannot write ${path}: ${what}: ${remedy}, then run again.`) : error;
}

/** Runs `write` and turns the operating system's refusals (full disk, read-only, no permission) into a {@link Problem}. */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw unwritable(path, error);
  }
}

/**
 * The one line to tell of an error that the user can mend: a Problem, a RangeError of ours, or a path that the file
 * system refuses. Undefined for a fault of ours, which keeps its stack trace.
 */
export function usersLine(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message, code, path } = error as NodeJS.ErrnoException;
  if (name === 'Problem') return message;
  // Ours are sentences; V8's own, such as "Maximum call stack size exceeded", are not.
  if (name === 'RangeError' && code === undefined && message.endsWith('.')) return message;
  const [what] = REFUSALS[code ?? ''] ?? [];
  return path && what && `${path}: ${what}.`;
}
