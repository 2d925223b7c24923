/**
 * A problem that the user can solve: its message is one line that names the value, the place and the remedy.
 * Commands print it without a stack trace and exit with 1.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
}

/** Codes of the operating system for "this cannot be written". */
const UNWRITABLE: Record<string, string> = {
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'the disk quota is used up: free some space',
  EROFS: 'the file system is read-only: use a writable folder',
  EACCES: 'permission is denied: use a folder you may write to',
  EPERM: 'permission is denied: use a folder you may write to',
};

/**
 * Runs `write` and turns the operating system's refusals (full disk, read-only, no permission) into a
 * {@link Problem} that names `path`. Other errors pass through.
 */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const reason = UNWRITABLE[(error as NodeJS.ErrnoException).code ?? ''];
    if (reason) throw new Problem(`Cannot write ${path}: ${reason}, then run again.`);
    throw error;
  }
}
