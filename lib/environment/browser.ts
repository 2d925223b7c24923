import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CACHE, ROOT } from './paths';
import { Problem } from './problem';
import { startProgram } from './program';
import { Stamp } from './stamp';
import { step } from './steps';

/** Names under which Chromium and its relatives are installed; on macOS, whole paths. */
const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
];
const MAC = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
/** What is fetched for machines without: its release and hash are locked beside. */
const LOCKED = join(ROOT, 'lib', 'environment', 'chromium');
const OWN = join(CACHE, 'chromium');
const OWN_BROWSER = join(OWN, 'browser');
const REMEDY = 'install Chromium (Debian, Ubuntu: "apt install chromium") or name one in CHROMIUM';

/**
 * Path of a Chromium: what CHROMIUM names, else the machine's, else the one that set-up fetched.
 * @returns undefined where there is none.
 */
export function findBrowser(): string | undefined {
  const named = process.env.CHROMIUM;
  if (named) return existsSync(named) ? named : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const installed = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...installed, ...MAC, OWN_BROWSER].find(existsSync);
}

/** {@link findBrowser}. @throws Problem where there is none: what to do. */
export function needBrowser(): string {
  const found = findBrowser();
  if (found) return found;
  const named = process.env.CHROMIUM;
  throw new Problem(
    named
      ? `CHROMIUM names ${named}, and there is no such file: correct it or unset it.`
      : `Pictures need a browser, and none was found: ${REMEDY}, then run again.`,
  );
}

/**
 * Fetches a Chromium into .cache/chromium where there is none, with its own libraries and fonts. Where that fails it
 * says why, and goes on: everything but pictures works without.
 */
export async function installBrowser(): Promise<void> {
  const stamp = new Stamp('chromium', ROOT);
  if (existsSync(OWN_BROWSER) && !stamp.current) rmSync(OWN, { recursive: true });
  if (findBrowser() || process.env.CHROMIUM) return;
  const failed =
    process.platform === 'linux' && process.arch === 'x64'
      ? await step('Chromium', fetchBrowser())
      : 'there is none for this platform to fetch';
  if (failed) process.stderr.write(`No browser, so no pictures (${failed}): ${REMEDY}.\n`);
  else stamp.write();
}

/** @returns what failed, if anything. */
async function fetchBrowser(): Promise<string | undefined> {
  rmSync(OWN, { recursive: true, force: true });
  mkdirSync(OWN, { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    cpSync(join(LOCKED, name), join(OWN, name));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=1'];
  const got = await startProgram('npm', ['ci', ...flags], 600, process.env, OWN);
  if (!got.ok)
    return got.timedOut ? 'npm gave no answer in 10 minutes' : `npm: ${lastLine(got.output)}`;
  // The package unpacks itself into the folder of temporary files, all of it where it believes to be on its own servers.
  const unpack =
    "import('@sparticuz/chromium').then((chromium) => chromium.default.executablePath())";
  const env = { ...process.env, TMPDIR: OWN, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' };
  const unpacked = await startProgram(process.execPath, ['-e', unpack], 300, env, OWN);
  if (!unpacked.ok) return lastLine(unpacked.output);
  rmSync(join(OWN, 'node_modules'), { recursive: true });
  const fonts = `<fontconfig><dir>${join(OWN, 'fonts')}</dir><cachedir>${join(OWN, 'font-cache')}</cachedir></fontconfig>`;
  writeFileSync(join(OWN, 'fonts.conf'), `${fonts}\n`);
  const lines = [
    '#!/bin/sh',
    `here=\${0%/*}`,
    'export LD_LIBRARY_PATH="$here/al2023/lib" FONTCONFIG_FILE="$here/fonts.conf"',
    'exec "$here/chromium" --no-zygote "$@"',
  ];
  writeFileSync(OWN_BROWSER, `${lines.join('\n')}\n`, { mode: 0o755 });
  return undefined;
}

function lastLine(output: string): string {
  return output.split('\n').at(-1) ?? '';
}
