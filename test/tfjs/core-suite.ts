import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join, sep } from 'node:path';
import ts from 'typescript';
import { tf } from '../../lib/environment/tensorflow';

/** What one of tfjs-core's own tests came to; `faults` is empty where it passed. */
export interface Outcome {
  readonly name: string;
  readonly faults: readonly string[];
}

interface JasmineEnv {
  configure(settings: object): void;
  addReporter(reporter: object): void;
  execute(): Promise<unknown>;
}

interface SpecResult {
  readonly fullName: string;
  readonly status: string;
  readonly failedExpectations: readonly { readonly message: string }[];
}

const CORE = dirname(require.resolve('@tensorflow/tfjs-core'));
/** About browsers, files and how tfjs is put together, none of which meets a kernel. */
const ELSEWHERE =
  /\/(io|platforms|public)\/|browser|debug_mode|device_util|engine_test|environment|flags|globals|registry|profiler|version|serialization|jasmine_util|worker/;

/**
 * Runs the test suite that the package of tfjs-core brings along, on this project's binding.
 * @param only a part of the names of those to run.
 */
export async function runCoreSuite(only = ''): Promise<Outcome[]> {
  readAsCommonJs();
  const core = require('jasmine-core');
  const jasmine = core.boot(core) as { getEnv(): JasmineEnv };
  const { setTestEnvs } = require(join(CORE, 'jasmine_util.js'));
  const env = { backendName: tf.getBackend(), flags: {}, isDataSync: true };
  setTestEnvs([{ name: 'tfjs', ...env }]);
  const list = readFileSync(join(CORE, 'tests.js'), 'utf8').matchAll(/^import '(.*)';$/gm);
  for (const [, path] of list) if (!ELSEWHERE.test(path)) require(join(CORE, `${path}.js`));
  const outcomes: Outcome[] = [];
  const specDone = ({ fullName, status, failedExpectations }: SpecResult) => {
    if (status !== 'passed' && status !== 'failed') return;
    const faults = failedExpectations.map(({ message }) => message.split('\n')[0].slice(0, 300));
    outcomes.push({ name: fullName.replace(' tfjs {}', ''), faults });
  };
  const specFilter = (spec: { getFullName(): string }) =>
    spec.getFullName().replace(' tfjs {}', '').includes(only);
  const running = jasmine.getEnv();
  running.configure({ random: false, specFilter });
  running.addReporter({ specDone });
  await running.execute();
  return outcomes;
}

/** The suite is published as ES modules that only a bundler resolves, and imports the library's own sources. */
function readAsCommonJs(): void {
  const { _extensions: extensions } = Module as unknown as {
    _extensions: { [extension: string]: (module: NodeModule, path: string) => void };
  };
  const read = extensions['.js'];
  extensions['.js'] = (module, path) => {
    if (!path.startsWith(CORE + sep) || path.includes('tf-core.')) {
      read(module, path);
      return;
    }
    const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
    // The tests' `tf` is the one that has our backend.
    const source =
      path === join(CORE, 'index.js')
        ? "module.exports = require('@tensorflow/tfjs');"
        : ts.transpileModule(readFileSync(path, 'utf8'), { compilerOptions: options }).outputText;
    (module as unknown as { _compile(source: string, path: string): void })._compile(source, path);
  };
}
