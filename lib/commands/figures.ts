import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { OUT } from '../environment/paths';
import { forPaper, pixels } from '../figures/paper';
import { drawPictures, toFormat, writePicture } from '../figures/pictures';
import { figureName, figuresIn, notebookPaths, readNotebook } from '../notebook/file';

/**
 * `npm run figures [-- 01 --format svg,pdf,png --width 85mm]`: writes the figures of the notebooks, as last
 * executed, to out/figures: dark ink on white, for a paper.
 */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { format: { type: 'string', default: 'svg' }, width: { type: 'string' } },
  });
  const formats = values.format.split(',').map(toFormat);
  const width = values.width === undefined ? undefined : pixels(values.width);
  for (const path of notebookPaths(positionals)) {
    const executed = join(OUT, 'notebooks', basename(path));
    const notebook = readNotebook(existsSync(executed) ? executed : path);
    const figures = figuresIn(notebook).map(({ figure }) => forPaper(figure, width));
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
