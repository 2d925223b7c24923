import { Problem } from '../files/problem';

/** One place in a cell's output that can be shown again with other content. */
export interface Place {
  html(html: string): void;
  /** @param type any MIME type. */
  raw(type: string, data: unknown): void;
}

/** True where this code runs in a tslab kernel, false in a plain Node process. */
export function inNotebook(): boolean {
  try {
    // tslab can be loaded anywhere; only a kernel that is executing a cell has this function.
    return require('tslab/dist/jupyter').lastWriteDisplayData != null;
  } catch {
    return false;
  }
}

/** A new place in the output of the cell that is running. @throws Problem outside a notebook. */
export function newPlace(): Place {
  if (!inNotebook())
    throw new Problem('Nothing can be displayed here: this needs a notebook on the tslab kernel.');
  return require('tslab').newDisplay();
}
