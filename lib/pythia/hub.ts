import { HubApiError, listFiles } from '@huggingface/hub';
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
const LONGEST_PAUSE_MS = 60_000;

/** How patient to be; tests are less so. */
export interface Patience {
  readonly retries: number;
  readonly pauseMs: number;
}
export const PATIENCE: Patience = { retries: RETRIES, pauseMs: FIRST_PAUSE_MS };

/**
 * Files of one revision.
 * @throws Problem where there is no such model or revision, or the hub cannot be reached.
 */
export async function hubFiles(
  repo: string,
  revision: string,
  patience: Patience = PATIENCE,
): Promise<HubFile[]> {
  return patiently(`${repo} at ${revision}`, patience, async () => {
    const files: HubFile[] = [];
    for await (const { type, path, size, oid, lfs } of listFiles({
      repo,
      revision,
      hubUrl: hubEndpoint(),
    })) {
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
    /** Seconds that the hub asks to wait, where it does. */
    readonly retryAfter?: number,
  ) {
    super(`HTTP ${status}`);
  }
}

/**
 * Does `work`, again after a pause where the hub is busy (429, 5xx) or the line breaks; the pause doubles, or
 * is what the hub asks for.
 * @param what is being fetched, for messages.
 * @throws Problem in one line once it is clear that it will not work.
 */
export async function patiently<T>(
  what: string,
  { retries, pauseMs }: Patience,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Problem || signal?.aborted) throw error;
      const failure = failureOf(error);
      if (!failure) throw error;
      if (failure.final || attempt >= retries) throw new Problem(`${what}: ${failure.message}`);
      const pause = Math.min(failure.wait ?? pauseMs * 2 ** attempt, LONGEST_PAUSE_MS);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

interface Failure {
  readonly message: string;
  /** True where trying again is of no use. */
  readonly final: boolean;
  /** Milliseconds that the hub asks to wait. */
  readonly wait?: number;
}

/** What an error means, or undefined where it is not the network's. */
function failureOf(error: unknown): Failure | undefined {
  const status =
    error instanceof HttpFailure
      ? error.status
      : error instanceof HubApiError
        ? error.statusCode
        : undefined;
  const endpoint = hubEndpoint();
  if (status === 404) {
    return { final: true, message: `not on ${endpoint}. Check the model and the step.` };
  }
  if (status === 401 || status === 403) {
    return { final: true, message: `${endpoint} does not let it be read without an account.` };
  }
  if (status === 429) {
    const wait = error instanceof HttpFailure ? error.retryAfter : undefined;
    return {
      final: false,
      wait: wait === undefined ? undefined : wait * 1000,
      message: `${endpoint} limits the rate of requests. Wait some minutes, then run again; it goes on from here.`,
    };
  }
  if (status !== undefined && status < 500) {
    return { final: true, message: `${endpoint} answered ${status}.` };
  }
  if (status !== undefined) {
    return { final: false, message: `${endpoint} answered ${status}. Run again later.` };
  }
  if (isNetworkError(error)) {
    const code = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).message;
    return {
      final: false,
      message: `${endpoint} cannot be reached (${code}). Check the network, set HF_ENDPOINT to a mirror, or use a stand-in (--standin); what is already there is kept.`,
    };
  }
  return undefined;
}

/** fetch throws a TypeError whose cause names what happened; a cut line ends the body with one, too. */
function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = (error.cause ?? error) as NodeJS.ErrnoException;
  const known = /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EPIPE|EHOST|ENET|UND_ERR|CUT)/.test(code ?? '');
  return known || (error instanceof TypeError && /fetch failed|terminated/.test(error.message));
}
