import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writing } from '../environment/problem';
import { moveLandscape } from './landscape-folder';
import { foldersIn } from './run-folder';
import { lockRun } from './run-lock';

/** Which of several processes this is, that measure checkpoints of one run at once. */
export interface Share {
  /** 1 … of. */
  readonly number: number;
  readonly of: number;
}

const NAME = /^share-\d+-of-\d+$/;

/**
 * Reads a share, such as `2/3`.
 * @throws RangeError where it is not one.
 */
export function parseShare(text: string): Share {
  const [, number, of] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (!(number >= 1 && number <= of)) {
    throw new RangeError(`The share is "${text}": give it as 1/3, 2/3 or 3/3.`);
  }
  return { number, of };
}

/** The checkpoints that are a share's own: dealt out like cards, so that each gets early and late ones. */
export function stepsOfShare(steps: readonly number[], { number, of }: Share): number[] {
  return steps.filter((_, i) => i % of === number - 1);
}

/** Folder of a share's tables, inside the run's; made where it is not there. */
export function shareFolder(folder: string, { number, of }: Share): string {
  const path = join(folder, `share-${number}-of-${of}`);
  writing(path, () => mkdirSync(path, { recursive: true }));
  return path;
}

/** The folders of the shares that a run's folder holds. */
export function shareFolders(folder: string): string[] {
  return foldersIn(folder).filter((path) => NAME.test(basename(path)));
}

/**
 * Brings the tables of all shares into the run's own, which the caller has locked, and removes the shares.
 * @param drop true to remove them only.
 * @throws Problem where a share is still at work or was measured with other settings.
 */
export function takeShares(folder: string, drop = false): void {
  for (const share of shareFolders(folder)) {
    const unlock = lockRun(share);
    try {
      if (!drop) moveLandscape(share, folder);
      writing(share, () => rmSync(share, { recursive: true }));
    } finally {
      unlock();
    }
  }
}
