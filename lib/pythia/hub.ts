import { setTimeout as sleep } from 'node:timers/promises';
import { listFiles } from '@huggingface/hub';
import { EnvHttpProxyAgent } from 'undici';
import { Problem } from './core';

/**
 * Where the hub is; HF_ENDPOINT names a mirror, as with Hugging Face's own tools.
 * @throws Problem where it is no address, or holds a password, which messages would then repeat.
 */
export function hubEndpoint(): string {
  const given = process.env.HF_ENDPOINT || 'https://huggingface.co';
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.username || url?.password) {
    throw new Problem(
      'HF_ENDPOINT holds a user name or a password: give the address without them.',
    );
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
export const PATIENCE = { retries: 5, pauseMs: 1000 };
export type Patience = typeof PATIENCE;
/** Longest pause that is waited out; the hub counts requests in windows of five minutes. */
const LONGEST_PAUSE_MS = 600_000;
/** A line that sends nothing for this long counts as broken. */
export const SILENCE_MS = 60_000;

/** How to ask, and whom to tell of it. */
export interface AskOptions {
  readonly patience?: Patience;
  /** Stops requests and pauses between them. */
  readonly signal?: AbortSignal;
  /** Told before a pause of some seconds, with the reason. */
  readonly onWait?: (seconds: number, reason: string) => void;
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
  const ask: typeof fetch = async (address, init) => {
    const silence = AbortSignal.timeout(SILENCE_MS);
    const signal = options.signal ? AbortSignal.any([options.signal, silence]) : silence;
    return hubFetch(String(address), { ...init, signal });
  };
  return patiently(`${repo} at ${revision}`, options, async () => {
    const files: HubFile[] = [];
    for await (const each of listFiles({ repo, revision, hubUrl, fetch: ask })) {
      const { type, path, size, oid, lfs } = each;
      const hash = lfs?.oid ?? oid;
      if (type !== 'file' || !hash) continue;
      const kind = lfs ? 'sha256' : 'git';
      files.push({ path, size: lfs?.size ?? size, hash: { kind, value: hash } });
    }
    return files;
  });
}

/** An answer of the hub that was not what was asked for. */
export class HttpFailure extends Error {
  /** @param wait milliseconds that the hub asks to wait, where it does. */
  constructor(
    readonly status: number,
    readonly wait?: number,
  ) {
    super(`HTTP ${status}`);
  }
}

let proxy: EnvHttpProxyAgent | undefined;

/**
 * fetch, through the proxy that HTTPS_PROXY or HTTP_PROXY names.
 * @throws HttpFailure for an answer that is not `ok`; Problem for a web page, such as a login, in its place.
 */
export async function hubFetch(address: string, init: RequestInit): Promise<Response> {
  const { HTTPS_PROXY, HTTP_PROXY, https_proxy, http_proxy } = process.env;
  if (HTTPS_PROXY || HTTP_PROXY || https_proxy || http_proxy) proxy ??= new EnvHttpProxyAgent();
  // Node's own fetch takes undici's dispatchers, which its types leave out.
  const answer = await fetch(address, { ...init, dispatcher: proxy } as RequestInit);
  const page = answer.headers.get('content-type')?.startsWith('text/html');
  if (answer.ok && !page) return answer;
  await answer.body?.cancel();
  if (!answer.ok) throw new HttpFailure(answer.status, waitAsked(answer.headers));
  throw new Problem(
    `${hubEndpoint()} answered with a web page: a login or a filter stands before it. Check HF_ENDPOINT and the network.`,
  );
}

/**
 * Milliseconds that an answer asks to wait: its Retry-After, as seconds or a date (RFC 9110, 10.2.3), or what is
 * left of the window in the hub's RateLimit header, such as `"api";r=0;t=55`. Undefined where it asks for nothing.
 */
export function waitAsked(headers: Headers, now = Date.now()): number | undefined {
  const after = headers.get('retry-after')?.trim() ?? '';
  const wait = /^\d+$/.test(after) ? 1000 * Number(after) : Date.parse(after) - now;
  if (Number.isFinite(wait)) return Math.max(0, wait);
  const left = /;\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '');
  return left ? 1000 * Number(left[1]) : undefined;
}

/**
 * Does `work`, again after a pause where the hub is busy (429, 5xx) or the line breaks; the pause doubles, or
 * is what the hub asks for.
 * @param what is being fetched, for messages.
 * @throws Problem in one line once it is clear that it will not work, or where the signal stops a pause.
 */
export async function patiently<T>(
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
      if (failure.notThere) throw new NotOnHub(message);
      if (failure.final || attempt >= patience.retries || pause > LONGEST_PAUSE_MS) {
        throw new Problem(message);
      }
      onWait?.(pause / 1000, failure.reason);
      await sleep(pause, undefined, { signal }).catch(() => {
        throw stopped();
      });
    }
  }
}

/** What an error means: `reason` in some words, and whether trying again is of no use. */
interface Failure {
  readonly message: string;
  readonly reason: string;
  readonly final?: boolean;
  readonly notThere?: boolean;
  readonly wait?: number;
}

/** Undefined where the error is not the network's. */
function failureOf(error: unknown): Failure | undefined {
  const endpoint = hubEndpoint();
  if (!(error instanceof HttpFailure)) {
    if (!isNetworkError(error)) return undefined;
    const code = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).message;
    const reason = `it cannot be reached (${code})`;
    const remedy = 'Check the network, set HF_ENDPOINT to a mirror, or use a stand-in (--standin)';
    const message = `${endpoint} cannot be reached (${code}). ${remedy}; what is already there is kept.`;
    return { reason, message };
  }
  const { status, wait } = error;
  const reason = status === 429 ? 'it limits the rate of requests' : `it answers ${status}`;
  const failure = (message: string, more: Partial<Failure> = {}) => ({ reason, message, ...more });
  switch (status) {
    case 404:
      return failure(`not on ${endpoint}. Check the model and the step.`, { notThere: true });
    case 401:
    case 403:
      return failure(`${endpoint} does not let it be read without an account.`, { final: true });
    case 429: {
      const rest = wait === undefined ? 'some minutes' : `${Math.ceil(wait / 60_000)} min`;
      const remedy = `Wait ${rest}, then run again; it goes on from here.`;
      return failure(`${endpoint} limits the rate of requests. ${remedy}`, { wait });
    }
  }
  const later = status >= 500 ? ' Run again later.' : '';
  return failure(`${endpoint} answered ${status}.${later}`, { final: !later, wait });
}

/** fetch throws a TypeError whose cause names what happened; a cut line ends the body with one, too. */
function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'TimeoutError') return true;
  const { code } = (error.cause ?? error) as NodeJS.ErrnoException;
  const known = /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EPIPE|EHOST|ENET|UND_ERR|CUT)/.test(code ?? '');
  return known || (error instanceof TypeError && /fetch failed|terminated/.test(error.message));
}
