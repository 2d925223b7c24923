/** How far long work is: what every training, measuring and download tells of itself. */
export interface Progress {
  /** What is going on: `nano, seed 0`. */
  readonly label: string;
  /** Units done, such as updates or checkpoints, of how many. */
  readonly done: number;
  readonly of: number;
  /** Estimate of the seconds left; NaN while there is none. */
  readonly secondsLeft: number;
  /** More in words: `loss 1.234`, `fetching, 40 %`. */
  readonly detail?: string;
}

/** Seconds in words that change little: `40 s`, `3 min 20 s`, `2 h 5 min`, `1,200 days`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole >= 3 * 86400) return `${Math.round(whole / 86400).toLocaleString('en-US')} days`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** One line on standard error; in a terminal in the place of one that is drawn over. */
export function say(line: string): void {
  process.stderr.write(`${process.stderr.isTTY ? '\r\u001b[K' : ''}${line}\n`);
}
