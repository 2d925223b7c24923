import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from '../environment/paths';
import { say } from '../environment/progress';
import { style } from './check';
import { command, flag } from './options';

/** Tests that train, compile, start kernels or processes, or drive a browser, by a part of their path. */
const LONG = new RegExp(
  '^(browser|study|pythia|compile|tfjs|measures|model|figures|environment)/' +
    '|notebook/(kernel|editors|files)|training/engine|findings/identification|commands/bad-input',
);

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
    const tests = spawnSync(
      process.execPath,
      [
        ...['--enable-source-maps', '--test', '--test-reporter=spec'],
        // Trainings and kernels use both cores themselves; files one by one keep times predictable.
        '--test-concurrency=1',
        ...files.map((path) => relative(ROOT, join(built, path))),
      ],
      { cwd: ROOT, stdio: 'inherit' },
    );
    return styled || (tests.status ?? 1);
  },
});
