import { installBinding } from './binding';
import { installKernel } from './kernel';
import { VENV } from './paths';
import { writing } from './problem';
import { installPython } from './python';

/**
 * Sets up all that the project needs inside the clone: Python environment, binding, kernel. npm packages
 * and the TypeScript build come before (lib/cli.mjs). Each step is skipped where its result stands; an
 * interrupted set-up carries on at the step that was not done.
 * @throws Problem naming what is missing and what to do.
 */
export function setUp(say: (message: string) => void): void {
  writing(VENV, () => {
    installPython(say);
    installBinding(say);
    installKernel();
  });
}
