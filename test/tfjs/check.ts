import { spawnSync } from 'node:child_process';
import { type Outcome, runCoreSuite } from './core-suite';
import { KNOWN_FAILURES, KNOWN_FAILURES_COMPILED } from './known-failures';
import { runLayers } from './layers';
import { compileEveryKernel, kernelCalls } from './op-by-op';

/**
 * `npm run check -- --tfjs`: tfjs-core's own test suite on this project's binding, plain and then with every kernel
 * compiled by itself, and each layer type of tfjs-layers compiled. Each part has a process of its own, since the suite
 * can be loaded once.
 */
const PARTS: { readonly [part: string]: (only: string) => Promise<Outcome[]> | Outcome[] } = {
  plain: runCoreSuite,
  compiled: (only) => {
    compileEveryKernel();
    return runCoreSuite(only);
  },
  layers: runLayers,
};

async function main([part, only = '']: string[]): Promise<number> {
  if (!PARTS[part]) {
    const codes = Object.keys(PARTS).map((name) => {
      const args = [__filename, name, part ?? ''];
      return spawnSync(process.execPath, args, { stdio: 'inherit' }).status;
    });
    return codes.some((code) => code !== 0) ? 1 : 0;
  }
  const known = [...KNOWN_FAILURES, ...(part === 'plain' ? [] : KNOWN_FAILURES_COMPILED)];
  const outcomes = await PARTS[part](only);
  const failed = outcomes.filter(({ faults }) => faults.length > 0);
  const isKnown = ({ name, faults }: Outcome) =>
    known.some(
      ({ test, fault }) => test.test(name) && (!fault || faults.some((one) => fault.test(one))),
    );
  const news = failed.filter((outcome) => !isKnown(outcome));
  for (const { name, faults } of news) process.stdout.write(`${name}: ${faults[0]}\n`);
  process.stdout.write(
    `tfjs, ${part}: ${outcomes.length} tests, ${failed.length - news.length} known failures, ${news.length} others${kernelCalls()}\n`,
  );
  return news.length > 0 || outcomes.length === 0 ? 1 : 0;
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
