import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { Problem, unwritable, writing } from './problem';

/**
 * Writes a file whole or not at all: beside its place, flushed to the disk, renamed. Makes its folder.
 * @param parts text or bytes, one after the other.
 * @throws Problem where the disk is full or not writable; a file of that name from before stays as it was.
 */
export function writeWhole(path: string, ...parts: readonly (string | Uint8Array)[]): void {
  const fresh = `${path}.${process.pid}.partial`;
  writing(path, () => {
    makeFolder(dirname(path));
    try {
      const descriptor = fs.openSync(fresh, 'w');
      try {
        for (const part of parts) fs.writeFileSync(descriptor, part);
        fs.fsyncSync(descriptor);
      } finally {
        fs.closeSync(descriptor);
      }
      fs.renameSync(fresh, path);
    } catch (error) {
      fs.rmSync(fresh, { force: true });
      throw error;
    }
  });
}

/** Makes a folder and those above it (Node's own way never ends below /proc). @throws Problem where it cannot. */
export function makeFolder(path: string): void {
  if (fs.existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    fs.mkdirSync(path);
  } catch (error) {
    // Another process may have been faster.
    if (!fs.existsSync(path)) throw unwritable(path, error);
  }
}

/** Writes a value as JSON, whole or not at all. @throws Problem as {@link writeWhole}. */
export function writeJson(path: string, value: unknown): void {
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** The error of a file that cannot be read. @param remedy what to do, after a colon. */
export function unreadable(path: string, error: unknown, remedy: string): Problem {
  // What JSON.parse says quotes lines of the file.
  const why = (error as Error).message.replace(/\s+/g, ' ');
  return new Problem(`${path} cannot be read (${why}): ${remedy}.`);
}
