import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Seconds between two lines where nobody looks: a log, or a test. */
const LOG_SECONDS = 15;

/** What is going on, oldest first; a terminal shows it in one line that is written anew each second. */
const running = new Map<string, () => string>();
let timer: NodeJS.Timeout | undefined;

/**
 * Says that a long step goes on for as long as it does: its seconds, and what `detail` tells. Steps may run side by side.
 * @param name what is being done, such as "downloading TensorFlow".
 */
export async function step<T>(
  name: string,
  work: Promise<T>,
  detail: () => string = () => '',
): Promise<T> {
  const start = performance.now();
  const state = () =>
    `${name} ${[detail(), `${Math.round((performance.now() - start) / 1000)} s`].filter(Boolean).join(', ')}`;
  running.set(name, state);
  const seconds = process.stderr.isTTY ? 1 : LOG_SECONDS;
  timer ??= setInterval(tell, seconds * 1000);
  try {
    return await work;
  } finally {
    running.delete(name);
    process.stderr.write(`${clear()}  ${state()}: done\n`);
    if (running.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  }
}

function tell(): void {
  const line = `  ${[...running.values()].map((state) => state()).join(' · ')}`;
  const width = process.stderr.columns - 1;
  process.stderr.write(process.stderr.isTTY ? clear() + line.slice(0, width) : `${line}\n`);
}

function clear(): string {
  return process.stderr.isTTY ? '\r\x1b[K' : '';
}

/** Megabytes of the largest file in a folder, for telling how far a download is: pip copies it when it is whole. */
export function megabytes(folder: string): number {
  if (!existsSync(folder)) return 0;
  const sizes = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
    // What has just been renamed or removed counts no more.
    return statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  });
  return Math.round(Math.max(0, ...sizes) / 1e6);
}
