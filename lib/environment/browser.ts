import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Problem } from '../files/problem';
import { CACHE, ROOT } from './paths';
import { startProgram } from './program';
import { say } from './progress';
import { once, step } from './steps';

/** Names under which Chromium and its relatives are installed; on macOS, whole paths. */
const LINUX = 'chromium chromium-browser google-chrome google-chrome-stable microsoft-edge';
const MAC = ['Google Chrome', 'Chromium'].map(
  (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
);
/** What is fetched for machines without: its release and hash are locked beside. */
const LOCKED = join(ROOT, 'lib', 'environment', 'chromium');
const OWN = join(CACHE, 'chromium');
export const OWN_BROWSER = join(OWN, 'browser');
const START = `#!/bin/sh
here=\${0%/*}
export LD_LIBRARY_PATH="$here/al2023/lib" FONTCONFIG_FILE="\${FONTCONFIG_FILE:-$here/fonts.conf}"
exec "$here/chromium" --no-zygote "$@"
`;
const REMEDY = 'install Chromium (Debian, Ubuntu: "apt install chromium") or name one in CHROMIUM';

/** Path of a Chromium, if there is one: what CHROMIUM names, else the machine's, else the one that set-up fetched. */
export function findBrowser(): string | undefined {
  const named = process.env.CHROMIUM;
  if (named) return existsSync(named) ? named : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const installed = LINUX.split(' ').flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...installed, ...MAC, OWN_BROWSER].find(existsSync);
}

/** {@link findBrowser}. @throws Problem where there is none. */
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

/** Fetches a Chromium, its libraries and fonts where there is none. A failure is only said: pictures alone need one. */
export async function installBrowser(): Promise<void> {
  const found = findBrowser();
  if ((found && found !== OWN_BROWSER) || process.env.CHROMIUM) return;
  try {
    await once('chromium', [ROOT, START], OWN_BROWSER, async () => {
      if (`${process.platform} ${process.arch}` !== 'linux x64') {
        throw new Problem('there is none for this platform to fetch');
      }
      await step('Chromium', fetchBrowser());
    });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    say(`No browser, so no pictures (${error.message}): ${REMEDY}.`);
  }
}

async function fetchBrowser(): Promise<void> {
  rmSync(OWN, { recursive: true, force: true });
  mkdirSync(OWN, { recursive: true });
  cpSync(LOCKED, OWN, { recursive: true });
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=1'];
  const got = await startProgram('npm', ['ci', ...flags], 600, { cwd: OWN });
  if (got.timedOut) throw new Problem('npm gave no answer in 10 minutes');
  if (!got.ok) throw new Problem(`npm: ${got.output.split('\n').at(-1)}`);
  // The package unpacks itself into the folder of temporary files, all of it where it believes to be on its own servers.
  const unpack = "import('@sparticuz/chromium').then((own) => own.default.executablePath())";
  const env = { ...process.env, TMPDIR: OWN, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' };
  const unpacked = await startProgram(process.execPath, ['-e', unpack], 300, { env, cwd: OWN });
  if (!unpacked.ok) throw new Problem(unpacked.output.split('\n').at(-1));
  rmSync(join(OWN, 'node_modules'), { recursive: true });
  const fonts = `<fontconfig><dir>${join(OWN, 'fonts')}</dir><cachedir>${join(OWN, 'font-cache')}</cachedir></fontconfig>`;
  writeFileSync(join(OWN, 'fonts.conf'), `${fonts}\n`);
  writeFileSync(OWN_BROWSER, START, { mode: 0o755 });
}
