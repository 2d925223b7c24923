import { basename, dirname, join } from 'node:path';
import ts from 'typescript';
import { readNotebook, textOf } from '../../lib/notebook/files/notebook-file';

/** A type error in a notebook's cell. */
export interface CellError {
  /** Number of the code cell, from 1. */
  readonly cell: number;
  /** Line in that cell, from 1. */
  readonly line: number;
  readonly message: string;
}

/** A notebook's code cells as one strict TypeScript module, for the compiler and the language service. */
export interface CellModule {
  /** Path that the module would have, beside the notebook. */
  readonly name: string;
  readonly text: string;
  /** First line of each code cell in the text, from 1. */
  readonly starts: readonly number[];
}

export const CELL_OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  esModuleInterop: true,
  target: ts.ScriptTarget.ES2022,
  // Top-level await, as in cells.
  module: ts.ModuleKind.ES2022,
  moduleResolution: ts.ModuleResolutionKind.Node10,
  types: ['node'],
};

/** @throws Problem where the file is not a notebook. */
export function cellModule(path: string): CellModule {
  const cells = readNotebook(path)
    .cells.filter(({ cell_type }) => cell_type === 'code')
    .map(({ source }) => textOf(source));
  const starts = cells.map(
    (_, i) => cells.slice(0, i).join('\n').split('\n').length + (i > 0 ? 1 : 0),
  );
  starts[0] = 1;
  return {
    name: join(dirname(path), `${basename(path, '.ipynb')}.cells.ts`),
    text: `${cells.join('\n')}\nexport {};\n`,
    starts,
  };
}

/**
 * Checks the types of all code cells of a notebook as one strict module. tslab itself checks loosely and
 * with an older TypeScript, cell by cell.
 */
export function typecheckNotebook(path: string): CellError[] {
  const module = cellModule(path);
  const { starts } = module;
  return typecheck([module]).map(({ line, message }) => {
    const cell = starts.filter((first) => first <= line).length;
    return { cell, line: line - starts[cell - 1] + 1, message };
  });
}

/** Checks the types of modules that lie in memory. */
export function typecheck(modules: readonly Pick<CellModule, 'name' | 'text'>[]) {
  const texts = new Map(modules.map(({ name, text }) => [name, text]));
  const host = ts.createCompilerHost(CELL_OPTIONS);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => texts.has(file) || fileExists.call(host, file);
  host.getSourceFile = (file, ...rest) => {
    const text = texts.get(file);
    return text === undefined
      ? getSourceFile.call(host, file, ...rest)
      : ts.createSourceFile(file, text, CELL_OPTIONS.target!);
  };
  const program = ts.createProgram([...texts.keys()], CELL_OPTIONS, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => ({
    name: file?.fileName ?? '',
    line: file === undefined ? 1 : file.getLineAndCharacterOfPosition(start).line + 1,
    message: ts.flattenDiagnosticMessageText(messageText, ' '),
  }));
}
