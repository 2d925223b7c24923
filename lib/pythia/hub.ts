import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listFiles } from '@huggingface/hub';
import { Agent, EnvHttpProxyAgent, fetch, type RequestInit, type Response } from 'undici';
import { Problem, writing } from './core';

/**
 * Where the hub is; HF_ENDPOINT names a mirror, as with Hugging Face's own tools.
 * @throws Problem where it is no address, or holds a password, which messages would then repeat.
 */
export function hubEndpoint(): string {
  const given = process.env.HF_ENDPOINT || 'https://huggingface.co';
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.username || url?.password) {
    const remedy = 'give the address without them';
    throw new Problem(`HF_ENDPOINT holds a user name or a password: ${remedy}.`);
  }
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Problem(`HF_ENDPOINT is "${given}": give an address such as https://huggingface.co.`);
  }
  return given.replace(/\/+$/, '');
}

/** One file of a revision, as the hub lists it. */
export interface HubFile {
  readonly path: string;
  readonly size: number;
  /** What its content must hash to: SHA-256 of large files, git's SHA-1 of small ones. */
  readonly hash: { readonly kind: 'sha256' | 'git'; readonly value: string };
}

/** Times that a request is tried again where the hub is busy or the line breaks, and the first pause. */
const PATIENCE = { retries: 5, pauseMs: 1000 };
/** Longest pause that is waited out; the hub counts requests in windows of five minutes. */
const LONGEST_PAUSE_MS = 600_000;
/** A line that sends nothing for this long counts as broken. */
const SILENCE_MS = 60_000;

/** How to ask, and whom to tell of it. */
export interface AskOptions {
  readonly patience?: typeof PATIENCE;
  /** Stops requests and pauses between them. */
  readonly signal?: AbortSignal;
  /** Told before a pause of some seconds, with the reason. */
  readonly onWait?: (seconds: number, reason: string) => void;
  /** Told the bytes of a file that are there, of all. */
  readonly onProgress?: (bytes: number, of: number) => void;
}

/** The hub was reached and does not have what was asked for. */
export class NotOnHub extends Problem {}

/**
 * Files of one revision.
 *
 * ```ts
 * const files = await hubFiles('EleutherAI/pythia-160m-deduped', 'step512');
 * ```
 * @throws NotOnHub where there is no such model or revision; Problem where the hub cannot be reached.
 */
export async function hubFiles(
  repo: string,
  revision: string,
  options: AskOptions = {},
): Promise<HubFile[]> {
  const hubUrl = hubEndpoint();
  const ask = (address: unknown, init: object) =>
    hubFetch(String(address), { ...init, signal: options.signal });
  return patiently(`${repo} at ${revision}`, options, async () => {
    const files: HubFile[] = [];
    for await (const each of listFiles({ repo, revision, hubUrl, fetch: ask as never })) {
      const { type, path, size, oid, lfs } = each;
      const hash = lfs?.oid ?? oid;
      if (type !== 'file' || !hash) continue;
      const kind = lfs ? 'sha256' : 'git';
      files.push({ path, size: lfs?.size ?? size, hash: { kind, value: hash } });
    }
    return files;
  });
}

/**
 * Fetches one file. What has come so far stays as `.partial` when the line breaks or the process ends, and the next call
 * goes on from there. The file appears in its place once its size and hash are those that the hub lists; where they are
 * not, it is fetched once more. A file that is there already is held against the hash, too.
 * @throws Problem where it is not there, the hash is wrong twice, the disk is full, or `signal` stops it.
 */
export async function download(
  repo: string,
  revision: string,
  file: HubFile,
  path: string,
  options: AskOptions = {},
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
  { signal, onProgress }: AskOptions,
): Promise<void> {
  let there = fs.statSync(partial, { throwIfNoEntry: false })?.size ?? 0;
  if (there > 0 && there === size) return;
  if (there > size) there = 0;
  const headers: Record<string, string> = there ? { Range: `bytes=${there}-` } : {};
  const answer = await hubFetch(url, { headers, signal }).catch((error) => {
    // The server knows no such range: what is here does not belong to its file.
    if (error instanceof HttpFailure && error.status === 416) fs.rmSync(partial, { force: true });
    throw error;
  });
  // A server that does not know ranges sends the whole file again.
  if (answer.status !== 206) there = 0;
  const file = writing(partial, () => fs.openSync(partial, there ? 'a' : 'w'));
  try {
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      there += chunk.length;
      if (there > size) throw new Problem(`${url} sends more than the ${size} bytes it lists.`);
      writing(partial, () => fs.writeFileSync(file, chunk));
      onProgress?.(there, size);
    }
    if (there < size) throw Object.assign(new Error(`cut at byte ${there}`), { code: 'CUT' });
    writing(partial, () => fs.fsyncSync(file));
  } finally {
    fs.closeSync(file);
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

/** An answer of the hub that was not what was asked for; `wait` is the milliseconds that it asks to wait. */
class HttpFailure extends Error {
  constructor(
    readonly status: number,
    readonly wait?: number,
  ) {
    super(`HTTP ${status}`);
  }
}

let agent: Agent | EnvHttpProxyAgent | undefined;

/** fetch, through the user's proxy. @throws HttpFailure for an answer that is not `ok`; Problem for a web page, as a login. */
async function hubFetch(address: string, init: RequestInit): Promise<Response> {
  const { HTTPS_PROXY, HTTP_PROXY, https_proxy, http_proxy } = process.env;
  const proxied = HTTPS_PROXY || HTTP_PROXY || https_proxy || http_proxy;
  const limits = { headersTimeout: SILENCE_MS, bodyTimeout: SILENCE_MS };
  agent ??= proxied ? new EnvHttpProxyAgent(limits) : new Agent(limits);
  const answer = await fetch(address, { ...init, dispatcher: agent });
  const page = answer.headers.get('content-type')?.startsWith('text/html');
  if (answer.ok && !page) return answer;
  await answer.body?.cancel();
  if (!answer.ok) throw new HttpFailure(answer.status, waitAsked(answer.headers));
  throw new Problem(
    `${hubEndpoint()} answered with a web page: a login or a filter stands before it. Check HF_ENDPOINT and the network.`,
  );
}

/**
 * Milliseconds that an answer asks to wait: its Retry-After, as seconds or a date (RFC 9110, 10.2.3), or what is left of
 * the window in the hub's RateLimit header, such as `"api";r=0;t=55`.
 */
export function waitAsked(headers: Pick<Headers, 'get'>, now = Date.now()): number | undefined {
  const after = headers.get('retry-after')?.trim() ?? '';
  const wait = /^\d+$/.test(after) ? 1000 * Number(after) : Date.parse(after) - now;
  if (Number.isFinite(wait)) return Math.max(0, wait);
  const left = /;\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '');
  return left ? 1000 * Number(left[1]) : undefined;
}

/**
 * Does `work`, again after a pause where the hub is busy (429, 5xx) or the line breaks; the pause doubles, or is what the
 * hub asks for. @throws Problem once it is clear that it will not work, or where the signal stops it.
 */
async function patiently<T>(
  what: string,
  { patience = PATIENCE, signal, onWait }: AskOptions,
  work: () => Promise<T>,
): Promise<T> {
  const stopped = () =>
    new Problem(`${what}: stopped; what is there is kept. Run the same again to go on.`);
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Problem) throw error;
      if (signal?.aborted) throw stopped();
      const failure = failureOf(error);
      if (!failure) throw error;
      const pause = failure.wait ?? patience.pauseMs * 2 ** attempt;
      const message = `${what}: ${failure.message}`;
      if (failure.status === 404) throw new NotOnHub(message);
      if (!failure.passing || attempt >= patience.retries || pause > LONGEST_PAUSE_MS) {
        throw new Problem(message);
      }
      onWait?.(pause / 1000, failure.reason);
      await sleep(pause, undefined, { signal }).catch(() => {
        throw stopped();
      });
    }
  }
}

/** What an error means, in some words, and whether trying again may help. Undefined where it is not the network's. */
function failureOf(error: unknown) {
  const endpoint = hubEndpoint();
  if (error instanceof HttpFailure) {
    const { status, wait } = error;
    const passing = status === 416 || status === 429 || status >= 500;
    const closed = `${endpoint} does not let it be read without an account.`;
    const rest = wait === undefined ? 'some minutes' : `${Math.ceil(wait / 60_000)} min`;
    const messages: Record<number, string> = {
      401: closed,
      403: closed,
      404: `not on ${endpoint}. Check the model and the step.`,
      429: `${endpoint} limits the rate of requests. Wait ${rest}, then run again; it goes on from here.`,
    };
    const other = `${endpoint} answered ${status}.${passing ? ' Run again later.' : ''}`;
    const reason = status === 429 ? 'it limits the rate of requests' : `it answers ${status}`;
    return { status, wait, reason, passing, message: messages[status] ?? other };
  }
  if (!isNetworkError(error)) return undefined;
  const code = (error.cause as { code?: string } | undefined)?.code ?? error.message;
  const reason = `it cannot be reached (${code})`;
  const remedy = 'Check the network, set HF_ENDPOINT to a mirror, or use a stand-in (--standin)';
  const message = `${endpoint} cannot be reached (${code}). ${remedy}; what is already there is kept.`;
  return { reason, message, passing: true };
}

/** fetch throws a TypeError whose cause names what happened; a cut line ends the body with one, too. */
function isNetworkError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code } = (error.cause ?? error) as NodeJS.ErrnoException;
  const known = /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EPIPE|EHOST|ENET|UND_ERR|CUT)/.test(code ?? '');
  return known || (error instanceof TypeError && /fetch failed|terminated/.test(error.message));
}
