import { writeSync } from 'node:fs';

/** Asks a kernel for lines on standard error that tell whoever executes a notebook, past Jupyter, how far it is. */
export const REPORTS = 'ANATOMY_REPORTS';
/** Folder that a notebook belongs to, where a copy of it is executed elsewhere. */
export const HOME = 'ANATOMY_NOTEBOOK_FOLDER';
/** Number of the process without which a kernel is of no use. */
export const STARTED_BY = 'ANATOMY_STARTED_BY';

const MARK = '\u001eanatomy ';

export type Report =
  | { readonly kind: 'cell' }
  | { readonly kind: 'progress'; readonly text: string };

export function report(what: Report): void {
  if (process.env[REPORTS]) writeSync(2, `${MARK}${JSON.stringify(what)}\n`);
}

/** The report in a line of output, if it is one. */
export function reported(line: string): Report | undefined {
  const at = line.indexOf(MARK);
  return at < 0 ? undefined : JSON.parse(line.slice(at + MARK.length));
}
