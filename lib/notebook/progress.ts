import type { Progress } from '../study/sitting';
import { escapeHtml, inNotebook, newPlace, type Place } from './kernel';

/** Milliseconds between two pictures: tslab loses output that comes too fast. */
const EVERY = 250;
/** What passes between two lines of a log: a twentieth of the work, or these milliseconds. */
const LINES = 20;
const LINE_EVERY = 300_000;
const WIDTH = 320;
const HEIGHT = 64;
/** Updates whose pace is not yet an estimate: the first ones include compilation. */
const WARMING = 3;
/** Points of the live curve; when there are more, every second one is dropped. */
const POINTS = 400;

/**
 * A bar for long work: steps, time left, loss and the loss curve so far. In a notebook it is one place below
 * the cell, drawn anew up to four times a second; in a terminal it is one line on standard error, and in a log
 * a new line after every twentieth of the work, and every five minutes.
 */
export class ProgressBar {
  private readonly place: Place | undefined = inNotebook() ? newPlace() : undefined;
  private readonly curve: { step: number; loss: number }[] = [];
  private shown = 0;
  private logged = { part: 0, at: Date.now() };
  private updates = 0;

  /**
   * @param label what is going on, for example `nano, seed 0`.
   * @param unit what is counted.
   */
  constructor(
    private readonly label: string,
    private readonly unit = 'step',
  ) {
    // Compiling and the first measurement take some seconds before there is a step to show.
    const line = `${label}: preparing (compiling takes some seconds) …`;
    if (this.place) this.place.html(escapeHtml(line));
    else process.stderr.write(process.stderr.isTTY ? line : `${line}\n`);
  }

  /** Takes the latest progress; hand it to `train` as `onProgress`. */
  readonly update = (progress: Progress): void => {
    const { step, steps, loss } = progress;
    this.updates++;
    if (Number.isFinite(loss)) this.curve.push({ step, loss });
    if (this.curve.length > POINTS) {
      for (let i = this.curve.length - 2; i > 0; i -= 2) this.curve.splice(i, 1);
    }
    const now = Date.now();
    if (!this.place && !process.stderr.isTTY) {
      this.log(progress, now);
      return;
    }
    if (now - this.shown < EVERY && step < steps) return;
    this.shown = now;
    if (this.place) this.place.html(this.html(progress));
    else process.stderr.write(`\r${this.line(progress)}\u001b[K${step === steps ? '\n' : ''}`);
  };

  private log(progress: Progress, now: number): void {
    const part = Math.floor((LINES * progress.step) / progress.steps);
    if (part <= this.logged.part && now - this.logged.at < LINE_EVERY) return;
    this.logged = { part, at: now };
    process.stderr.write(`${this.line(progress)}\n`);
  }

  private line({ step, steps, loss, secondsLeft }: Progress): string {
    const share = Math.floor((100 * step) / steps);
    const estimate =
      this.updates < WARMING || !Number.isFinite(secondsLeft)
        ? 'estimating the time left'
        : `${duration(secondsLeft)} left`;
    const left = step === steps ? 'done' : estimate;
    const now = Number.isFinite(loss) ? `, loss ${loss.toFixed(3)}` : '';
    return `${this.label}: ${this.unit} ${step} of ${steps} (${share} %)${now}, ${left}`;
  }

  private html(progress: Progress): string {
    const share = (100 * progress.step) / progress.steps;
    const bar =
      `<div style="width:${WIDTH}px;height:8px;background:rgba(128,128,128,.25);border-radius:4px">` +
      `<div style="width:${share.toFixed(1)}%;height:8px;background:#0072b2;border-radius:4px"></div></div>`;
    return `<div style="font-variant-numeric:tabular-nums">${escapeHtml(this.line(progress))}${bar}${this.sparkline(progress.steps)}</div>`;
  }

  private sparkline(steps: number): string {
    if (this.curve.length < 2) return '';
    const top = Math.max(...this.curve.map(({ loss }) => loss));
    const points = this.curve.map(
      ({ step, loss }) =>
        `${((step / steps) * WIDTH).toFixed(1)},${(HEIGHT - (loss / top) * (HEIGHT - 4)).toFixed(1)}`,
    );
    return (
      `<svg width="${WIDTH}" height="${HEIGHT}" style="display:block;margin-top:4px" role="img" aria-label="loss so far">` +
      `<polyline points="${points.join(' ')}" fill="none" stroke="#0072b2" stroke-width="1.5"/></svg>`
    );
  }
}

/** Seconds in words that change little: `40 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
