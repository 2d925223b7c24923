import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './paths';
import { duration, say } from './progress';

/**
 * Does a step of set-up, unless it has ended before with the same inputs and its result stands.
 * @param inputs everything whose change must make the step run again.
 * @param result a path that is there when it has ended.
 */
export async function once(
  name: string,
  inputs: readonly (string | Buffer)[],
  result: string,
  work: () => Promise<void> | void,
): Promise<void> {
  const sum = createHash('sha256');
  for (const input of inputs) sum.update(input).update('\0');
  const key = sum.digest('hex');
  const stamp = join(CACHE, 'setup', name);
  const known = fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === key;
  if (known && fs.existsSync(result)) return;
  fs.rmSync(stamp, { force: true });
  await work();
  fs.mkdirSync(join(CACHE, 'setup'), { recursive: true });
  fs.writeFileSync(stamp, key);
}

/** Seconds between two lines where nobody looks: a log, or a test. */
const LOG_SECONDS = 15;

/** What is going on, oldest first. */
const running = new Map<string, () => string>();
let timer: NodeJS.Timeout | undefined;

/** Says that a long step goes on, with its seconds and what `detail` tells, in one line. Steps may run side by side. */
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

/** Megabytes of the largest file in a folder: how far a download is, which pip copies when it is whole. */
export function megabytes(folder: string): number {
  if (!fs.existsSync(folder)) return 0;
  const sizes = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
    // What has just been renamed or removed counts no more.
    return fs.statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  });
  return Math.round(Math.max(0, ...sizes) / 1e6);
}
