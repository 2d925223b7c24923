import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folder of the clone: the nearest one above this file that holds the lock file of its packages. */
export const ROOT = findRoot(__dirname);

/** Everything that set-up and caches write, besides node_modules and .venv. */
export const CACHE = join(ROOT, '.cache');
/** What the user asked for: live runs, reports, figures. Not in git. */
export const OUT = join(ROOT, 'out');
/** What is in git: published claims, tables of the study's runs. */
export const DATA = join(ROOT, 'data');
/** The Python environment that hosts JupyterLab. */
export const VENV = join(ROOT, '.venv');

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package-lock.json'))) return folder;
  const parent = dirname(folder);
  if (parent !== folder) return findRoot(parent);
  throw new Error(`No package-lock.json above ${__dirname}: is the clone whole?`);
}
