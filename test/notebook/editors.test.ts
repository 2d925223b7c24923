import assert from 'node:assert/strict';
import { basename, dirname } from 'node:path';
import test from 'node:test';
import ts from 'typescript';
import { notebookPaths } from '../../lib/notebook/files/notebook-file';
import { CELL_OPTIONS, type CellModule, cellModule } from './typecheck';

// An editor's notebook view asks TypeScript's language service about cells. VS Code itself is not tried here;
// this is what it would be told. JupyterLab, which asks the kernel, is tried in test/browser.

/** TypeScript's language service over a module that lies in memory. */
function serviceOf({ name, text }: CellModule): ts.LanguageService {
  return ts.createLanguageService({
    getCompilationSettings: () => CELL_OPTIONS,
    getScriptFileNames: () => [name],
    getScriptVersion: () => '1',
    getScriptSnapshot: (file) => {
      const content = file === name ? text : ts.sys.readFile(file);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => dirname(name),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (file) => file === name || ts.sys.fileExists(file),
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
}

/** Names that a module imports from the library, with their places. */
function importsOf({ name, text }: CellModule): ts.ImportSpecifier[] {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  return file.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement)) return [];
    const from = (statement.moduleSpecifier as ts.StringLiteral).text;
    const named = statement.importClause?.namedBindings;
    return from === 'anatomy' && named && ts.isNamedImports(named) ? [...named.elements] : [];
  });
}

for (const path of notebookPaths()) {
  test(`${basename(path)}: an editor knows type and docstring of all that it imports`, () => {
    const module = cellModule(path);
    const service = serviceOf(module);
    const imports = importsOf(module);
    assert.ok(imports.length > 5);
    for (const specifier of imports) {
      // TensorFlow.js as a whole, documented by its own names.
      if (specifier.name.text === 'tf') continue;
      const info = service.getQuickInfoAtPosition(module.name, specifier.name.getStart());
      const signature = ts.displayPartsToString(info?.displayParts);
      assert.doesNotMatch(signature, /: any$|^any$/, specifier.name.text);
      assert.ok(ts.displayPartsToString(info?.documentation), `${signature} has no docstring`);
    }
  });
}

test('an editor completes names of the library and the fields of what it gives', () => {
  const [path] = notebookPaths(['01']);
  const lines = ["import { loadRun } from 'anatomy';", "const run = loadRun('a');", 'run.info.'];
  const module = { ...cellModule(path), text: `${lines.join('\n')}\nexport {};\n` };
  const at = lines.join('\n').length;
  const found = serviceOf(module).getCompletionsAtPosition(module.name, at, {});
  const names = found?.entries.map(({ name }) => name) ?? [];
  for (const name of ['parameters', 'step', 'training']) assert.ok(names.includes(name), name);
});
