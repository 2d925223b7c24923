/** What a file system's refusal means to the user. */
const REFUSALS: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of this path is a file where a folder is needed',
  EISDIR: 'this is a folder where a file is needed',
  EEXIST: 'this is a file where a folder is needed',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENAMETOOLONG: 'this name is too long',
  ELOOP: 'its links go round in a circle',
};

/**
 * The one line to tell of an error that the user can mend: a Problem, a RangeError of ours, or a path that the
 * file system refuses.
 * @returns undefined for a fault of ours, which keeps its stack trace.
 */
export function usersLine(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message, code, path } = error as NodeJS.ErrnoException;
  if (name === 'Problem') return message;
  // Ours are sentences; V8's own, such as "Maximum call stack size exceeded", are not.
  if (name === 'RangeError' && code === undefined && message.endsWith('.')) return message;
  return path && REFUSALS[code ?? ''] ? `${path}: ${REFUSALS[code ?? '']}.` : undefined;
}
