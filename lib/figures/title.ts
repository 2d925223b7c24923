import type { Layout } from 'plotly.js';

/** Mean width of a letter, as a part of the type's size. */
export const LETTER = 0.53;
/** Height of a line in Plotly, as a part of the size of the title's first line. */
const LINE = 1.3;
/** Pixels above the first line, and left of all. */
const [ABOVE, LEFT] = [8, 6];

/** A title set for a width. */
export interface SetTitle {
  readonly layout: Layout['title'];
  /** Pixels from the figure's upper edge to below the last line. */
  readonly height: number;
}

/**
 * Breaks a title into lines that fit: the finding, and below it, smaller, what it is of. A title that has
 * been set may be set again; no words take no room.
 * @param words `finding<br><sub>what it is of</sub>`.
 * @param width of the figure, in pixels.
 * @param sizes of both parts' type, in pixels.
 */
export function setTitle(
  words: string,
  width: number,
  sizes: { readonly finding: number; readonly under: number },
): SetTitle {
  if (words === '') return { layout: undefined as never, height: ABOVE };
  const [finding, under = ''] = words.split(/<br>(?=<(?:sub|span)\b)([\s\S]*)/);
  const room = width - 2 * LEFT;
  const lines = [
    ...wrap(plain(finding), Math.floor(room / (LETTER * sizes.finding))),
    ...wrap(plain(under), Math.floor(room / (LETTER * sizes.under))).map(
      (line) => `<span style="font-size:${sizes.under}px">${line}</span>`,
    ),
  ];
  const height = Math.round(ABOVE + lines.length * LINE * sizes.finding);
  const layout = {
    text: lines.join('<br>'),
    font: { size: sizes.finding },
    x: 0,
    xref: 'container',
    xanchor: 'left',
    y: 1,
    yref: 'container',
    yanchor: 'top',
    // Plotly hangs a title of several lines by the baseline of its first.
    pad: { l: LEFT, t: ABOVE + sizes.finding },
  };
  return { layout: layout as Layout['title'], height };
}

/** Takes out the tags of a title, and nothing else: "p < 0.05" stays. */
function plain(text: string): string {
  return text.replace(/<br>/g, ' ').replace(/<\/?(?:sub|span)\b[^>]*>/g, '');
}

/** Words in lines of at most `most` characters. */
export function wrap(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter(Boolean)) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + 1 + word.length <= most) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}
