import { basename } from 'node:path';
import { Problem } from '../../files/problem';
import { type Notebook, textOf } from './notebook-file';

/** `const steps = 300; // updates, 1 to 5000`: what stands before the value, the value, and the comment. */
const LINE = /^(const (\w+)\b[^=\n]*= )('[^'\n]*'|"[^"\n]*"|[^;'"\n]*);[ \t]*(?:\/\/ *(.*))?$/gm;

/** The cell tagged `parameters`, and its lines: name, value, comment. */
function parametersIn({ cells }: Notebook) {
  const cell = cells.find(({ metadata }) => metadata.tags?.includes('parameters'));
  const lines = [...textOf(cell?.source).matchAll(LINE)];
  const known = lines.map(([, , name, value, comment = '']) => ({ name, value, comment }));
  return { cell, known };
}

export function parameterNames(notebook: Notebook): string[] {
  return parametersIn(notebook).known.map(({ name }) => name);
}

/**
 * Gives parameters other values: rewrites `const name = value;` lines of the cell tagged `parameters`, in place; strings
 * are quoted as JSON. The line's comment says what is possible: a list with the default among it (`nano, micro or
 * small`), or a range (`1 to 5000`, `1 or more`).
 * @throws Problem for a parameter that the notebook does not have, or a value that it cannot take.
 */
export function setParameters(path: string, notebook: Notebook, given: Record<string, string>) {
  if (Object.keys(given).length === 0) return;
  const { cell, known } = parametersIn(notebook);
  const file = basename(path);
  if (!cell) throw new Problem(`${file} has no cell tagged "parameters".`);
  for (const [name, value] of Object.entries(given)) {
    const found = known.find((one) => one.name === name);
    const names = known.map((one) => one.name).join(', ');
    if (!found) throw new Problem(`${file} has no parameter "${name}": it has ${names}.`);
    const wanted = expected(found.value, found.comment, value);
    if (wanted) throw new Problem(`Parameter ${name} of ${file} is "${value}": give ${wanted}.`);
  }
  cell.source = textOf(cell.source).replace(LINE, (line, start, name, value) => {
    if (!Object.hasOwn(given, name)) return line;
    const text = /^['"]/.test(value) ? JSON.stringify(given[name]) : given[name];
    return line.replace(`${start}${value};`, () => `${start}${text};`);
  });
}

/** What the value should be instead; undefined where it fits. */
function expected(value: string, comment: string, given: string): string | undefined {
  if (/^['"]/.test(value)) {
    const known = comment.split(/,\s*|\s+or\s+/);
    const listed = known.every((one) => /^[\w.-]+$/.test(one));
    const closed = listed && known.includes(value.slice(1, -1));
    return closed && !known.includes(given) ? `one of ${known.join(', ')}` : undefined;
  }
  if (value === 'true' || value === 'false') {
    return given === 'true' || given === 'false' ? undefined : 'true or false';
  }
  const whole = Number.isInteger(Number(value));
  const [, low = whole ? '0' : '-Infinity', high = 'Infinity'] =
    /\b(\d+) to (\d+)\b/.exec(comment) ?? /\b(\d+) or more\b/.exec(comment) ?? [];
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(given) ? Number(given) : Number.NaN;
  const within = number >= Number(low) && number <= Number(high);
  if (within && (!whole || Number.isInteger(number))) return undefined;
  const range = Number.isFinite(Number(high)) ? ` from ${low} to ${high}` : ` of ${low} or more`;
  return whole ? `a whole number${range}` : `a number${high === 'Infinity' ? '' : range}`;
}
