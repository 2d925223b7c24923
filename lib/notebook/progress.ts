import { duration, type Progress } from '../environment/progress';
import { escapeHtml } from './html';
import { inNotebook, newPlace, type Place } from './kernel';
import { report } from './reports';

/** Milliseconds between two pictures. */
const EVERY = 250;
/** What passes between two lines of a log: a twentieth of the work, or these milliseconds. */
const LINES = 20;
const LINE_EVERY = 300_000;
const WIDTH = 320;

/**
 * Shows how far long work is. In a notebook it is one place below the cell, drawn anew up to four times a
 * second; in a terminal one line on standard error; in a log a line after every twentieth of the work, every
 * five minutes, and once it is known how long it will take.
 *
 * ```ts
 * const bar = new ProgressBar();
 * await train({ scale: 'nano', steps: 300, onProgress: bar.update });
 * ```
 */
export class ProgressBar {
  private readonly place: Place | undefined = inNotebook() ? newPlace() : undefined;
  private latest: Progress | undefined;
  private shown = -EVERY;
  private logged = { part: -1, at: 0, known: false };

  /** Takes the latest progress; hand it to whatever works, as `onProgress`. */
  readonly update = (progress: Progress): void => {
    if (progress.of === 0) return;
    const now = performance.now();
    // A line that was drawn over ends where other work begins.
    if (this.latest && this.latest.label !== progress.label) this.restart();
    this.latest = progress;
    const ended = progress.done >= progress.of;
    if (!this.place && !process.stderr.isTTY) {
      this.log(progress, now);
      return;
    }
    if (now - this.shown < EVERY && !ended) return;
    this.shown = now;
    if (this.place) {
      this.place.html(barHtml(progress));
      report({ kind: 'progress', text: progressLine(progress) });
    } else process.stderr.write(`\r${progressLine(progress)}\u001b[K${ended ? '\n' : ''}`);
  };

  private restart(): void {
    const { done, of } = this.latest as Progress;
    if (!this.place && process.stderr.isTTY && done < of) process.stderr.write('\n');
    this.logged = { part: -1, at: 0, known: false };
    this.shown = -EVERY;
  }

  private log(progress: Progress, now: number): void {
    const part = Math.floor((LINES * progress.done) / progress.of);
    // How long it will take is told as soon as it is known.
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

/** The bar as a notebook shows it. */
export function barHtml(progress: Progress): string {
  const share = ((100 * progress.done) / progress.of).toFixed(1);
  return (
    `<div style="font-variant-numeric:tabular-nums">${escapeHtml(progressLine(progress))}` +
    `<div style="width:${WIDTH}px;height:8px;background:rgba(128,128,128,.25);border-radius:4px">` +
    `<div style="width:${share}%;height:8px;background:#0072b2;border-radius:4px"></div></div></div>`
  );
}
