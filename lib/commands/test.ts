import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../environment/paths';
import { say } from '../environment/progress';
import { style } from './check';
import { command, flag } from './options';

/** Tests that train, compile, start kernels or processes, or drive a browser, by a part of their path. */
const LONG = new RegExp(
  '^(browser|study|pythia|compile|tfjs|measures|model|figures|environment)/' +
    '|notebook/(kernel|editors|files)|training/engine|findings/identification|commands/bad-input',
);

/** Tests that use what is there once: both cores for minutes, a browser, the clone's own set-up. */
const ALONE = /^(browser|environment|commands)\/|notebook\/(kernel|editors|files)/;

/** `npm test`. */
export default command({
  words: { value: 'PART', help: 'parts of the paths of test files: tasks, measures/rankme' },
  options: { quick: flag('leave out what trains, starts kernels or drives a browser') },
  run: async ({ quick }, parts) => {
    const styled = parts.length === 0 ? style(false) : 0;
    const built = join(ROOT, 'lib', 'dist', 'test');
    const files = readdirSync(built, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.test.js') && !(quick && LONG.test(path)))
      // What is left of a test that was taken away or renamed is no test.
      .filter((path) => existsSync(join(ROOT, 'test', path.replace(/js$/, 'ts'))))
      .filter((path) => parts.length === 0 || parts.some((part) => path.includes(part)))
      .sort();
    if (files.length === 0) {
      say(`No test file matches ${parts.join(', ')}: the files are below test/.`);
      return 1;
    }
    // Two files at a time keep two cores busy; what drives kernels, a browser or the clone itself goes alone.
    const alone = files.filter((path) => ALONE.test(path));
    const others = files.filter((path) => !ALONE.test(path));
    const codes = [styled, tested(others, 2), tested(alone, 1)];
    return codes.find((code) => code !== 0) ?? 0;
  },
});

/** Runs test files, so many at a time; the exit code. */
function tested(files: readonly string[], atOnce: number): number {
  if (files.length === 0) return 0;
  const options = ['--enable-source-maps', '--test', '--test-reporter=spec'];
  options.push(`--test-concurrency=${atOnce}`);
  const paths = files.map((path) => join('lib', 'dist', 'test', path));
  const run = spawnSync(process.execPath, [...options, ...paths], { cwd: ROOT, stdio: 'inherit' });
  return run.status ?? 1;
}
