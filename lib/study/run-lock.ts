import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Problem, writing } from '../environment/problem';

/** Name of the lock's file inside the folder. */
export const LOCK = 'run.lock';

/** Who holds a run: enough to tell a living holder from a dead one whose number was given again. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in the kernel's ticks, where /proc tells it. */
  readonly started: string;
}

/** Seconds between the signs of life that a holder leaves for other machines, in the lock's time. */
const BEAT = 60;
/** Seconds without one after which a holder on another machine counts as gone: far longer than it can be busy. */
const SILENCE = 20 * 60;

/**
 * Holds a run's folder for this process, so that no second one writes to it.
 * A lock whose process is gone (killed, power cut) is taken over: at once on the same machine, on another one
 * sharing the folder, as on a cluster, after twenty minutes.
 * @returns a function that lets go.
 * @throws Problem naming the process that holds the folder.
 */
export function lockRun(folder: string): () => void {
  const path = join(folder, LOCK);
  const self: Holder = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  for (;;) {
    try {
      writing(path, () => {
        const descriptor = openSync(path, 'wx');
        writeSync(descriptor, JSON.stringify(self));
        closeSync(descriptor);
      });
      const beat = setInterval(() => touch(path), BEAT * 1000).unref();
      return () => {
        clearInterval(beat);
        rmSync(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readHolder(path);
    if (holder && alive(holder, path)) {
      throw new Problem(
        `${folder} is in use by process ${holder.pid} on ${holder.host}: wait for it or stop it, ` +
          `or give another seed or folder. (If it is surely gone, delete ${path}.)`,
      );
    }
    rmSync(path, { force: true });
  }
}

function readHolder(path: string): Holder | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // Its writer was killed in the act.
  }
}

function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // The folder is gone or cannot be written to: the work itself will say so.
  }
}

function alive({ pid, host, started }: Holder, path: string): boolean {
  // A process on another machine cannot be asked.
  if (host !== hostname()) {
    const sign = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return Date.now() - sign < SILENCE * 1000;
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return startOf(pid) === started;
}

function startOf(pid: number): string {
  try {
    // Field 22 of /proc/PID/stat, counted after the name, which may hold spaces.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')')).split(' ')[20];
  } catch {
    return '';
  }
}
