import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { findBrowser } from '../environment/browser';
import { OUT } from '../environment/paths';
import { Problem, writing } from '../environment/problem';
import { drawPictures, writePicture } from '../figures/pictures';
import { executeNotebook } from '../notebook/execute';
import { figureName, figuresIn, type Notebook, notebookPaths } from '../notebook/file';
import { duration } from '../notebook/progress';
import { writeSite } from '../notebook/site';

/** JupyterLab shows a picture pixel by pixel until the pointer comes and the figure takes its place: so as wide as that. */
const PICTURE_SCALE = 1;

/**
 * `npm run notebooks [-- 01 03] [-p scale=micro] [--commit]`: executes notebooks on the tslab kernel and
 * writes them, an HTML site and the figures to out/. With --commit the notebooks themselves take the new
 * outputs, with a picture beside each figure for places where no script runs.
 */
export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      parameter: { type: 'string', short: 'p', multiple: true, default: [] },
      commit: { type: 'boolean', default: false },
    },
  });
  const paths = notebookPaths(positionals);
  const done: string[] = [];
  for (const path of paths) {
    process.stderr.write(`Executing ${basename(path)} …\n`);
    const start = Date.now();
    const { notebook, executed } = await executeNotebook(path, parameters(values.parameter));
    process.stderr.write(`  took ${duration((Date.now() - start) / 1000)}\n`);
    await addPictures(path, notebook);
    const text = `${JSON.stringify(withoutVolatile(notebook), null, 1)}\n`;
    writing(executed, () => writeFileSync(executed, text));
    if (values.commit) writing(path, () => writeFileSync(path, text));
    done.push(executed);
  }
  process.stderr.write(`The report is ${await writeSite(done)}\n`);
  return 0;
}

function parameters(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new Problem(`The parameter "${text}" has no value: write -p name=value.`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

async function addPictures(path: string, notebook: Notebook): Promise<void> {
  const figures = figuresIn(notebook);
  if (!findBrowser()) {
    process.stderr.write('  without pictures: no browser was found (npm run doctor says more)\n');
    return;
  }
  const specs = figures.map(({ figure }) => figure);
  const pictures = await drawPictures(specs, 'png', PICTURE_SCALE);
  pictures.forEach((png, i) => {
    figures[i].output.data!['image/png'] = png.toString('base64');
    writePicture(join(OUT, 'figures', `${figureName(path, i)}.png`), png);
  });
  (await drawPictures(specs, 'svg')).forEach((svg, i) => {
    writePicture(join(OUT, 'figures', `${figureName(path, i)}.svg`), svg);
  });
}

/** Takes out what changes at every execution and tells nothing: times, and names of the machine's Python. */
function withoutVolatile(notebook: Notebook): Notebook {
  const cells = notebook.cells.map((cell) => {
    const { execution, ...metadata } = cell.metadata;
    return { ...cell, metadata };
  });
  return { ...notebook, cells };
}
