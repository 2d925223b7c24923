import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { OUT } from '../environment/paths';
import { Problem } from '../environment/problem';
import { figureName, figuresIn, notebookPaths, readNotebook } from '../notebook/file';
import {
  drawPictures,
  PICTURE_FORMATS,
  type PictureFormat,
  writePicture,
} from '../notebook/pictures';

/** CSS pixels in a millimeter. */
const PIXELS_PER_MM = 96 / 25.4;

/**
 * `npm run figures [-- 01 --format svg,pdf,png --width 85mm]`: writes the figures of the notebooks, as last
 * executed here or else as committed, to out/figures.
 */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { format: { type: 'string', default: 'svg' }, width: { type: 'string' } },
  });
  const formats = values.format.split(',').map(toFormat);
  const width = values.width === undefined ? undefined : toPixels(values.width);
  for (const path of notebookPaths(positionals)) {
    const executed = join(OUT, 'notebooks', basename(path));
    const notebook = readNotebook(existsSync(executed) ? executed : path);
    const figures = figuresIn(notebook).map(({ figure }) => ({
      ...figure,
      layout: { ...figure.layout, ...(width ? { width } : {}) },
    }));
    for (const format of formats) {
      (await drawPictures(figures, format)).forEach((bytes, i) => {
        const file = join(OUT, 'figures', `${figureName(path, i)}.${format}`);
        writePicture(file, bytes);
        process.stdout.write(`${file}\n`);
      });
    }
  }
  return 0;
}

function toFormat(name: string): PictureFormat {
  if (!(PICTURE_FORMATS as readonly string[]).includes(name)) {
    throw new Problem(`Unknown format "${name}": use ${PICTURE_FORMATS.join(', ')}.`);
  }
  return name as PictureFormat;
}

function toPixels(width: string): number {
  const found = /^(\d+(?:\.\d+)?)(mm|px)$/.exec(width);
  if (!found) throw new Problem(`The width "${width}" cannot be read: write 85mm or 800px.`);
  return Math.round(Number(found[1]) * (found[2] === 'mm' ? PIXELS_PER_MM : 1));
}
