import { existsSync, readdirSync, readFileSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { CACHE } from '../environment/paths';
import { Problem } from '../environment/problem';
import { type NeoXConfig, neoxConfig } from './config';
import { type DownloadOptions, download } from './download';
import { neoxShapes } from './gpt-neox';
import { type AskOptions, type HubFile, hubFiles, NotOnHub } from './hub';
import { openSafetensors } from './safetensors-file';
import { STANDIN_HUB } from './standin';
import { revisionOf } from './steps';
import { readTokenizer, type Tokenizer } from './tokenizer';
import { openTorchFile } from './torch-file';
import type { WeightFile } from './weight-file';

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
  /** The files that {@link CheckpointSource.folder} would fetch. Throws NotOnHub where the step is not there. */
  list(step: number, options?: AskOptions): Promise<HubFile[]>;
  /** Folder with the checkpoint's files, fetched where they are missing. */
  folder(step: number, options?: DownloadOptions): Promise<string>;
  /** Called when a checkpoint's measures are taken. */
  done(step: number): void;
}

const WEIGHTS = ['model.safetensors', 'pytorch_model.bin'];
const SMALL = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];

/** Fetched checkpoints are kept below this size by default: weights go once they are measured. */
export const CACHE_BYTES = 30e9;
/** Room left on the disk. */
const SPARE_BYTES = 1e9;

/** How checkpoints are kept. */
export interface CacheOptions {
  /** Where they go; `.cache/pythia` by default. */
  readonly cache?: string;
  /** Most bytes of all checkpoints together, {@link CACHE_BYTES} by default. */
  readonly limit?: number;
  /** True to keep weights after they are measured, up to the limit. */
  readonly keep?: boolean;
}

/**
 * Checkpoints of a model on the hub, fetched one by one into a cache.
 * @param repo owner and name, such as `EleutherAI/pythia-160m`.
 */
export function hubSource(repo: string, options: CacheOptions = {}): CheckpointSource {
  const { cache = join(CACHE, 'pythia'), limit = CACHE_BYTES, keep = false } = options;
  const place = (step: number) => join(cache, repo, revisionOf(step));
  const list = async (step: number, options?: AskOptions) => {
    const files = await hubFiles(repo, revisionOf(step), options);
    const weights = WEIGHTS.map((name) => files.find(({ path }) => path === name)).find(Boolean);
    const small = files.filter(({ path }) => SMALL.includes(path));
    if (!weights || !small.some(({ path }) => path === 'config.json')) {
      throw new NotOnHub(
        `${repo} at ${revisionOf(step)} has no ${weights ? 'config.json' : WEIGHTS.join(' or ')} in one piece.`,
      );
    }
    return [...small, weights];
  };
  return {
    list,
    async folder(step, given = {}) {
      const folder = place(step);
      // Files appear in their places whole, so nothing needs to be asked where all are there.
      if (isWhole(folder)) return folder;
      const files = await list(step, given);
      const missing = files
        .filter(({ path }) => !existsSync(join(folder, path)))
        .reduce((sum, { size }) => sum + size, 0);
      makeRoom(cache, missing, limit, folder);
      for (const file of files) {
        await download(repo, revisionOf(step), file, join(folder, file.path), given);
      }
      return folder;
    },
    done(step) {
      if (keep) return;
      for (const name of WEIGHTS) rmSync(join(place(step), name), { force: true });
    },
  };
}

/** Checkpoints of a stand-in, or of any folder in the hub's layout `<hub>/<owner>/<model>/step<N>/`. */
export function folderSource(repo: string, hub = STANDIN_HUB): CheckpointSource {
  const folder = async (step: number) => {
    const path = join(hub, repo, revisionOf(step));
    if (!existsSync(path)) {
      throw new Problem(
        `There is no ${path}: make the stand-in ("npm run pythia -- --standin NAME").`,
      );
    }
    return path;
  };
  return {
    async list(step) {
      await folder(step);
      return [];
    },
    folder,
    done: () => {},
  };
}

/**
 * Opens a checkpoint's files.
 * @throws Problem where one is missing, or the weights are not those of the config.
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const path = join(folder, 'config.json');
  if (!existsSync(path)) throw new Problem(`There is no ${path}: fetch the checkpoint again.`);
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Problem(
      `${path} is not JSON (${(error as Error).message}): delete it and fetch it again.`,
    );
  }
  const config = neoxConfig(json, path);
  const [name] = WEIGHTS.filter((each) => existsSync(join(folder, each)));
  if (!name) throw new Problem(`${folder} has no ${WEIGHTS.join(' or ')}: fetch it again.`);
  const weights =
    name === WEIGHTS[0]
      ? openSafetensors(join(folder, name))
      : await openTorchFile(join(folder, name));
  try {
    for (const [tensor, shape] of Object.entries(neoxShapes(config))) {
      const found = weights.tensors.get(tensor)?.shape;
      if (String(found) !== String(shape)) {
        throw new Problem(
          `${weights.path} does not fit its config.json: ${tensor} should be [${shape}] and is ` +
            `${found ? `[${found}]` : 'missing'}.`,
        );
      }
    }
    return { folder, config, tokenizer: readTokenizer(folder), weights };
  } catch (error) {
    weights.close();
    throw error;
  }
}

function isWhole(folder: string): boolean {
  const has = (name: string) => existsSync(join(folder, name));
  return has('config.json') && has('tokenizer.json') && WEIGHTS.some(has);
}

/** Deletes the weights that were used longest ago until `bytes` more stay within the limit and fit the disk. */
function makeRoom(cache: string, bytes: number, limit: number, spare: string): void {
  if (bytes === 0) return;
  if (bytes > limit) {
    throw new Problem(
      `The checkpoint has ${gigabytes(bytes)} and the cache may hold ${gigabytes(limit)}: allow more (--cache-gb).`,
    );
  }
  const held = existsSync(cache)
    ? readdirSync(cache, { recursive: true, encoding: 'utf8' })
        .map((name) => join(cache, name))
        .filter(
          (path) => WEIGHTS.some((name) => path.includes(name)) && !path.startsWith(spare + sep),
        )
        .map((path) => ({ path, ...statSync(path) }))
        .sort((a, b) => a.mtimeMs - b.mtimeMs)
    : [];
  let total = held.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size } of held) {
    if (total + bytes <= limit) break;
    rmSync(path);
    total -= size;
  }
  const free = freeBytes(cache);
  if (free < bytes + SPARE_BYTES) {
    throw new Problem(
      `${cache} has ${gigabytes(free)} free, and the checkpoint needs ${gigabytes(bytes)} and some room: free space or give another place (--cache).`,
    );
  }
}

function freeBytes(folder: string): number {
  let place = folder;
  while (!existsSync(place)) place = join(place, '..');
  const { bavail, bsize } = statfsSync(place);
  return bavail * bsize;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
