import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { Problem, writing } from './core';
import {
  type AskOptions,
  HttpFailure,
  type HubFile,
  hubEndpoint,
  hubFetch,
  patiently,
  SILENCE_MS,
} from './hub';

/** What to fetch, and whom to tell. */
export interface DownloadOptions extends AskOptions {
  /** Told the bytes that are there, of all. */
  readonly onProgress?: (bytes: number, of: number) => void;
}

/**
 * Fetches one file. What has come so far stays beside its place as `.partial` when the line breaks or the
 * process ends, and the next call goes on from there. The file appears in its place only when its size and
 * hash are those that the hub lists; where they are not, it is fetched once more from the start. A file that is
 * there already is held against the hub's hash, too.
 * @throws Problem where it is not there, the hash is wrong twice, the disk is full, or `signal` stops it.
 */
export async function download(
  repo: string,
  revision: string,
  file: HubFile,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  if (await isThere(path, file)) return;
  const partial = `${path}.partial`;
  writing(path, () => fs.mkdirSync(dirname(path), { recursive: true }));
  const url = `${hubEndpoint()}/${repo}/resolve/${encodeURIComponent(revision)}/${file.path}`;
  const what = `${repo} ${revision} ${file.path}`;
  for (const last of [false, true]) {
    await patiently(what, options, () => append(url, partial, file, options));
    if (await isThere(partial, file)) {
      writing(path, () => fs.renameSync(partial, path));
      return;
    }
    fs.rmSync(partial, { force: true });
    if (last) {
      throw new Problem(
        `${what} came twice with another content than the hub lists (its ${file.hash.kind} hash is wrong): ` +
          'nothing is kept. Try again later, or from another mirror (HF_ENDPOINT).',
      );
    }
  }
}

/** Gets what is missing of a file. */
async function append(
  url: string,
  partial: string,
  { size }: HubFile,
  { signal, onProgress }: DownloadOptions,
): Promise<void> {
  let from = fs.statSync(partial, { throwIfNoEntry: false })?.size ?? 0;
  if (from > size) fs.rmSync(partial);
  if (from > size) from = 0;
  if (from === size && fs.existsSync(partial)) return;
  const stop = new AbortController();
  const give = () => stop.abort();
  signal?.addEventListener('abort', give);
  let silence = setTimeout(give, SILENCE_MS);
  try {
    const headers = from ? { Range: `bytes=${from}-` } : undefined;
    const answer = await hubFetch(url, { headers, signal: stop.signal });
    // A server that does not know ranges sends the whole file again.
    if (from && answer.status !== 206) from = 0;
    const file = writing(partial, () => fs.openSync(partial, from ? 'a' : 'w'));
    try {
      let there = from;
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        clearTimeout(silence);
        silence = setTimeout(give, SILENCE_MS);
        there += chunk.length;
        if (there > size) throw new Problem(`${url} sends more than the ${size} bytes it lists.`);
        writing(partial, () => {
          for (let at = 0; at < chunk.length; ) at += fs.writeSync(file, chunk, at);
        });
        onProgress?.(there, size);
      }
      if (there < size) throw Object.assign(new Error(`cut at byte ${there}`), { code: 'CUT' });
      writing(partial, () => fs.fsyncSync(file));
    } finally {
      fs.closeSync(file);
    }
  } catch (error) {
    if (signal?.aborted) {
      throw new Problem(
        `Stopped; what has come of ${partial} is kept. Run the same again to go on.`,
      );
    }
    if (stop.signal.aborted) {
      throw Object.assign(new Error(`silent for ${SILENCE_MS / 1000} s`), { code: 'ETIMEDOUT' });
    }
    // The server knows no such range: what is here does not belong to its file.
    if (error instanceof HttpFailure && error.status === 416) {
      fs.rmSync(partial, { force: true });
      throw Object.assign(new Error('no such range'), { code: 'CUT' });
    }
    throw error;
  } finally {
    clearTimeout(silence);
    signal?.removeEventListener('abort', give);
  }
}

/** True where a file has the size and the hash that the hub lists. */
async function isThere(path: string, { hash, size }: HubFile): Promise<boolean> {
  if (fs.statSync(path, { throwIfNoEntry: false })?.size !== size) return false;
  const sum = createHash(hash.kind === 'sha256' ? 'sha256' : 'sha1');
  // Git hashes a file together with a word about it.
  if (hash.kind === 'git') sum.update(`blob ${size}\0`);
  for await (const chunk of fs.createReadStream(path)) sum.update(chunk as Buffer);
  return sum.digest('hex') === hash.value;
}
