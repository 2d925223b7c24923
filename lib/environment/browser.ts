import { findProgram } from './program';

/** Names under which Chromium and its relatives are installed. */
const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
];

/**
 * A Chromium found on this machine: the program named in CHROMIUM, else the first known name on the PATH.
 * @returns undefined where there is none.
 */
export function findBrowser(): string | undefined {
  return findProgram([process.env.CHROMIUM, ...NAMES]);
}
