import { median } from 'simple-statistics';

/** Between two units of work: lets interrupts, progress and a notebook's output through. */
export { setImmediate as breathe } from 'node:timers/promises';

/** Units whose times are remembered. */
const RECENT = 20;

/** How long units of work of each kind usually take. */
export class Pace {
  private readonly times = new Map<string, number[]>();

  /** One more unit is done, begun at `start` of `performance.now()`. */
  took(kind: string, start: number): void {
    const before = this.times.get(kind) ?? [];
    this.times.set(kind, [...before, (performance.now() - start) / 1000].slice(-RECENT));
  }

  /** Seconds that one takes: the median of the latest, since the first compiles. Undefined before there are `least`. */
  usual(kind: string, least = 1): number | undefined {
    const times = this.times.get(kind) ?? [];
    return times.length < least ? undefined : median(times);
  }
}
