import { setTimeout as sleep } from 'node:timers/promises';
import { listFiles } from '@huggingface/hub';
import { Problem } from '../environment/problem';

/** Where the hub is; HF_ENDPOINT names a mirror, as with Hugging Face's own tools. */
export function hubEndpoint(): string {
  return (process.env.HF_ENDPOINT ?? 'https://huggingface.co').replace(/\/+$/, '');
}

/** One file of a revision, as the hub lists it. */
export interface HubFile {
  readonly path: string;
  readonly size: number;
  /** What its content must hash to: SHA-256 of large files, git's SHA-1 of small ones. */
  readonly hash: { readonly kind: 'sha256' | 'git'; readonly value: string };
}

/** Times that a request is tried again where the hub is busy or the line breaks, and the first pause. */
export const RETRIES = 5;
export const FIRST_PAUSE_MS = 1000;
/** Longest pause that is waited out; the hub counts requests in windows of five minutes. */
const LONGEST_PAUSE_MS = 600_000;
/** A line that sends nothing for this long counts as broken. */
export const SILENCE_MS = 60_000;

/** How patient to be; tests are less so. */
export interface Patience {
  readonly retries: number;
  readonly pauseMs: number;
}
export const PATIENCE: Patience = { retries: RETRIES, pauseMs: FIRST_PAUSE_MS };

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
 * @throws NotOnHub where there is no such model or revision; Problem where the hub cannot be reached.
 */
export async function hubFiles(
  repo: string,
  revision: string,
  options: AskOptions = {},
): Promise<HubFile[]> {
  const { signal } = options;
  const ask: typeof fetch = async (address, init) => {
    const patience = AbortSignal.timeout(SILENCE_MS);
    const stop = signal ? AbortSignal.any([signal, patience]) : patience;
    const answer = await fetch(address, { ...init, signal: stop });
    if (!answer.ok) throw await refusal(answer);
    return answer;
  };
  return patiently(`${repo} at ${revision}`, options, async () => {
    const files: HubFile[] = [];
    const listing = listFiles({ repo, revision, hubUrl: hubEndpoint(), fetch: ask });
    for await (const { type, path, size, oid, lfs } of listing) {
      if (type !== 'file' || !(lfs?.oid ?? oid)) continue;
      const hash = lfs
        ? ({ kind: 'sha256', value: lfs.oid } as const)
        : ({ kind: 'git', value: oid! } as const);
      files.push({ path, size: lfs?.size ?? size, hash });
    }
    return files;
  });
}

/** An answer of the hub that was not what was asked for. */
export class HttpFailure extends Error {
  constructor(
    readonly status: number,
    /** Milliseconds that the hub asks to wait, where it does. */
    readonly wait?: number,
  ) {
    super(`HTTP ${status}`);
  }
}

/** What an answer that is not `ok` means; its body is given up. */
export async function refusal(answer: Response): Promise<HttpFailure> {
  await answer.body?.cancel();
  return new HttpFailure(answer.status, waitAsked(answer.headers));
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
      if (failure.notThere) throw new NotOnHub(`${what}: ${failure.message}`);
      if (failure.final || attempt >= patience.retries || pause > LONGEST_PAUSE_MS) {
        throw new Problem(`${what}: ${failure.message}`);
      }
      onWait?.(pause / 1000, failure.reason);
      await sleep(pause, undefined, { signal }).catch(() => {
        throw stopped();
      });
    }
  }
}

interface Failure {
  readonly message: string;
  /** The same in some words. */
  readonly reason: string;
  /** True where trying again is of no use. */
  readonly final: boolean;
  readonly notThere?: true;
  /** Milliseconds that the hub asks to wait. */
  readonly wait?: number;
}

/** What an error means, or undefined where it is not the network's. */
function failureOf(error: unknown): Failure | undefined {
  const endpoint = hubEndpoint();
  if (error instanceof HttpFailure) {
    const { status, wait } = error;
    const reason = `it answers ${status}`;
    if (status === 404) {
      const message = `not on ${endpoint}. Check the model and the step.`;
      return { reason, final: true, notThere: true, message };
    }
    if (status === 401 || status === 403) {
      const message = `${endpoint} does not let it be read without an account.`;
      return { reason, final: true, message };
    }
    if (status === 429) {
      const rest = wait === undefined ? 'some minutes' : `${Math.ceil(wait / 60_000)} min`;
      const message = `${endpoint} limits the rate of requests. Wait ${rest}, then run again; it goes on from here.`;
      return { reason: 'it limits the rate of requests', final: false, wait, message };
    }
    const busy = status >= 500;
    const message = `${endpoint} answered ${status}.${busy ? ' Run again later.' : ''}`;
    return { reason, final: !busy, wait, message };
  }
  if (isNetworkError(error)) {
    const code = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).message;
    return {
      reason: `it cannot be reached (${code})`,
      final: false,
      message: `${endpoint} cannot be reached (${code}). Check the network, set HF_ENDPOINT to a mirror, or use a stand-in (--standin); what is already there is kept.`,
    };
  }
  return undefined;
}

/** fetch throws a TypeError whose cause names what happened; a cut line ends the body with one, too. */
function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'TimeoutError') return true;
  const { code } = (error.cause ?? error) as NodeJS.ErrnoException;
  const known = /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EPIPE|EHOST|ENET|UND_ERR|CUT)/.test(code ?? '');
  return known || (error instanceof TypeError && /fetch failed|terminated/.test(error.message));
}
