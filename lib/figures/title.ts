import type { Layout } from 'plotly.js';

/** Mean width of a letter, as a part of the type's size. */
export const LETTER = 0.53;
/** Height of a line in Plotly, as a part of the size of the title's first line. */
const LINE = 1.3;
/** Pixels above the first line, and left of all. */
const [ABOVE, LEFT] = [8, 6];

/**
 * Breaks a title into lines that fit: the finding, and below it, smaller, what it is of. A title that has been set may be
 * set again; no words take no room.
 * @param words `finding<br><sub>what it is of</sub>`.
 * @param width of the figure, in pixels, as are the sizes of both parts' type.
 * @returns the title, and the pixels from the figure's upper edge to below its last line.
 */
export function setTitle(
  words: string,
  width: number,
  sizes = { finding: 15, under: 11.5 },
): { layout: Layout['title']; height: number } {
  if (words === '') return { layout: undefined as never, height: ABOVE };
  const [finding, under = ''] = words.split(/<br>(?=<(?:sub|span)\b)([\s\S]*)/);
  const room = width - 2 * LEFT;
  const linesOf = (text: string, size: number) =>
    wrap(plain(text), Math.floor(room / (LETTER * size)));
  const small = (line: string) => `<span style="font-size:${sizes.under}px">${line}</span>`;
  const lines = [...linesOf(finding, sizes.finding), ...linesOf(under, sizes.under).map(small)];
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
