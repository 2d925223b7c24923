import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { DataFrame, toExcel } from 'danfojs-node';
import Papa from 'papaparse';
import { OUT } from '../environment/paths';
import { Problem, writing } from '../environment/problem';
import type { Figure } from '../figures/figure';
import { forPaper } from '../figures/paper';
import { drawPictures, PICTURE_FORMATS, type PictureFormat, writePicture } from './pictures';
import { toRows } from './table';

/**
 * Writes a DataFrame, or plain rows, as CSV or Excel, by the name's ending. Numbers are written whole, not
 * with the digits that {@link table} shows.
 * @param name a path; a relative one is below out/.
 * @returns the file's path.
 * @throws Problem for another ending, or where the file cannot be written.
 */
export function saveTable(data: DataFrame | readonly object[], name: string): string {
  const path = resolve(OUT, name);
  const { columns, rows } = toRows(data);
  const ending = extname(name).toLowerCase();
  if (ending !== '.csv' && ending !== '.xlsx') {
    throw new Problem(`A table cannot be saved as "${name}": end the name in .csv or .xlsx.`);
  }
  writing(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    if (ending === '.csv') {
      // A missing number is an empty cell, as pandas and Excel read it.
      const cells = rows.map((row) => row.map((value) => (Number.isNaN(value) ? '' : value)));
      writeFileSync(path, `${Papa.unparse({ fields: columns, data: cells }, { newline: '\n' })}\n`);
    } else {
      toExcel(new DataFrame(rows, { columns }), { filePath: path });
    }
  });
  return path;
}

/**
 * Writes a figure as it is printed: dark ink, a width of your choice, by the name's ending.
 * @param name a path that ends in .svg, .pdf or .png; a relative one is below out/.
 * @param width for example `85mm` or `600px`; the figure's own by default.
 * @returns the file's path.
 * @throws Problem for another ending, a width that cannot be read, or where no browser is found.
 */
export async function saveFigure(figure: Figure, name: string, width?: string): Promise<string> {
  const path = resolve(OUT, name);
  const format = extname(name).slice(1).toLowerCase();
  if (!(PICTURE_FORMATS as readonly string[]).includes(format)) {
    throw new Problem(
      `A figure cannot be saved as "${name}": end the name in .${PICTURE_FORMATS.join(', .')}.`,
    );
  }
  const [bytes] = await drawPictures(
    [forPaper(figure, width === undefined ? undefined : pixels(width))],
    format as PictureFormat,
  );
  writePicture(path, bytes);
  return path;
}

/** CSS pixels in a millimeter. */
const PIXELS_PER_MM = 96 / 25.4;

/**
 * A width such as `85mm` or `600px` in CSS pixels.
 * @throws Problem where it cannot be read, or is under 40 mm.
 */
export function pixels(width: string): number {
  const found = /^(\d+(?:\.\d+)?)(mm|px)$/.exec(width);
  if (!found) throw new Problem(`The width "${width}" cannot be read: write 85mm or 800px.`);
  const size = Math.round(Number(found[1]) * (found[2] === 'mm' ? PIXELS_PER_MM : 1));
  if (size < 150)
    throw new Problem(`The width "${width}" is too small to read: give 40mm or more.`);
  return size;
}
