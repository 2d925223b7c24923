/** How far long work is: what every training, measuring and download tells of itself. */
export interface Progress {
  /** What is going on, for example `nano, seed 0`. */
  readonly label: string;
  /** Units done, such as updates or checkpoints, of how many. */
  readonly done: number;
  readonly of: number;
  /** Estimate of the seconds left; NaN while there is none. */
  readonly secondsLeft: number;
  /** More in words: `loss 1.234`, `fetching, 40 %`. */
  readonly detail?: string;
}

/** Seconds in words that change little: `40 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
