import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from '../environment/paths';
import { run as check } from './check';

/**
 * `npm test`: checks style, then runs the tests. Arguments select test files by a part of their path:
 * `npm test -- tasks measures/rankme`.
 */
export async function run(argv: string[]): Promise<number> {
  const style = argv.length === 0 ? await check([]) : 0;
  const built = join(ROOT, 'lib', 'dist', 'test');
  const files = readdirSync(built, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.js'))
    .filter((path) => argv.length === 0 || argv.some((part) => path.includes(part)))
    .sort();
  if (files.length === 0) {
    process.stderr.write(`No test file matches ${argv.join(', ')}: the files are below test/.\n`);
    return 1;
  }
  const tests = spawnSync(
    process.execPath,
    [
      '--enable-source-maps',
      '--test',
      '--test-reporter=spec',
      // Trainings and kernels use both cores themselves; files one by one keep times predictable.
      '--test-concurrency=1',
      ...files.map((path) => relative(ROOT, join(built, path))),
    ],
    { cwd: ROOT, stdio: 'inherit' },
  );
  return style || (tests.status ?? 1);
}
