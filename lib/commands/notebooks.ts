import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findBrowser } from '../environment/browser';
import { OUT } from '../environment/paths';
import { duration, say } from '../environment/progress';
import { drawPictures } from '../figures/pictures';
import { readJson } from '../files/json';
import { Problem } from '../files/problem';
import { writeJson, writeWhole } from '../files/whole';
import { executeNotebook } from '../notebook/files/execute';
import {
  figuresIn,
  type Notebook,
  notebookPaths,
  readNotebook,
} from '../notebook/files/notebook-file';
import { parameterNames, setParameters } from '../notebook/files/parameters';
import { writeSite } from '../notebook/files/site';
import { ProgressBar } from '../notebook/progress';
import { command, flag, guess, text } from './options';

/** JupyterLab shows a picture pixel by pixel until the pointer comes and the figure takes its place: so as wide as that. */
const PICTURE_SCALE = 1;

/** `npm run notebooks`. */
const notebooks = command({
  words: {
    value: 'NOTEBOOK',
    help: 'ours by their beginning (01 03), or paths; all of ours by default',
  },
  options: {
    parameter: text('NAME=VALUE', 'another value for a parameter of the notebooks', 'p').repeated(),
    commit: flag('write the outputs into the notebooks themselves, too'),
  },
  more: 'A notebook that fails or is stopped leaves the last good one and its page as they were.',
  run: async ({ parameter, commit }, wanted) => {
    const paths = notebookPaths(wanted);
    const given = parametersFor(paths, parameter);
    const pace = timeLeft(paths);
    for (const path of paths) {
      say(`Executing ${basename(path)} …`);
      const { update } = new ProgressBar();
      const executed = await executeNotebook(path, given.get(path), (progress) =>
        update({ ...progress, secondsLeft: pace.secondsLeft() }),
      );
      const notebook = withoutVolatile(executed);
      say(`  took ${duration(pace.ended())}`);
      await addPictures(path, notebook);
      const whole = `${JSON.stringify(notebook, null, 1)}\n`;
      writeWhole(join(OUT, 'notebooks', basename(path)), whole);
      if (commit) writeWhole(path, whole);
    }
    const report = await writeSite(paths);
    say(`The report is ${report}`);
    if (findBrowser()) return 0;
    say(
      'It lacks pictures, and its figures need plotly.min.js beside it: there is no browser here; install Chromium ' +
        '("npm run doctor" tells more) and run again.',
    );
    return 1;
  },
});

export default notebooks;

/** Estimates how long all notebooks still take, from what each took here when it was last executed. */
function timeLeft(paths: readonly string[]) {
  const file = join(OUT, 'notebooks', 'seconds.json');
  const known = existsSync(file) ? readJson(file, 'delete it and run again') : {};
  const before = known as Record<string, number>;
  const left = paths.map((path) => basename(path));
  let since = performance.now();
  const seconds = () => Math.round((performance.now() - since) / 1000);
  return {
    /** NaN where one of those that are left was never executed here. */
    secondsLeft: () => {
      const [now, ...later] = left.map((name) => before[name] ?? Number.NaN);
      return Math.max(0, now - seconds()) + later.reduce((a, b) => a + b, 0);
    },
    /** @returns what the notebook took that has ended. */
    ended: () => {
      const took = seconds();
      before[left.shift() as string] = took;
      writeJson(file, before);
      since = performance.now();
      return took;
    },
  };
}

/** The parameters that each notebook takes, checked before any is executed. */
function parametersFor(
  paths: readonly string[],
  given: readonly string[],
): Map<string, Record<string, string>> {
  const pairs = given.map((typed) => {
    const at = typed.indexOf('=');
    if (at < 1) throw new Problem(`The parameter "${typed}" has no value: write -p name=value.`);
    return [typed.slice(0, at), typed.slice(at + 1)] as const;
  });
  const all = paths.map((path) => ({ path, notebook: readNotebook(path) }));
  const known = [...new Set(all.flatMap(({ notebook }) => parameterNames(notebook)))];
  const unknown = pairs.map(([name]) => name).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Problem(
      `No parameter is called "${unknown}"${guess(unknown, known)}; there are ${known.join(', ')}.`,
    );
  }
  return new Map(
    all.map(({ path, notebook }) => {
      const names = parameterNames(notebook);
      const own = Object.fromEntries(pairs.filter(([name]) => names.includes(name)));
      setParameters(path, notebook, own);
      return [path, own];
    }),
  );
}

/** Writes the figures as files, and beside each in the notebook a picture, for places where no script runs. */
async function addPictures(path: string, notebook: Notebook): Promise<void> {
  if (!findBrowser()) return;
  const figures = figuresIn(path, notebook);
  const specs = figures.map(({ figure }) => figure);
  const pngs = await drawPictures(specs, 'png', PICTURE_SCALE);
  const svgs = await drawPictures(specs, 'svg');
  for (const [i, { name, output }] of figures.entries()) {
    output.data!['image/png'] = pngs[i].toString('base64');
    writeWhole(join(OUT, 'figures', `${name}.png`), pngs[i]);
    writeWhole(join(OUT, 'figures', `${name}.svg`), svgs[i]);
  }
}

/** Takes out the times, which change at every execution and tell nothing. */
function withoutVolatile(notebook: Notebook): Notebook {
  const cells = notebook.cells.map((cell) => {
    const { execution, ...metadata } = cell.metadata;
    return { ...cell, metadata };
  });
  return { ...notebook, cells };
}
