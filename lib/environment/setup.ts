import { unwritable } from '../files/problem';
import { installBinding } from './binding';
import { installBrowser } from './browser';
import { installKernel } from './kernel';
import { installLibrary, machinesWheel } from './library';
import { VENV } from './paths';
import { installJupyter, makeVenv } from './python';

/**
 * Sets up all that the project needs inside the clone, but the npm packages and the TypeScript build, which come before
 * (lib/cli.mjs). Each step is skipped where its result stands, so an interrupted set-up carries on.
 * @throws Problem naming what is missing and what to do.
 */
export function setUp(): Promise<void> {
  return (ended ??= work());
}

/** Once in a process is enough. */
let ended: Promise<void> | undefined;

async function work(): Promise<void> {
  try {
    const wheel = machinesWheel();
    await makeVenv();
    // Where one fails, the others are let finish: what they have done stands at the next try.
    const ends = await Promise.allSettled([
      installJupyter(),
      installLibrary(wheel).then(() => installBinding(wheel)),
      installBrowser(),
    ]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    installKernel();
  } catch (error) {
    throw unwritable((error as NodeJS.ErrnoException).path ?? VENV, error);
  }
}
