import { createHash } from 'node:crypto';
import { cpSync, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writing } from '../../files/problem';
import { writeWhole } from '../../files/whole';
import { NOTEBOOKS, type Notebook, notebookPaths, readNotebook, textOf } from './notebook-file';

/** Where JupyterLab opens, and where new notebooks land: a folder that git ignores. */
export const SCRATCH = join(NOTEBOOKS, 'scratch');
/** The example of tasks of one's own, which notebook 07 imports. */
export const OWN = join(NOTEBOOKS, 'own');

/**
 * Lays copies of our notebooks into a folder, so that running them in JupyterLab changes nothing that git tracks.
 * A copy whose cells were changed is left as it is; another is renewed where ours has changed.
 * @returns names of the copies that are behind ours and were left, since somebody has changed them.
 * @throws Problem where the folder cannot be written.
 */
export function layCopies(folder = SCRATCH, paths: readonly string[] = notebookPaths()): string[] {
  writing(folder, () => cpSync(OWN, join(folder, 'own'), { recursive: true, force: false }));
  return paths.flatMap((path) => {
    const ours = readNotebook(path);
    const copy = join(folder, basename(path));
    const before = existsSync(copy) ? readNotebook(copy) : undefined;
    const hash = sourcesHash(ours);
    if (before?.metadata.copy_of === hash) return [];
    if (before && before.metadata.copy_of !== sourcesHash(before)) return [basename(path)];
    ours.metadata.copy_of = hash;
    writeWhole(copy, `${JSON.stringify(ours, null, 1)}\n`);
    return [];
  });
}

/** Equal where cells have the same sources; outputs do not count. */
function sourcesHash({ cells }: Notebook): string {
  const sum = createHash('sha256');
  for (const { source } of cells) sum.update(textOf(source)).update('\0');
  return sum.digest('hex').slice(0, 16);
}
