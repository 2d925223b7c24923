import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import Papa from 'papaparse';
import { OUT } from '../environment/paths';
import { Problem, writing } from '../files/problem';
import { writeWhole } from '../files/whole';
import { type TableData, toRows } from './table';

/**
 * Writes a DataFrame, or plain rows, as CSV or Excel, by the name's ending, with all digits; NaN is an empty cell. A text
 * that a spreadsheet would run as a formula gets an apostrophe.
 *
 * ```ts
 * const frame = new DataFrame(loadRun('nano-s0').geometry);
 * saveTable(frame.groupby(['task']).col(['rankme']).mean(), 'rankme.xlsx'); // to out/rankme.xlsx
 * ```
 * @param name a path that ends in .csv or .xlsx; a relative one is below out/.
 * @returns the file's path.
 * @throws Problem for another ending, or where the file cannot be written.
 */
export function saveTable(data: TableData, name: string): string {
  const path = resolve(OUT, name);
  const ending = extname(name).toLowerCase();
  if (ending !== '.csv' && ending !== '.xlsx') {
    throw new Problem(`A table cannot be saved as "${name}": end the name in .csv or .xlsx.`);
  }
  const { columns, rows } = toRows(data);
  const cells = rows.map((row) => row.map((value) => (Number.isNaN(value) ? null : value)));
  if (ending === '.csv') {
    const options = { newline: '\n', escapeFormulae: true };
    writeWhole(path, `${Papa.unparse({ fields: columns, data: cells }, options)}\n`);
    return path;
  }
  // Excel has no infinite numbers, and calls a file with one damaged.
  const plain = cells.map((row) =>
    row.map((value) => (Math.abs(Number(value)) === Infinity ? String(value) : value)),
  );
  // Loaded here, since it brings TensorFlow.js along.
  const { DataFrame, toExcel } = require('danfojs-node') as typeof import('danfojs-node');
  const fresh = `${path}.${process.pid}.partial.xlsx`;
  writing(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    try {
      toExcel(new DataFrame(plain, { columns }), { filePath: fresh });
      renameSync(fresh, path);
    } finally {
      rmSync(fresh, { force: true });
    }
  });
  return path;
}
