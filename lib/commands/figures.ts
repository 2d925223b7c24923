import { join } from 'node:path';
import { OUT } from '../environment/paths';
import { forPaper, pixels } from '../figures/paper';
import { drawPictures, PICTURE_FORMATS } from '../figures/pictures';
import { Problem } from '../files/problem';
import { writeWhole } from '../files/whole';
import { figuresIn, notebookPaths } from '../notebook/files/notebook-file';
import { executedNotebook } from '../notebook/files/site';
import { choice, command, flag, guess, text, whole } from './options';

/** `npm run figures`. */
export default command({
  words: {
    value: 'NOTEBOOK',
    help: 'notebooks by their beginning (01 03); all of ours by default',
  },
  options: {
    format: choice(PICTURE_FORMATS, 'kinds of file').list().or(['svg']),
    width: text('85mm', "width on paper, 40mm or more; the figure's own by default"),
    only: text('NAME', 'one figure alone, by its name in files: 01-floors').repeated(),
    dpi: whole(36, 'dots to the inch of a PNG', 1200).or(192),
    noTitle: flag('leave titles to the captions'),
  },
  more: 'Takes the notebooks as last executed, else as they are committed. Dark ink on white.',
  run: async ({ format, width, only, dpi, noTitle }, wanted) => {
    const size = width === undefined ? undefined : pixels(width);
    const all = notebookPaths(wanted).flatMap((path) => figuresIn(path, executedNotebook(path)));
    const known = all.map(({ name }) => name);
    if (known.length === 0) {
      throw new Problem('There is no figure to draw: "npm run notebooks" makes them.');
    }
    const unknown = only.find((name) => !known.includes(name));
    if (unknown !== undefined) {
      const near = guess(unknown, known);
      throw new Problem(`There is no figure "${unknown}"${near}; there are ${known.join(', ')}.`);
    }
    const chosen = all.filter(({ name }) => only.length === 0 || only.includes(name));
    const printed = chosen.map(({ figure }) => forPaper(figure, { width: size, title: !noTitle }));
    for (const ending of format) {
      (await drawPictures(printed, ending, dpi / 96)).forEach((bytes, i) => {
        const file = join(OUT, 'figures', `${chosen[i].name}.${ending}`);
        writeWhole(file, bytes);
        process.stdout.write(`${file}\n`);
      });
    }
    return 0;
  },
});
