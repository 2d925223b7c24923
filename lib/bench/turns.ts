import { readFileSync } from 'node:fs';
import type { TorchProcess } from './torch-process';

/** What can be timed, and on which batches. */
export const WHATS = ['step', 'forward', 'gradient'] as const;
export type What = (typeof WHATS)[number];
export const BATCHES = ['packed', 'plain'] as const;
export type BatchKind = (typeof BATCHES)[number];

/** Milliseconds of each round, ours and PyTorch's; NaN where PyTorch is left out. */
export interface Turns {
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  /** Seconds of our first call, which records and compiles. */
  readonly first: number;
}

/**
 * Times both sides in turns, so that whatever else the machine does meets both alike.
 * @param ours must have ended its work when it returns.
 * @param theirs what PyTorch's process is asked to do.
 */
export async function takeTurns(
  ours: () => void,
  torch: TorchProcess | undefined,
  theirs: object,
  rounds: number,
  warmUp: number,
): Promise<Turns> {
  const times = { ours: [] as number[], theirs: [] as number[] };
  const first = timed(ours) / 1000;
  for (let round = -warmUp; round < rounds; round++) {
    const mine = timed(ours);
    const other = torch ? (await torch.ask(theirs)).ms : Number.NaN;
    if (round < 0) continue;
    times.ours.push(mine);
    times.theirs.push(other);
  }
  return { ...times, first };
}

/** Milliseconds that `work` takes. */
export function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which the part `q` of the values lies, between neighbors linearly. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}

/** Most memory that this process has had resident, in MB; null where the system does not tell. */
export function peakMb(): number | null {
  try {
    const found = /VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'));
    return found && Number(found[1]) / 1024;
  } catch {
    return null; // Only Linux has /proc.
  }
}
