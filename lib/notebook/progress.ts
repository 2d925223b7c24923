import { duration, type Progress } from '../environment/progress';
import { escapeHtml } from './html';
import { report } from './reports';
import { inNotebook, newPlace } from './show';

/** Milliseconds between two pictures. */
const EVERY = 250;
/** Lines of a log, and the most milliseconds between two. */
const [LINES, LINE_EVERY] = [20, 300_000];
const NOTHING = { part: -1, at: 0, known: false };

/**
 * Shows how far long work is. In a notebook it is one place below the cell, drawn anew up to four times a second; in a
 * terminal one line on standard error; in a log a line after every twentieth of the work, every five minutes, and once it
 * is known how long it will take.
 *
 * ```ts
 * const bar = new ProgressBar();
 * await train({ scale: 'nano', steps: 300, onProgress: bar.update });
 * ```
 */
export class ProgressBar {
  private readonly place = inNotebook() ? newPlace() : undefined;
  private latest: Progress | undefined;
  private shown = -EVERY;
  private logged = NOTHING;

  /** Hand it to whatever works, as `onProgress`. */
  readonly update = (progress: Progress): void => {
    if (progress.of === 0) return;
    const now = performance.now();
    const terminal = !this.place && process.stderr.isTTY;
    const before = this.latest;
    if (before && before.label !== progress.label) {
      // A line that was drawn over ends where other work begins.
      if (terminal && before.done < before.of) process.stderr.write('\n');
      this.logged = NOTHING;
      this.shown = -EVERY;
    }
    this.latest = progress;
    const ended = progress.done >= progress.of;
    if (!this.place && !terminal) this.log(progress, now);
    else if (ended || now - this.shown >= EVERY) {
      this.shown = now;
      this.place?.html(barHtml(progress));
      if (this.place) report({ kind: 'progress', text: progressLine(progress) });
      else process.stderr.write(`\r${progressLine(progress)}\u001b[K${ended ? '\n' : ''}`);
    }
  };

  private log(progress: Progress, now: number): void {
    const part = Math.floor((LINES * progress.done) / progress.of);
    const known = Number.isFinite(progress.secondsLeft);
    const same = part <= this.logged.part && known === this.logged.known;
    if (same && now - this.logged.at < LINE_EVERY) return;
    this.logged = { part, at: now, known };
    process.stderr.write(`${progressLine(progress)}\n`);
  }
}

/** `nano, seed 0: 40 of 300 (13 %), loss 2.345, 2 min 10 s left`. */
export function progressLine({ label, done, of, secondsLeft, detail }: Progress): string {
  const left = Number.isFinite(secondsLeft) ? [`${duration(secondsLeft)} left`] : [];
  return [
    `${label}: ${done} of ${of} (${Math.floor((100 * done) / of)} %)`,
    ...(detail ? [detail] : []),
    ...(done >= of ? ['done'] : left),
  ].join(', ');
}

export function barHtml(progress: Progress): string {
  const share = ((100 * progress.done) / progress.of).toFixed(1);
  return (
    `<div style="font-variant-numeric:tabular-nums">${escapeHtml(progressLine(progress))}` +
    `<div style="width:320px;height:8px;background:rgba(128,128,128,.25);border-radius:4px">` +
    `<div style="width:${share}%;height:8px;background:#0072b2;border-radius:4px"></div></div></div>`
  );
}
