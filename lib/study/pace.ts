import { median } from 'simple-statistics';

/** Estimates the time left from what updates and measurements have lately taken. */
export class Pace {
  private readonly recent = { step: [] as number[], measure: [] as number[] };

  constructor(
    private readonly steps: number,
    private readonly schedule: readonly number[],
  ) {}

  async timed<T>(kind: 'step' | 'measure', work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      const times = this.recent[kind];
      times.push(performance.now() - start);
      if (times.length > 20) times.shift();
    }
  }

  secondsLeft(step: number): number {
    // The median, because the first of each kind includes compilation.
    const usual = (times: number[]) => (times.length > 0 ? median(times) : 0);
    const measurements = this.schedule.filter((at) => at > step).length;
    return (
      ((this.steps - step) * usual(this.recent.step) + measurements * usual(this.recent.measure)) /
      1000
    );
  }
}
