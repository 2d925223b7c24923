/**
 * What tslab lacks between a cell and the socket: it sends every line at once and waits for nothing, so that after some
 * hundred lines the rest is lost and the next table throws.
 */

/** Characters that one cell may print before the middle is left out, and of the end that is kept. */
const [MOST, END] = [200_000, 2_000];

/** Sends messages one after the other, each when the one before is out. */
export function inOrder(send: (message: unknown) => Promise<void>): (message: unknown) => void {
  let last = Promise.resolve();
  return (message) => {
    // A socket that is closed takes nothing more; there is nobody left to tell.
    last = last.then(() => send(message)).catch(() => {});
  };
}

export type WriteText = (stream: string, text: string) => void;

/** The text of one cell: each tick's goes out as one message; of very long output the middle is left out, with a word. */
export class CellText {
  private waiting: { stream: string; text: string } | undefined;
  private printed = 0;
  private end = '';
  private left = 0;

  constructor(private readonly write: WriteText) {}

  readonly print: WriteText = (stream, text) => {
    if (this.printed + text.length > MOST) return this.cut(text);
    this.printed += text.length;
    if (this.waiting?.stream !== stream) this.flush();
    if (!this.waiting) setImmediate(() => this.flush());
    this.waiting = { stream, text: (this.waiting?.text ?? '') + text };
  };

  /** Sends what waits, so that what is shown next stands below it. */
  flush(): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting?.text) this.write(waiting.stream, waiting.text);
  }

  /** The cell has ended: sends what waits, and how much was left out before the end. */
  close(): void {
    this.flush();
    if (this.left === 0) return;
    const hidden = (this.left - this.end.length).toLocaleString('en-US');
    this.write('stdout', `… ${hidden} characters are left out …\n${this.end}`);
    [this.left, this.end] = [0, ''];
  }

  private cut(text: string): void {
    if (this.left === 0) {
      this.flush();
      this.write('stdout', '\n… the output is long: only its end will follow …\n');
    }
    this.printed = MOST;
    this.left += text.length;
    this.end = (this.end + text.slice(-END)).slice(-END);
  }
}
