import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { type NeoXConfig, neoxConfig } from './config';
import { CACHE, lockFolder, Problem, writeWhole, writing } from './core';
import { type DownloadOptions, download } from './download';
import { neoxShapes } from './gpt-neox';
import { type AskOptions, type HubFile, hubFiles, NotOnHub } from './hub';
import { openSafetensors } from './safetensors-file';
import { STANDIN_HUB } from './standin';
import { revisionOf } from './steps';
import { readTokenizer, type Tokenizer } from './tokenizer';
import { openTorchFile } from './torch-file';
import { damagedFile, joinShards, type WeightFile } from './weight-file';

/** A checkpoint on disk, ready to be read. */
export interface Checkpoint {
  readonly folder: string;
  readonly config: NeoXConfig;
  readonly tokenizer: Tokenizer;
  /** Weights that have the shapes of the config; close them after use. */
  readonly weights: WeightFile;
}

/** Where a model's checkpoints come from. */
export interface CheckpointSource {
  /** The files of a step; none for what lies on this machine. Throws NotOnHub where the step is not there. */
  list(step: number, options?: AskOptions): Promise<HubFile[]>;
  /** Folder with the listed files, fetched where they are missing; held against other processes until `done`. */
  folder(step: number, files: readonly HubFile[], options?: DownloadOptions): Promise<string>;
  /** Called when a checkpoint's measures are taken, or could not be. */
  done(step: number): void;
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

/**
 * The files with a checkpoint's weights: one, or all shards of one; safetensors where there are both.
 * @returns none where no set is whole.
 */
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

/**
 * Checkpoints of a model on the hub, fetched one by one into a cache.
 * @param repo owner and name, such as `EleutherAI/pythia-160m-deduped`.
 */
export function hubSource(repo: string, options: CacheOptions = {}): CheckpointSource {
  const { cache = join(CACHE, 'pythia'), keep = false } = options;
  const place = (step: number) => join(cache, repo, revisionOf(step));
  const held = new Map<number, () => void>();
  return {
    async list(step, asking) {
      const files = await hubFiles(repo, revisionOf(step), asking);
      const weights = weightFiles(files.map(({ path }) => path));
      const wanted = files.filter(({ path }) => SMALL.includes(path) || weights.includes(path));
      const missing = wanted.some(({ path }) => path === SMALL[0]) ? 'whole weights' : SMALL[0];
      if (weights.length === 0 || missing === SMALL[0]) {
        throw new NotOnHub(`${repo} at ${revisionOf(step)} has no ${missing}.`);
      }
      return wanted;
    },
    async folder(step, files, asking = {}) {
      const folder = makeFolder(place(step));
      held.set(step, lockFolder(folder, 'the checkpoint'));
      try {
        claim(folder);
        const absent = files.filter(({ path }) => !existsSync(join(folder, path)));
        wantRoom(
          cache,
          absent.reduce((sum, { size }) => sum + size, 0),
        );
        for (const file of files) {
          await download(repo, revisionOf(step), file, join(folder, file.path), asking);
        }
        return folder;
      } catch (error) {
        held.get(step)?.();
        throw error;
      }
    },
    done(step) {
      const folder = place(step);
      const weights = readdirSync(folder).filter((name) => /^(pytorch_)?model[-.]/.test(name));
      if (!keep) for (const name of weights) rmSync(join(folder, name), { force: true });
      held.get(step)?.();
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
export function folderSource(repo: string, hub = STANDIN_HUB): CheckpointSource {
  return {
    list: async () => [],
    async folder(step) {
      const path = join(hub, repo, revisionOf(step));
      if (existsSync(path)) return path;
      throw new Problem(
        `There is no ${path}: make the stand-in ("npm run pythia -- --standin NAME").`,
      );
    },
    done: () => {},
  };
}

/**
 * Opens a checkpoint's files.
 * @throws Problem where one is missing, or the weights are not those of the config.
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const path = join(folder, 'config.json');
  if (!existsSync(path)) throw damagedFile(folder, 'it has no config.json');
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw damagedFile(path, `it is not JSON: ${(error as Error).message}`);
  }
  const config = neoxConfig(json, path);
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
      throw damagedFile(
        weights.path,
        `by its config.json ${tensor} is [${shape}], and it is ${is}`,
      );
    }
    return { folder, config, tokenizer, weights };
  } catch (error) {
    for (const own of shards) own.close();
    throw error;
  }
}

/**
 * Makes a folder where there is none.
 * @throws Problem where a file is in its way, or it cannot be made.
 */
export function makeFolder(path: string): string {
  try {
    writing(path, () => mkdirSync(path, { recursive: true }));
  } catch (error) {
    if (!/^(EEXIST|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new Problem(`${path} cannot be a folder, since a file is in its way: give another.`);
  }
  return path;
}

/** @throws Problem where the disk of a folder has no room for so many bytes more. */
function wantRoom(cache: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(cache);
  const gigabytes = (value: number) => `${(value / 1e9).toFixed(2)} GB`;
  if (bavail * bsize >= bytes + SPARE_BYTES || bytes === 0) return;
  throw new Problem(
    `${cache} has ${gigabytes(bavail * bsize)} free, and the checkpoint needs ${gigabytes(bytes)} and some room: ` +
      'free space or give another place (--cache).',
  );
}
