import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Names under which Chromium and its relatives are installed. */
const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
];

/**
 * Path of a Chromium on this machine: what CHROMIUM names, else the first known name on the PATH.
 * @returns undefined where there is none.
 */
export function findBrowser(): string | undefined {
  const named = process.env.CHROMIUM;
  if (named) return existsSync(named) ? named : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}
