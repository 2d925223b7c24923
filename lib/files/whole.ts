import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Problem, writing } from '../environment/problem';

/**
 * Writes a file whole or not at all: beside its place, flushed to the disk, renamed. Makes its folder.
 * @param parts text or bytes, one after the other.
 * @throws Problem where the disk is full or not writable; a file of that name from before stays as it was.
 */
export function writeWhole(path: string, ...parts: readonly (string | Uint8Array)[]): void {
  const fresh = `${path}.${process.pid}.partial`;
  writing(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    try {
      const descriptor = openSync(fresh, 'w');
      try {
        for (const part of parts) {
          const bytes = typeof part === 'string' ? Buffer.from(part) : part;
          for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
        }
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
      renameSync(fresh, path);
    } catch (error) {
      rmSync(fresh, { force: true });
      throw error;
    }
  });
}

/**
 * Writes a value as JSON, whole or not at all.
 * @throws Problem as {@link writeWhole}.
 */
export function writeJson(path: string, value: unknown): void {
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * The error of a file that cannot be read.
 * @param remedy what to do, after a colon.
 */
export function unreadable(path: string, error: unknown, remedy: string): Problem {
  return new Problem(`${path} cannot be read (${(error as Error).message}): ${remedy}.`);
}
