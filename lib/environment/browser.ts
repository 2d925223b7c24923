import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { CACHE } from './paths';
import { Problem } from './problem';
import { runProgram } from './program';

/** Names under which Chromium and its relatives are installed. */
const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
];
/** Where a browser of our own is kept. */
const OWN = join(CACHE, 'browsers');
const OWN_NAMES = ['chrome-headless-shell', 'headless_shell'];
/** Longest time for its download, about 110 MB. */
const DOWNLOAD_SECONDS = 300;

/**
 * Path of a Chromium on this machine: what CHROMIUM names, else the first known name on the PATH, else the
 * one that {@link needBrowser} fetched.
 * @returns undefined where there is none.
 */
export function findBrowser(): string | undefined {
  const named = process.env.CHROMIUM;
  if (named) return existsSync(named) ? named : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const installed = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return installed.find(existsSync) ?? ownBrowser();
}

/**
 * Path of a Chromium, fetched into .cache/ by Playwright's own installer where the machine has none.
 * @throws Problem where it cannot be had: what the download said, and what to do.
 */
export function needBrowser(): string {
  const found = findBrowser();
  if (found) return found;
  if (process.env.CHROMIUM) {
    throw new Problem(
      `CHROMIUM names ${process.env.CHROMIUM}, and there is no such file: correct it or unset it.`,
    );
  }
  process.stderr.write('Fetching a headless Chromium into .cache (about 110 MB) …\n');
  const { output, timedOut } = runProgram(
    process.execPath,
    [
      join(dirname(require.resolve('playwright-core/package.json')), 'cli.js'),
      'install',
      '--only-shell',
      'chromium',
    ],
    DOWNLOAD_SECONDS,
    { ...process.env, PLAYWRIGHT_BROWSERS_PATH: OWN, PLAYWRIGHT_SKIP_BROWSER_GC: '1' },
  );
  const fetched = ownBrowser();
  if (fetched) return fetched;
  const reason = timedOut
    ? `no answer in ${DOWNLOAD_SECONDS} s`
    : (/^Error: (?!Failed|Download failure)(.*)$/m.exec(output)?.[1] ?? output.split('\n')[0]);
  throw new Problem(
    `Pictures need a browser; none was found, and none could be fetched (${reason}): install Chromium ` +
      '(Debian, Ubuntu: "apt install chromium") or name one in CHROMIUM, then run again.',
  );
}

function ownBrowser(): string | undefined {
  if (!existsSync(OWN)) return undefined;
  const file = readdirSync(OWN, { recursive: true, encoding: 'utf8' }).find((path) =>
    OWN_NAMES.some((name) => path.endsWith(`/${name}`)),
  );
  return file && join(OWN, file);
}
