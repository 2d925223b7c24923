import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Problem, writing } from './problem';

/** Who holds a folder: enough to tell a living holder from a dead one whose number was given again. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in the kernel's ticks, where /proc tells it. */
  readonly started: string;
}

/** Seconds between two signs of life, in the lock's time, and without one after which another machine counts as gone. */
const [BEAT, SILENCE] = [60, 20 * 60];

/**
 * Holds a folder for this process, so that no second one writes to it. A lock whose process is gone (killed, power cut)
 * is taken over: at once on the same machine, after twenty minutes on another one that shares the folder.
 * @param what is held, for messages: `the run`.
 * @returns a function that lets go.
 * @throws Problem naming the process that holds the folder.
 */
export function lockFolder(folder: string, what: string): () => void {
  const path = join(folder, 'lock');
  const own = `${path}.${process.pid}`;
  const self: Holder = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  const text = JSON.stringify(self);
  for (;;) {
    // The lock appears whole, since a link is made at once; only one process makes it.
    const won = writing(path, () => {
      fs.writeFileSync(own, text);
      try {
        fs.linkSync(own, path);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
        throw error;
      } finally {
        fs.rmSync(own, { force: true });
      }
    });
    if (won) break;
    const there = contentOf(path);
    if (there === undefined) continue;
    // No holder writes what is not JSON.
    const holder = tried((): Holder => JSON.parse(there));
    if (holder && alive(holder, path)) {
      throw new Problem(
        `${folder}: ${what} is in use by process ${holder.pid} on ${holder.host}: wait for it, stop it, ` +
          `or use another folder. (If it is surely gone, delete ${path}.)`,
      );
    }
    takeAway(path, there);
  }
  sweep(folder);
  // Where the folder is gone or cannot be written to, the work itself will say so.
  const touch = () => tried(() => fs.utimesSync(path, new Date(), new Date()));
  const beat = setInterval(touch, BEAT * 1000).unref();
  return () => {
    clearInterval(beat);
    if (contentOf(path) === text) fs.rmSync(path, { force: true });
  };
}

/** Removes what processes have left that were killed while they wrote. */
function sweep(folder: string): void {
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const [, pid] = /\.(\d+)\.partial$|(?:^|\/)lock\.(\d+)/.exec(name)?.filter(Boolean) ?? [];
    if (pid && !processLives(Number(pid))) fs.rmSync(join(folder, name), { force: true });
  }
}

/** Removes the lock of a dead holder, and no other's: one process wins the rename, and puts back what is not it. */
function takeAway(path: string, dead: string): void {
  const aside = `${path}.${process.pid}.dead`;
  // Where this fails, another process was faster.
  tried(() => {
    fs.renameSync(path, aside);
    if (contentOf(aside) !== dead) fs.linkSync(aside, path);
  });
  fs.rmSync(aside, { force: true });
}

function contentOf(path: string): string | undefined {
  return tried(() => fs.readFileSync(path, 'utf8'));
}

function alive({ pid, host, started }: Holder, path: string): boolean {
  // A process on another machine cannot be asked.
  if (host !== hostname()) {
    const sign = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return Date.now() - sign < SILENCE * 1000;
  }
  return processLives(pid) && startOf(pid) === started;
}

/** True where a process of this number is there, whoever's it is. */
export function processLives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function startOf(pid: number): string {
  // Field 22 of /proc/PID/stat, counted after the name, which may hold spaces.
  const stat = contentOf(`/proc/${pid}/stat`) ?? '';
  return stat.slice(stat.lastIndexOf(')')).split(' ')[20] ?? '';
}

/** What `work` gives, or undefined where it fails. */
function tried<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
