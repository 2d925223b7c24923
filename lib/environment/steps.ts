import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { duration, say } from './progress';

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
  const seconds = () => duration((performance.now() - start) / 1000);
  const state = () => `${name} ${[detail(), seconds()].filter(Boolean).join(', ')}`;
  running.set(name, state);
  timer ??= setInterval(tell, (process.stderr.isTTY ? 1 : LOG_SECONDS) * 1000);
  try {
    return await work;
  } finally {
    running.delete(name);
    say(`  ${state()}: done`);
    if (running.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  }
}

function tell(): void {
  const line = `  ${[...running.values()].map((state) => state()).join(' · ')}`;
  if (!process.stderr.isTTY) say(line);
  else process.stderr.write(`\r\u001b[K${line.slice(0, process.stderr.columns - 1)}`);
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
