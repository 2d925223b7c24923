import { existsSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { neoxConfig, readPart, readTokenizer } from './config';
import { CACHE, lockFolder, makeFolder, Problem, writeWhole } from './core';
import { neoxShapes } from './gpt-neox';
import { type AskOptions, download, type HubFile, hubFiles, NotOnHub } from './hub';
import { revisionOf } from './steps';
import { openTorchFile } from './torch-file';
import { damagedFile, joinShards, openSafetensors, type WeightFile } from './weights';

/** Where a model's checkpoints come from. */
export interface CheckpointSource {
  /** A step's files as served, and the hashes of its weights, '' on this machine; undefined where it is not there. */
  look(
    step: number,
    options?: AskOptions,
  ): Promise<{ readonly files: readonly HubFile[]; readonly hashes: string } | undefined>;
  /** Brings these files to a folder, held against other processes until `done` is called. */
  fetch(
    step: number,
    files: readonly HubFile[],
    options?: AskOptions,
  ): Promise<{ readonly folder: string; done(): void }>;
}

const SMALL = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];

/** Room left on the disk. */
const SPARE_BYTES = 1e9;

/** How checkpoints are kept. */
export interface CacheOptions {
  /** Where they go; `.cache/pythia` by default. */
  readonly cache?: string;
  /** True to keep weights after they are measured. */
  readonly keep?: boolean;
}

/** The files with a checkpoint's weights: one, or all shards, safetensors before others; none where no set is whole. */
export function weightFiles(names: readonly string[]): string[] {
  for (const [stem, ending] of [
    ['model', 'safetensors'],
    ['pytorch_model', 'bin'],
  ]) {
    if (names.includes(`${stem}.${ending}`)) return [`${stem}.${ending}`];
    const shards = names.filter((name) => name.startsWith(`${stem}-`) && name.endsWith(ending));
    const counts = new Set(shards.map((name) => /-of-(\d{5})\./.exec(name)?.[1] ?? ''));
    for (const count of counts) {
      const own = shards.filter((name) => name.includes(`-of-${count}.`)).sort();
      if (own.length === Number(count)) return own;
    }
  }
  return [];
}

/** Checkpoints of a model on the hub, fetched one by one into a cache. @param repo `EleutherAI/pythia-160m-deduped`. */
export function hubSource(repo: string, options: CacheOptions = {}): CheckpointSource {
  const { cache = join(CACHE, 'pythia'), keep = false } = options;
  return {
    async look(step, asking) {
      const files = await hubFiles(repo, revisionOf(step), asking).catch((error) => {
        if (error instanceof NotOnHub) return [];
        throw error;
      });
      const names = weightFiles(files.map(({ path }) => path));
      const weights = files.filter(({ path }) => names.includes(path));
      const small = files.filter(({ path }) => SMALL.includes(path));
      if (weights.length === 0 || !small.some(({ path }) => path === SMALL[0])) return undefined;
      const hashes = weights.map(({ hash }) => hash.value).join('+');
      return { files: [...small, ...weights], hashes };
    },
    async fetch(step, files, asking) {
      const folder = join(cache, repo, revisionOf(step));
      makeFolder(folder);
      const release = lockFolder(folder, 'the checkpoint');
      try {
        claim(folder);
        const absent = files.filter(({ path }) => !existsSync(join(folder, path)));
        wantRoom(cache, absent);
        for (const file of files) {
          await download(repo, revisionOf(step), file, join(folder, file.path), asking);
        }
      } catch (error) {
        release();
        throw error;
      }
      const done = () => {
        const weights = readdirSync(folder).filter((name) => /^(pytorch_)?model[-.]/.test(name));
        if (!keep) for (const name of weights) rmSync(join(folder, name), { force: true });
        release();
      };
      return { folder, done };
    },
  };
}

/** Names a folder as one of this cache, whose weights come and go. */
const MARK = 'fetched-here';

/** @throws Problem where a folder holds files that were not fetched here: they would be replaced or removed. */
function claim(folder: string): void {
  const mark = join(folder, MARK);
  if (existsSync(mark)) return;
  const found = readdirSync(folder).find((name) => !/^lock(\.|$)/.test(name));
  if (found !== undefined) {
    throw new Problem(
      `${folder} holds ${found}, which was not fetched here: give another place (--cache), or delete the folder.`,
    );
  }
  writeWhole(mark, '');
}

/** Checkpoints of a stand-in, or of any folder in the hub's layout `<hub>/<owner>/<model>/step<N>/`. */
export function folderSource(repo: string, hub: string): CheckpointSource {
  return {
    look: async () => ({ files: [], hashes: '' }),
    async fetch(step) {
      const folder = join(hub, repo, revisionOf(step));
      if (existsSync(folder)) return { folder, done: () => {} };
      throw new Problem(
        `There is no ${folder}: make the stand-in ("npm run pythia -- --standin NAME").`,
      );
    },
  };
}

/** A checkpoint on disk, ready to be read; its weights have the shapes of its config. Close them after use. */
export type Checkpoint = Awaited<ReturnType<typeof openCheckpoint>>;

/** Opens a checkpoint's files. @throws Problem where one is missing, or the weights are not those of the config. */
export async function openCheckpoint(folder: string) {
  const config = neoxConfig(readPart(folder, 'config.json'), join(folder, 'config.json'));
  const tokenizer = readTokenizer(folder);
  const names = weightFiles(readdirSync(folder));
  if (names.length === 0) throw damagedFile(folder, 'it has no whole weights');
  const shards: WeightFile[] = [];
  try {
    for (const name of names) {
      const open = name.endsWith('.bin') ? openTorchFile : openSafetensors;
      shards.push(await open(join(folder, name)));
    }
    const weights = joinShards(shards);
    for (const [tensor, shape] of Object.entries(neoxShapes(config))) {
      const found = weights.tensors.get(tensor)?.shape;
      if (String(found) === String(shape)) continue;
      const is = found ? `[${found}]` : 'missing';
      const wrong = `by its config.json ${tensor} is [${shape}], and it is ${is}`;
      throw damagedFile(weights.path, wrong);
    }
    return { folder, config, tokenizer, weights };
  } catch (error) {
    for (const own of shards) own.close();
    throw error;
  }
}

/** @throws Problem where the disk of a folder has no room for these files too. */
function wantRoom(cache: string, files: readonly HubFile[]): void {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const { bavail, bsize } = statfsSync(cache);
  const gigabytes = (value: number) => `${(value / 1e9).toFixed(2)} GB`;
  if (bavail * bsize >= bytes + SPARE_BYTES || bytes === 0) return;
  throw new Problem(
    `${cache} has ${gigabytes(bavail * bsize)} free, and the checkpoint needs ${gigabytes(bytes)} and some room: ` +
      'free space or give another place (--cache).',
  );
}
