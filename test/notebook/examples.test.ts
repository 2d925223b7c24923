import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import test from 'node:test';
import ts from 'typescript';
import { ROOT } from '../../lib/environment/paths';
import { notebookPaths, readNotebook, textOf } from '../../lib/notebook/files/notebook-file';
import { typecheck } from './typecheck';

// The examples in docstrings: what a notebook calls has one, all are typed, and those that do not train or write are run.

const load = createRequire(join(ROOT, 'notebooks', 'examples.cjs'));
const LIBRARIES = ['anatomy', 'anatomy-pythia'].map((name) => ({ name, exports: load(name) }));
/** What is shown goes here, as in a kernel that runs a cell. */
const shown: unknown[] = [];
load('tslab/dist/jupyter').lastWriteDisplayData = (data: unknown) => shown.push(data);
/** Readers of tables, which most examples begin with, read once. */
const READERS = ['studyRuns', 'loadRun', 'trajectories'];
const remembered = LIBRARIES.map(({ exports }) =>
  Object.fromEntries(
    READERS.flatMap((name) => (name in exports ? [[name, once(exports[name])]] : [])),
  ),
);
const required = (name: string) => {
  const i = LIBRARIES.findIndex((library) => library.name === name);
  return i < 0 ? load(name) : { ...LIBRARIES[i].exports, ...remembered[i] };
};

function once(read: (...names: string[]) => unknown) {
  const known = new Map<string, unknown>();
  return (...names: string[]) => {
    const key = names.join();
    if (!known.has(key)) known.set(key, read(...names));
    return known.get(key);
  };
}

/** Minutes of work, files, or another machine. */
const NOT_RUN =
  /\b(save|train|liveRun|measureRun|makeStandin|measureTrajectory|hubFiles|saveTable)\(/;

interface Example {
  /** Of what it is the docstring; empty where that is no export. */
  readonly of: string;
  readonly name: string;
  readonly code: string;
}

/** The examples of a source, in fences in the docstring above what they show. */
function examplesIn(path: string): Example[] {
  const source = readFileSync(path, 'utf8');
  const docs = source.matchAll(/^ *\/\*\*\n((?: *\*(?!\/).*\n)*) *\*\/\n(.*)/gm);
  return [...docs].flatMap(([, doc, below]) => {
    const of = /^export (?:async )?(?:function|class|const) (\w+)/.exec(below)?.[1] ?? '';
    const fences = doc.replace(/^ *\* ?/gm, '').matchAll(/```ts\n([\s\S]*?)```/g);
    return [...fences].map(([, code], i) => ({
      of,
      name: join(ROOT, 'notebooks', `${of || path.replace(/\W/g, '-')}-${i}.example.ts`),
      code,
    }));
  });
}

/** Imports of what a piece of code uses of the libraries and does not declare. */
function imports(code: string): string {
  const words = new Set(code.match(/(?<=^|\.{3}|[^.\w'])[A-Za-z_]\w*/gm));
  for (const [, names] of code.matchAll(/(?:const|let) [{[]?(.*?)[}\]]? =/g)) {
    for (const name of names.split(',')) words.delete(name.match(/\w+/g)?.at(-1) ?? '');
  }
  return LIBRARIES.map(({ name, exports }) => {
    const used = Object.keys(exports).filter((word) => words.has(word));
    return used.length > 0 ? `import { ${used.join(', ')} } from '${name}';` : '';
  }).join(' ');
}

const sources = readdirSync(join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !/(^|\/)(dist|node_modules|bench)\//.test(path))
  .map((path) => join(ROOT, 'lib', path));
const examples = sources.flatMap(examplesIn);
const texts = examples.map(({ name, code }) => ({
  name,
  text: `${imports(code)}\n${code}\nexport {};\n`,
}));

test('what notebooks call has an example', () => {
  const cells = notebookPaths().flatMap((path) => readNotebook(path).cells);
  const imported = cells.flatMap(({ source }) =>
    [...textOf(source).matchAll(/import \{([^}]*)\} from 'anatomy/g)].flatMap(([, names]) =>
      names.split(',').map((name) => name.trim()),
    ),
  );
  const has = new Set(examples.map(({ of }) => of));
  const called = [...new Set(imported)].filter((name) =>
    LIBRARIES.some(({ exports }) => typeof exports[name] === 'function'),
  );
  assert.ok(called.length > 50);
  // danfo's own class, which danfo documents.
  assert.deepEqual(
    called.filter((name) => !has.has(name) && name !== 'DataFrame'),
    [],
  );
});

test('examples are typed', () => {
  assert.deepEqual(typecheck(texts), []);
});

for (const { name, text } of texts.filter((_, i) => !NOT_RUN.test(examples[i].code))) {
  test(`runs: ${name.slice(join(ROOT, 'notebooks').length + 1)}`, async () => {
    const options = {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
    };
    const { outputText } = ts.transpileModule(text, { compilerOptions: options });
    const run = new Function('require', 'exports', `return (async () => {${outputText}})();`);
    shown.length = 0;
    await run(required, {});
    assert.ok(shown.length > 0 || !/\b(show|table|note|showLedger)\(/.test(text));
  });
}
